/* SPDX-License-Identifier: MIT
 *
 * pool.h - many objects of one size, close together.
 *
 * Objects that live long and come one by one, between others that live for
 * a moment, leave the heap full of holes; with a block of their own they
 * cost their size and no more. A block without objects goes back to the
 * system, but for one. It is no cache for speed, and not for few objects.
 *
 * Under AddressSanitizer, and for large sizes, each object is an allocation
 * of its own.
 *
 * THREADS: any thread; a lock.
 */
#ifndef CLEAT_BASE_POOL_H
#define CLEAT_BASE_POOL_H

#include <pthread.h>
#include <stddef.h>

#include "base/list.h"

struct pool {
	pthread_mutex_t lock;
	struct list partial; /* blocks with room */
	size_t size;	     /* of an object */
	size_t blocks, used; /* blocks; objects that are out */
};

void pool_init(struct pool *, size_t size);
/* All objects are back. */
void pool_fini(struct pool *);

/* Zeroed, aligned for anything; NULL without memory. */
void *pool_get(struct pool *);
/* NULL is allowed. */
void pool_put(struct pool *, void *);

#endif
