/* SPDX-License-Identifier: MIT
 *
 * callsite.h - which handler's code a thread is running.
 *
 * The host notes it around every callback with a few plain stores, so that
 * the crash report and the watchdog can name the culprit. It measures
 * nothing.
 *
 * THREADS: callsite_here() and callsite_print() are safe in a signal handler
 * of the same thread. Another thread reads a struct callsite through
 * worker_doing(): it may see the fields of two neighbouring callbacks mixed,
 * never a dangling pointer.
 * MEMORY: a callsite is part of its route's instance, which lives as long as
 * the host; its strings are the host's own copies or constants.
 */
#ifndef CLEAT_HOST_CALLSITE_H
#define CLEAT_HOST_CALLSITE_H

#include <stddef.h>
#include <stdint.h>

struct callsite {
	const char *handler, *version; /* as the descriptor says */
	const char *path;	       /* of the route, as configured */
	const char *callback;	       /* "on_message", "timer", "job" ... */
	uint64_t conn;		       /* 0: none */
};

/* What this thread is running, or NULL: the host's own code. */
const struct callsite *callsite_here(void);

/* Any thread: notes the beginning of a callback, and its end. */
void callsite_enter(struct callsite *, const char *callback, uint64_t conn);
void callsite_leave(void);

/* Writes "handler=echo version=1.0 callback=on_message route=/echo conn=7" and
 * a NUL into buf without calling the C library. Returns the length. */
size_t callsite_print(const struct callsite *, char *buf, size_t size);

#endif
