/* SPDX-License-Identifier: MIT
 *
 * accept.h - a worker's share of the listeners.
 *
 * It accepts a bounded number of sockets per round and listener and hands
 * them up. When the process or the machine has no room for another socket
 * it pauses on all listeners for a moment instead of spinning on an event
 * that will not go away.
 *
 * A connection that is to speak TLS is handed up when its handshake is done
 * (relay.h), and dropped when its listener ends before.
 *
 * THREADS: owner worker. MEMORY: a reference on each listener.
 */
#ifndef CLEAT_NET_ACCEPT_H
#define CLEAT_NET_ACCEPT_H

#include <stdbool.h>

#include "base/list.h"
#include "net/deadline.h"

struct listener;
struct worker;

struct accepting {
	struct worker *worker;
	struct list doors;	/* one for each listening socket */
	struct deadline resume; /* armed while paused */
	bool short_of;		/* of sockets: said so already */
};

void accepting_init(struct accepting *, struct worker *);
void accepting_fini(struct accepting *);

/* 0 or -errno, then nothing has begun. */
int accepting_begin(struct accepting *, struct listener *);
void accepting_end(struct accepting *, const struct listener *);

#endif
