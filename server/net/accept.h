/* SPDX-License-Identifier: MIT
 *
 * accept.h - a worker's share of the listeners.
 *
 * It accepts a bounded number of sockets per round and listener and hands
 * them up. When descriptors run out (reserve.h) it answers 503 itself, and on
 * a listener with TLS, where nobody would understand that, hangs up. When
 * there is no room even for that it pauses on all listeners for a moment
 * instead of spinning on an event that will not go away. Once begun it does
 * not give up: nobody else accepts what waits in a worker's own socket.
 *
 * Who has too many connections from his address is answered 429 by the same
 * rule, as soon as his address is known.
 *
 * A connection that is to send a PROXY header (preface.h) or to speak TLS
 * (relay.h) is handed up when that is done, and dropped when its listener ends
 * before.
 *
 * THREADS: owner worker, unless said. MEMORY: a reference on each listener.
 */
#ifndef CLEAT_NET_ACCEPT_H
#define CLEAT_NET_ACCEPT_H

#include <stdbool.h>

#include "base/list.h"
#include "net/deadline.h"
#include "net/reserve.h"

struct arrived;
struct listener;
struct speech;
struct worker;

struct accepting {
	struct worker *worker;
	struct list doors;	/* one for each listening socket */
	struct deadline resume; /* always armed */
	bool shut;		/* some doors are, until it is due */
	struct reserve reserve;
	bool short_of;	   /* of sockets: said so already */
	uint64_t short_ms; /* and noticed last */
};

/* 0 or -errno. */
int accepting_init(struct accepting *, struct worker *);
void accepting_fini(struct accepting *);

/* Any thread: what a worker needs to accept on a listener goes to the end of
 * a list. 0 or -ENOMEM, then the list is empty. */
int accepting_prepare(struct list *doors, struct listener *, unsigned worker);
void accepting_forget(struct list *doors);

/* What an accepted socket speaks behind its PROXY header, if it had one to
 * send: takes fd and the speech's TLS, hands it up in time. */
void accepting_go_on(struct worker *, int fd, struct arrived *,
    struct listener *, struct speech *);

/* Takes what was prepared. */
void accepting_begin(struct accepting *, struct list *doors);
void accepting_end(struct accepting *, const struct listener *);

#endif
