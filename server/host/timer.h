/* SPDX-License-Identifier: MIT
 *
 * timer.h - the timers of one instance.
 *
 * A handler names a timer by a number that says its place and how often the
 * place was used, so that cancelling one that is over hits nobody else. While
 * the instance is loading its timers are only kept; attaching arms them.
 *
 * THREADS: the instance's.
 * MEMORY: the instance's; at most TIMERS_MAX. A connection's timers are
 * linked from it, to die with it.
 */
#ifndef CLEAT_HOST_TIMER_H
#define CLEAT_HOST_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include "cleat.h"

enum { TIMERS_MAX = 1 << 16 };

struct timer;

/* All zero: none. */
struct timers {
	struct timer **at;
	size_t n, room; /* places in use or free, and allocated */
	size_t armed;
	uint32_t free; /* the first free place + 1; 0: none */
};

/* What a timer calls: one of the two is set. */
struct timer_call {
	void (*route)(cleat_route *, void *);
	void (*conn)(cleat_conn *, void *);
	cleat_conn *on; /* with `conn` */
	void *arg;
};

/* 0: there are too many already, or no memory. `every_ms` 0: once. */
cleat_timer timer_add(
    cleat_route *, uint64_t ms, uint64_t every_ms, const struct timer_call *);
/* CLEAT_OK or CLEAT_ENOENT. */
int timer_cancel(cleat_route *, cleat_timer);

/* Arms what was kept while loading. */
void timers_attach(cleat_route *);
/* Cancels all of a connection's. */
void timers_drop_conn(cleat_conn *);
/* Cancels all, and frees the table. */
void timers_fini(cleat_route *);

#endif
