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
 * A few plain stores for watchdog and crash report, and a measurement, of the
 * frequent callbacks now and then. Inline, for it is on the path of every
 * message.
 *
 * THREADS: the instance's. MEMORY: none.
 */
#ifndef CLEAT_HOST_CALL_H
#define CLEAT_HOST_CALL_H

#include "base/clock.h"
#include "host/instance.h"
#include "net/worker.h"

/* Logs a callback, or a turn of on_message, that took slow_ms or longer. */
void call_took(struct cleat_route *, uint64_t ms);

/* Of the FREQUENT ones only some are timed, and their slowness is noticed by
 * the turn (see session_lingered). */
static inline bool
call_is_frequent(enum callback cb)
{
	enum { RARE, FREQUENT };

	switch (cb) {
#define CALLBACK(NAME, text, kind) \
	case CALLBACK_##NAME:      \
		return kind == FREQUENT;
#include "host/callbacks.def"
	case CALLBACKS:
		break;
	}
	return false;
}

static inline void
call_enter(
    struct cleat_route *r, enum callback cb, uint64_t conn, struct stopwatch *s)
{
	callsite_enter(&r->callsite, callback_names[cb], conn);
	if (r->attached)
		worker_set_doing(r->worker, &r->callsite);
	s->wall_ns = 0;
	if (!call_is_frequent(cb)) {
		s->coarse_ms = clock_coarse_ms();
		measure_begin(s, 1);
	} else if (r->calls++ % MEASURE_EVERY == 0) {
		measure_begin(
		    s, r->calls % (MEASURE_EVERY * MEASURE_CPU_EVERY) == 1
			   ? MEASURE_EVERY * MEASURE_CPU_EVERY
			   : 0);
	}
}

static inline void
call_leave(struct cleat_route *r, enum callback cb, const struct stopwatch *s)
{
	if (s->wall_ns)
		measure_end(&r->measures[cb], s);
	if (!call_is_frequent(cb))
		call_took(r, clock_coarse_ms() - s->coarse_ms);
	if (r->attached)
		worker_set_doing(r->worker, NULL);
	callsite_leave();
}

#endif
