/* SPDX-License-Identifier: MIT
 *
 * reserve.h - the descriptors that connections may not have.
 *
 * The last ones below the limit of the process are for what is to go on when
 * connections have taken all others: the status listener, files, handshakes
 * under way, a reload. The system gives the lowest number that is free, so a
 * socket whose number lies in the reserve says that the others are gone.
 *
 * If the reserve is gone, too, there is a spare: it is closed, and one that
 * waits can be accepted, told so and closed in its place.
 *
 * THREADS: owner worker. MEMORY: one descriptor.
 */
#ifndef CLEAT_NET_RESERVE_H
#define CLEAT_NET_RESERVE_H

#include <stdbool.h>

struct reserve {
	int from;  /* where it begins */
	int spare; /* -1: there is none now */
};

/* Below this number lies the half of it that an upgrade may have, which needs
 * one more for a moment. Any thread. */
int reserve_middle(void);

/* 0 or -errno. */
int reserve_init(struct reserve *);
void reserve_fini(struct reserve *);

static inline bool
reserve_has(const struct reserve *r, int fd)
{
	return fd >= r->from;
}

/* Accepts with the spare's descriptor. The socket, or -errno: -EAGAIN, nobody
 * waits; -EMFILE and its like, somebody else was faster. */
int reserve_accept(struct reserve *, int listener);
/* Has the spare, or gets it back. */
bool reserve_refill(struct reserve *);

#endif
