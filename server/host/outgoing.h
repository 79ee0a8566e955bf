/* SPDX-License-Identifier: MIT
 *
 * outgoing.h - messages and closes for a connection on another thread.
 *
 * What send_to() and close_id() leave in the mailbox of the connection's
 * worker.
 *
 * THREADS: as said per function.
 * MEMORY: at most OUTGOING_MAX of them and OUTGOING_BYTES of frames are under
 * way at a time, in the whole host.
 */
#ifndef CLEAT_HOST_OUTGOING_H
#define CLEAT_HOST_OUTGOING_H

#include <stddef.h>
#include <stdint.h>

#include "cleat.h"

enum { OUTGOING_MAX = 1 << 16, OUTGOING_BYTES = 256 << 20 };

struct details;
struct host;

/* Any thread; arguments are checked. CLEAT_OK, CLEAT_GONE, CLEAT_ENOMEM or
 * CLEAT_ELIMIT. */
int outgoing_send(struct host *, cleat_id, int kind, const void *, size_t);
int outgoing_close(struct host *, cleat_id, int code, const char *reason);
/* Takes the details, whatever the answer. */
int outgoing_decide(struct host *, cleat_id, struct details *);

#endif
