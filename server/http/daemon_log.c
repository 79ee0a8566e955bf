/* SPDX-License-Identifier: MIT
 *
 * daemon_log.c - see daemon_log.h.
 */
#include "config.h"

#include "http/daemon_log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* Options of TCP fail on what is not TCP: a UNIX socket, or the pair that
 * leads to a TLS session. They are the session's to set. */
static bool
is_about_tcp(const char *fmt)
{
	return strncmp(fmt, "Setting TCP_", strlen("Setting TCP_")) == 0 ||
	       strncmp(fmt, "Failed to push ", strlen("Failed to push ")) == 0;
}

void
daemon_log(void *unused, const char *fmt, va_list args)
{
	char text[256];

	(void)unused;
	if (!log_wants(LOG_LEVEL_DEBUG) || is_about_tcp(fmt))
		return;
	vsnprintf(text, sizeof text, fmt, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("libmicrohttpd: %s", text);
}
