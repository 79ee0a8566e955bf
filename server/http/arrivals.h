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
 * MEMORY: holds a reference to each relay in it. As many as the library has
 * yet to begin with.
 */
#ifndef CLEAT_HTTP_ARRIVALS_H
#define CLEAT_HTTP_ARRIVALS_H

#include <pthread.h>

#include "base/list.h"
#include "net/arrived.h"

struct visitors;

struct arrivals {
	pthread_mutex_t lock;
	struct list all;
	struct visitors *visitors; /* who is among them and counts */
};

void arrivals_init(struct arrivals *, struct visitors *);
void arrivals_fini(struct arrivals *);

/* Takes the reference to the relay, and who counts. 0 or -ENOMEM, then both
 * have been given up. */
int arrivals_put(struct arrivals *, int fd, const struct arrived *);
/* Out of the list, with the reference; all 0 where nothing is known. */
void arrivals_take(struct arrivals *, int fd, struct arrived *);

#endif
