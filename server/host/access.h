/* SPDX-License-Identifier: MIT
 *
 * access.h - the log's lines about who came, who left and who was refused.
 *
 * Written only where log.access is on, but a close that the route does not
 * expect is always worth a warning, and a count.
 *
 * THREADS: owner worker; access_refused() on any. MEMORY: none.
 */
#ifndef CLEAT_HOST_ACCESS_H
#define CLEAT_HOST_ACCESS_H

#include "cleat.h"
#include "host/ledger.h"

struct conn_end;
struct login;
struct request;
struct route;

void access_upgraded(const cleat_conn *);
void access_closed(const cleat_conn *, const struct conn_end *);

/* `status` is what the peer is told. */
void access_refused(const struct route *, const struct request *,
    const struct login *, enum ws_refusal, int status);

#endif
