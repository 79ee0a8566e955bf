/* SPDX-License-Identifier: MIT
 *
 * timer.c - the timers of one instance.
 *
 * A place is reused, its timer's struct with it: the generation in it is what
 * tells the timers of one place apart. Free places are linked by their
 * numbers.
 *
 * THREADS, MEMORY: see timer.h.
 */
#include "config.h"

#include "host/timer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/call.h"
#include "host/instance.h"
#include "host/session.h"
#include "net/loop.h"
#include "net/worker.h"

struct timer {
	struct deadline due;
	cleat_route *route;
	struct timer_call call;
	uint64_t at_ms, every_ms;
	struct timer *conn_next;
	uint32_t place, generation;
	uint32_t free_next;
	bool armed;
};

enum { FIRST_ROOM = 8 };

/* So that no sum of times wraps. */
static const uint64_t longest_ms = UINT64_MAX / 4;

static cleat_timer
name_of(const struct timer *t)
{
	return (uint64_t)t->generation << 32 | (t->place + 1);
}

static struct timer *
find(const struct timers *ts, cleat_timer name)
{
	uint32_t place = (uint32_t)name - 1;
	struct timer *t = place < ts->n ? ts->at[place] : NULL;

	return t && t->armed && name_of(t) == name ? t : NULL;
}

static bool
grow(struct timers *ts)
{
	size_t room = ts->room ? 2 * ts->room : FIRST_ROOM;
	struct timer **at;

	if (ts->n < ts->room)
		return true;
	at = realloc(ts->at, room * sizeof(struct timer *));
	if (!at)
		return false;
	ts->at = at;
	ts->room = room;
	return true;
}

static struct timer *
take_place(struct timers *ts)
{
	struct timer *t;

	if (ts->armed >= TIMERS_MAX)
		return NULL;
	if (ts->free) {
		t = ts->at[ts->free - 1];
		ts->free = t->free_next;
		return t;
	}
	t = grow(ts) ? calloc(1, sizeof(*t)) : NULL;
	if (t) {
		t->place = (uint32_t)ts->n;
		ts->at[ts->n++] = t;
	}
	return t;
}

static void
unlink_from_conn(struct timer *t)
{
	struct timer **p;

	if (!t->call.on)
		return;
	p = &t->call.on->more->timers;
	while (*p && *p != t)
		p = &(*p)->conn_next;
	if (*p)
		*p = t->conn_next;
}

static void
give_back(struct timer *t)
{
	struct timers *ts = &t->route->timers;

	unlink_from_conn(t);
	t->armed = false;
	t->generation++;
	t->free_next = ts->free;
	ts->free = t->place + 1;
	ts->armed--;
}

static bool
arm(struct timer *t)
{
	if (!t->route->attached)
		return true;
	return deadline_set(worker_loop(t->route->worker), &t->due, t->at_ms) ==
	       0;
}

static void
disarm(struct timer *t)
{
	if (t->route->attached)
		deadline_clear(worker_loop(t->route->worker), &t->due);
}

/* Before the call it is armed again or given back, so that the handler may
 * cancel it, or its connection go, while it runs. */
static void
timer_due(struct deadline *due)
{
	struct timer *t = container_of(due, struct timer, due);
	struct timer_call call = t->call;
	cleat_route *r = t->route;
	struct stopwatch s;

	t->at_ms = loop_now_ms(worker_loop(r->worker)) + t->every_ms;
	if (t->every_ms == 0 || !arm(t)) {
		if (t->every_ms)
			log_error(
			    "%s: a timer is lost: no memory", r->callsite.path);
		give_back(t);
	}
	call_enter(r, CALLBACK_TIMER, call.on ? session_id(call.on) : 0, &s);
	if (call.on)
		call.conn(call.on, call.arg);
	else
		call.route(r, call.arg);
	call_leave(r, CALLBACK_TIMER, &s);
}

cleat_timer
timer_add(cleat_route *r, uint64_t ms, uint64_t every_ms,
    const struct timer_call *call)
{
	struct session_more *more = call->on ? session_more(call->on) : NULL;
	struct timer *t = call->on && !more ? NULL : take_place(&r->timers);

	if (!t)
		return 0;
	ms = ms < longest_ms ? ms : longest_ms;
	t->due.due = timer_due;
	t->route = r;
	t->call = *call;
	t->every_ms = every_ms < longest_ms ? every_ms : longest_ms;
	t->at_ms =
	    (r->attached ? loop_now_ms(worker_loop(r->worker)) : clock_ms()) +
	    ms;
	t->armed = true;
	r->timers.armed++;
	if (call->on) {
		t->conn_next = more->timers;
		more->timers = t;
	}
	if (arm(t))
		return name_of(t);
	give_back(t);
	return 0;
}

int
timer_cancel(cleat_route *r, cleat_timer name)
{
	struct timer *t = find(&r->timers, name);

	if (!t)
		return CLEAT_ENOENT;
	disarm(t);
	give_back(t);
	return CLEAT_OK;
}

void
timers_attach(cleat_route *r)
{
	for (size_t i = 0; i < r->timers.n; i++) {
		struct timer *t = r->timers.at[i];

		if (t->armed && !arm(t)) {
			log_error(
			    "%s: a timer is lost: no memory", r->callsite.path);
			give_back(t);
		}
	}
}

void
timers_drop_conn(cleat_conn *c)
{
	struct timer *t;

	while (c->more && (t = c->more->timers) != NULL) {
		disarm(t);
		give_back(t);
	}
}

void
timers_fini(cleat_route *r)
{
	for (size_t i = 0; i < r->timers.n; i++) {
		struct timer *t = r->timers.at[i];

		if (t->armed) {
			disarm(t);
			unlink_from_conn(t);
		}
		free(t);
	}
	free(r->timers.at);
	r->timers = (struct timers){ 0 };
}
