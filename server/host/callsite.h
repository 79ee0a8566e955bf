/* SPDX-License-Identifier: MIT
 *
 * callsite.h - which handler's code a thread is running.
 *
 * The host notes it around every callback with a few plain stores, so that
 * the crash report and the watchdog can name the culprit. It measures
 * nothing.
 *
 * THREADS: callsite_here() and callsite_describe() are safe in a signal
 * handler of the same thread. Another thread reads a struct callsite through
 * worker_doing(): it may see the fields of two neighbouring callbacks mixed,
 * never a dangling pointer.
 * MEMORY: a callsite is part of its route's instance, which lives as long as
 * the host; its strings are the host's own copies or constants.
 */
#ifndef CLEAT_HOST_CALLSITE_H
#define CLEAT_HOST_CALLSITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/crash.h"

struct cleat_route;

struct callsite {
	struct cleat_route *route;
	const char *handler, *version; /* as the descriptor says */
	const char *path;	       /* of the route, as configured */
	const char *callback;	       /* "on_message", "timer", "job" ... */
	uint64_t conn;		       /* 0: none */
};

/* Any thread: notes the beginning of a callback, and its end. Callbacks do
 * not nest. The stores are relaxed: the only reader beside this thread may be
 * a little late. */
extern _Thread_local struct callsite *callsite_current;

static inline void
callsite_enter(struct callsite *site, const char *callback, uint64_t conn)
{
	__atomic_store_n(&site->callback, callback, __ATOMIC_RELAXED);
	__atomic_store_n(&site->conn, conn, __ATOMIC_RELAXED);
	callsite_current = site;
}

static inline void
callsite_leave(void)
{
	callsite_current = NULL;
}

/* What this thread is running, or NULL: the host's own code. */
static inline struct callsite *
callsite_here(void)
{
	return callsite_current;
}

/* For crash_watch(): adds "handler=echo version=1.0 callback=on_message
 * route=/echo conn=7" about this thread, or nothing. */
void callsite_describe(struct crash_line *);

#endif
