/* SPDX-License-Identifier: MIT
 *
 * notify.h - the two sides of talking with a service manager: telling it how
 * we are, and taking the sockets that it opened for us. Done by hand, since
 * both are a few lines and libsystemd is not. Without a manager every call
 * does nothing.
 *
 * THREADS: main thread.
 */
#ifndef CLEAT_NOTIFY_H
#define CLEAT_NOTIFY_H

#include <stdint.h>

/* Sends assignments such as "READY=1", one on each line (sd_notify(3)). */
__attribute__((format(printf, 1, 2))) void notify(const char *fmt, ...);

/* How often WATCHDOG=1 is due, in milliseconds; 0: never. */
uint64_t notify_watchdog_ms(void);

/* The number of inherited sockets; they are NOTIFY_FIRST_FD and those after
 * it, now close-on-exec. Only the first call sees them. */
enum { NOTIFY_FIRST_FD = 3 };
unsigned notify_listen_fds(void);

#endif
