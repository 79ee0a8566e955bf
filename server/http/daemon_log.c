/* SPDX-License-Identifier: MIT
 *
 * daemon_log.c - see daemon_log.h.
 */
#include "config.h"

#include "http/daemon_log.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

void
daemon_log(void *unused, const char *fmt, va_list args)
{
	char text[256];

	(void)unused;
	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	vsnprintf(text, sizeof text, fmt, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("libmicrohttpd: %s", text);
}
