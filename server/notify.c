/* SPDX-License-Identifier: MIT
 *
 * notify.c - talking with a service manager: sd_notify(3),
 * sd_watchdog_enabled(3) and sd_listen_fds(3).
 */
#include "config.h"

#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* The manager's address; a name that begins with '@' is abstract. */
static bool
find_manager(struct sockaddr_un *to, socklen_t *len)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t n = name ? strlen(name) : 0;

	if (n < 2 || n >= sizeof(to->sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return false;
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(to->sun_path, name, n);
	if (name[0] == '@')
		to->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

void
notify(const char *fmt, ...)
{
	struct sockaddr_un to;
	socklen_t to_len;
	char text[512];
	va_list ap;
	int fd, n;

	if (!find_manager(&to, &to_len))
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = sizeof(text) - 1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, text, (size_t)n, MSG_NOSIGNAL,
			  (const struct sockaddr *)&to, to_len) < 0)
		log_warn(
		    "cannot notify the service manager: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* A whole number from the environment; 0 when there is none. */
static unsigned long long
number(const char *name)
{
	const char *text = getenv(name);
	unsigned long long value;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' ? value : 0;
}

/* Is what `name` says meant for this process, and not for a parent of it? */
static bool
is_for_us(const char *name)
{
	return getenv(name) == NULL ||
	       number(name) == (unsigned long long)getpid();
}

uint64_t
notify_watchdog_ms(void)
{
	if (!is_for_us("WATCHDOG_PID"))
		return 0;
	return number("WATCHDOG_USEC") / 1000 / 2;
}

unsigned
notify_listen_fds(void)
{
	unsigned long long n = number("LISTEN_FDS");
	bool ours = getenv("LISTEN_PID") != NULL && is_for_us("LISTEN_PID");

	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	if (!ours || n > 1024)
		return 0;
	for (int fd = NOTIFY_FIRST_FD; fd < NOTIFY_FIRST_FD + (int)n; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return (unsigned)(fd - NOTIFY_FIRST_FD);
	return (unsigned)n;
}
