/* SPDX-License-Identifier: MIT
 *
 * held.h - what comes for a connection while it sends a message in parts.
 *
 * Nothing may stand between the parts, so it waits for the last of them and
 * then leaves in the order in which it came. As much of it may wait as may in
 * a send queue (queue_bytes, queue_messages); beyond, queue_policy decides.
 *
 * THREADS: owner worker. MEMORY: references to payloads.
 */
#ifndef CLEAT_HOST_HELD_H
#define CLEAT_HOST_HELD_H

#include <stdbool.h>

#include "cleat.h"
#include "topics/store_types.h"

struct payload;

/* A message of another thread's. */
void held_send(cleat_conn *, struct payload *);
/* A message of a topic's; without memory for it the connection is closed
 * unless it may be lost. */
void held_publish(cleat_conn *, struct payload *, enum store_lose, bool stored);

/* The message has ended; the connection has. */
void held_flush(cleat_conn *);
void held_drop(cleat_conn *);

#endif
