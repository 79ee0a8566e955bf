/* SPDX-License-Identifier: MIT
 *
 * arrivals.h - what is known of a socket that the library has been given and
 * has not told of yet: its listener, and the TLS connection behind it.
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
#include <stdint.h>

#include "base/list.h"

struct relay;

struct arrivals {
	pthread_mutex_t lock;
	struct list all;
};

void arrivals_init(struct arrivals *);
void arrivals_fini(struct arrivals *);

/* `listener`: its number. Takes the reference; NULL: there is no TLS behind
 * this socket. 0 or -ENOMEM, then the reference has been given up. */
int arrivals_put(struct arrivals *, int fd, uint64_t listener, struct relay *);
/* Out of the list, with its reference; NULL and 0 where nothing is known. */
struct relay *arrivals_take(struct arrivals *, int fd, uint64_t *listener);

#endif
