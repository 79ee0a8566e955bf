/* SPDX-License-Identifier: MIT
 *
 * exchange.h - one request and its answer.
 *
 * The library tells of it in three callbacks: the raw target when the
 * request line is there, the request (twice: headers, end of body), and the
 * end. What the library refuses itself has no more than an end; and what it
 * gives up for want of memory has none (0.9.75) but its connection's.
 *
 * THREADS: the library's thread. `service` is a struct service.
 * MEMORY: an exchange lives from the first callback to the last.
 */
#ifndef CLEAT_HTTP_EXCHANGE_H
#define CLEAT_HTTP_EXCHANGE_H

#include <microhttpd.h>

/* MHD_OPTION_URI_LOG_CALLBACK */
void *
exchange_begin(void *service, const char *target, struct MHD_Connection *);

/* The access handler. */
enum MHD_Result exchange_handle(void *service, struct MHD_Connection *,
    const char *url, const char *method, const char *version, const char *data,
    size_t *data_size, void **exchange);

/* MHD_OPTION_NOTIFY_COMPLETED; calls nothing of the library, which may hold
 * its lock. */
void exchange_end(void *service, struct MHD_Connection *, void **exchange,
    enum MHD_RequestTerminationCode);

/* MHD_OPTION_NOTIFY_CONNECTION: service_connection(), and the end of an
 * exchange that the library has not told of. */
void exchange_connection(void *service, struct MHD_Connection *, void **client,
    enum MHD_ConnectionNotificationCode);

#endif
