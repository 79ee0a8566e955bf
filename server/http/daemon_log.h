/* SPDX-License-Identifier: MIT
 *
 * daemon_log.h - what libmicrohttpd says goes to the log, at debug: it
 * complains of peers far more often than of anything an operator could act
 * on (a TCP option that a UNIX socket does not know, a client that left).
 *
 * THREADS: any.
 */
#ifndef CLEAT_HTTP_DAEMON_LOG_H
#define CLEAT_HTTP_DAEMON_LOG_H

#include <stdarg.h>

/* MHD_OPTION_EXTERNAL_LOGGER */
__attribute__((format(printf, 2, 0))) void
daemon_log(void *unused, const char *fmt, va_list);

#endif
