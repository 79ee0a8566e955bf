/* SPDX-License-Identifier: MIT
 *
 * deadlines.h - when an HTTP connection has had its time.
 *
 * The library's own timeout starts anew with each byte, so a client that
 * sends one now and then stays for ever. Here a connection has one moment
 * that no activity moves: for the whole of the next request, then for the
 * whole of its answer. There is no loop on the library's thread, so the main
 * thread comes by now and then and shuts down what is due; a deadline is kept
 * to a tick, not to the millisecond.
 *
 * THREADS: any; one lock, held for no call but shutdown().
 * MEMORY: a struct due is its connection's and leaves with due_end() before
 * its descriptor is closed or handed over.
 */
#ifndef CLEAT_HTTP_DEADLINES_H
#define CLEAT_HTTP_DEADLINES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct deadlines {
	pthread_mutex_t lock;
	pthread_cond_t ended; /* the last one has */
	struct list all;
};

struct due {
	struct list node;
	int fd;
	uint64_t at_ms; /* monotonic; 0: never */
};

void deadlines_init(struct deadlines *);
void deadlines_fini(struct deadlines *);

/* Shuts down what is due at `now_ms`, once each; returns how many. */
unsigned deadlines_tick(struct deadlines *, uint64_t now_ms);

/* Shuts down everything and waits until the connections have ended, but not
 * longer than `ms`. False: some have not. Not the library's thread. */
bool deadlines_cut_all(struct deadlines *, unsigned ms);

void due_begin(struct deadlines *, struct due *, int fd);
void due_set(struct deadlines *, struct due *, uint64_t at_ms);
/* May be called again. */
void due_end(struct deadlines *, struct due *);

#endif
