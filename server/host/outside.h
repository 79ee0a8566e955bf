/* SPDX-License-Identifier: MIT
 *
 * outside.h - publishing for threads that are no handler's, and may wait.
 *
 * The store answers on a worker. Who waits has a ticket, an id that no
 * connection ever has, and is `from` of what he publishes.
 *
 * THREADS: as said per function.
 * MEMORY: who waits stands on his own stack.
 */
#ifndef CLEAT_HOST_OUTSIDE_H
#define CLEAT_HOST_OUTSIDE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct cleat_pub;
struct host;
struct store_event;

struct outside {
	pthread_mutex_t lock;
	struct list waiting;
	uint64_t next; /* ticket */
};

void outside_init(struct outside *);
void outside_fini(struct outside *); /* nobody waits any more */

/* A worker: a PUBLISHED for whom it has no connection. */
void outside_published(struct outside *, const struct store_event *);

struct host_published {
	uint64_t epoch, seq; /* 0: not stored, or not known in time */
	bool duplicate;
};

/* A thread that may block, which no worker is. host_publish(), and if it is
 * to be stored waits for the store, two seconds at most: what became of it is
 * the answer then. */
int host_publish_wait(struct host *, const char *name, int kind, const void *,
    size_t, const struct cleat_pub *, struct host_published *);

#endif
