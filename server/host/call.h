/* SPDX-License-Identifier: MIT
 *
 * call.h - what stands around every call into a handler.
 *
 *	struct stopwatch s;
 *
 *	call_enter(r, CALLBACK_OPEN, id, &s);
 *	r->handler->on_open(c);
 *	call_leave(r, CALLBACK_OPEN, &s);
 *
 * A few plain stores for watchdog and crash report, two looks at the coarse
 * clock, and now and then a measurement. Inline, for it is on the path of
 * every message.
 *
 * THREADS: the instance's. MEMORY: none.
 */
#ifndef CLEAT_HOST_CALL_H
#define CLEAT_HOST_CALL_H

#include "host/instance.h"
#include "net/worker.h"

/* Logs a callback that took longer than slow_ms. */
void call_was_slow(struct cleat_route *, uint64_t took_ms);

static inline void
call_enter(
    struct cleat_route *r, enum callback cb, uint64_t conn, struct stopwatch *s)
{
	callsite_enter(&r->callsite, callback_names[cb], conn);
	if (r->attached)
		worker_set_doing(r->worker, &r->callsite);
	s->coarse_ms = measure_coarse_ms();
	s->wall_ns = 0;
	if (cb != CALLBACK_MESSAGE && cb != CALLBACK_PART)
		measure_begin(s, 1);
	else if (r->calls++ % MEASURE_EVERY == 0)
		measure_begin(
		    s, r->calls % (MEASURE_EVERY * MEASURE_CPU_EVERY) == 1
			   ? MEASURE_EVERY * MEASURE_CPU_EVERY
			   : 0);
}

static inline void
call_leave(struct cleat_route *r, enum callback cb, const struct stopwatch *s)
{
	uint64_t slow = __atomic_load_n(&r->slow_ms, __ATOMIC_RELAXED);
	uint64_t took = measure_coarse_ms() - s->coarse_ms;

	if (s->wall_ns)
		measure_end(&r->measures[cb], s);
	if (slow && took >= slow)
		call_was_slow(r, took);
	if (r->attached)
		worker_set_doing(r->worker, NULL);
	callsite_leave();
}

#endif
