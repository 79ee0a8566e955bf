/* SPDX-License-Identifier: MIT
 *
 * arrivals.h - what is known of a socket that the library has been given and
 * has not told of yet.
 *
 * The library hands on an address and nothing else, so what belongs to a
 * socket is looked up by its number. A number that comes again means that
 * the library has closed the first one in silence.
 *
 * THREADS: any; one lock, held for no call.
 * MEMORY: holds a reference to each relay in it, and what was judged. As many
 * as the library has yet to begin with.
 */
#ifndef CLEAT_HTTP_ARRIVALS_H
#define CLEAT_HTTP_ARRIVALS_H

#include <pthread.h>

#include "base/list.h"
#include "net/arrived.h"

struct upgrade;
struct visitors;

/* What is known beside the socket's own: a handshake that was judged before
 * the library got it, or NULL. */
struct arrival_facts {
	struct arrived what;
	struct upgrade *judged;
};

struct arrivals {
	pthread_mutex_t lock;
	struct list all;
	struct visitors *visitors; /* who is among them and counts */
};

void arrivals_init(struct arrivals *, struct visitors *);
void arrivals_fini(struct arrivals *);

/* Takes what is in the facts. 0 or -ENOMEM, then it has been given up. */
int arrivals_put(struct arrivals *, int fd, const struct arrival_facts *);
/* Out of the list; all 0 where nothing is known. */
void arrivals_take(struct arrivals *, int fd, struct arrival_facts *);
/* Gives up what is in them, and who counts. */
void arrival_drop(struct visitors *, struct arrival_facts *);

#endif
