/* SPDX-License-Identifier: MIT
 *
 * conn_clock.c - everything that is due for a connection, with one deadline.
 *
 * The deadline is armed for the soonest of a few moments and not touched
 * while bytes move: when it fires, it looks which moments have really come
 * and is armed for the next. Only what makes a moment sooner than the armed
 * one (a write that blocks, a close) moves it at once. It stays armed all
 * the connection's life, so that moving it never needs memory.
 *
 * THREADS: owner worker.
 * RFC 6455 section 5.5.2 (pings), 7.1.1 (the time a close may take).
 */
#include "config.h"

#include "net/engine.h"

#include "base/must.h"

/* Nobody lives to see it, and sums with it do not overflow. */
#define FOREVER_MS (UINT64_MAX / 4)

enum { FAR_MS = 24 * 60 * 60 * 1000, MOMENTS = 5 };

struct moment {
	uint64_t at_ms;
	enum ws_violation what; /* WS_V_NONE: a ping */
};

/* A number that looks random, always the same for the same connection. */
static uint64_t
scatter(uint64_t id, uint64_t below)
{
	id *= 0x9e3779b97f4a7c15;
	id ^= id >> 32;
	return below > 0 ? id % below : 0;
}

/* Within 10 % of ping_every, so that a herd of connections spreads out. */
static uint64_t
ping_after_ms(const struct conn *c)
{
	uint64_t every = c->rules->ping_every_ms;

	return every - every / 10 + scatter(c->id, every / 5 + 1);
}

/* When it was that a stamp was taken. Those that are looked at are younger than
 * the longest time that a rule may set, which is a day. */
static uint64_t
stamped_ms(const struct conn *c, uint32_t stamp)
{
	uint64_t now = conn_now_ms(c);

	return now - (uint32_t)((uint32_t)now - stamp);
}

/* Silence counts only while we listen: what a peer says while its
 * connection is paused or its queue is full waits in the socket. */
static size_t
moments(const struct conn *c, struct moment m[MOMENTS])
{
	const struct rules *r = c->rules;
	uint64_t received = stamped_ms(c, c->received_ms);
	size_t n = 0;

	if (c->blocked && r->write_within_ms > 0)
		m[n++] = (struct moment){ stamped_ms(c, c->moved_ms) +
					      r->write_within_ms,
			WS_V_WRITE_TIMEOUT };
	if (conn_reading(c) && r->pong_within_ms > 0)
		m[n++] = (struct moment){ received + r->pong_within_ms,
			WS_V_NO_PONG };
	if (r->idle_timeout_ms > 0)
		m[n++] = (struct moment){ c->message_ms + r->idle_timeout_ms,
			WS_V_IDLE };
	if (c->ends_ms != UINT64_MAX)
		m[n++] =
		    (struct moment){ c->ends_ms, c->drains    ? WS_V_GOING_AWAY
						 : c->expires ? WS_V_EXPIRED
							      : WS_V_LIFETIME };
	if (r->ping_every_ms > 0 && !c->pinged)
		m[n++] =
		    (struct moment){ received + ping_after_ms(c), WS_V_NONE };
	return n;
}

static uint64_t
soonest(const struct conn *c)
{
	uint64_t at = conn_now_ms(c) + FAR_MS;
	struct moment m[MOMENTS];
	size_t n;

	if (c->state != CONN_OPEN)
		return c->ends_ms < at ? c->ends_ms : at;
	n = moments(c, m);
	for (size_t i = 0; i < n; i++)
		if (m[i].at_ms < at)
			at = m[i].at_ms;
	return at;
}

static void
arm(struct conn *c, uint64_t at_ms)
{
	must(deadline_set(c->worker->loop, &c->deadline, at_ms) == 0);
}

static void
due_open(struct conn *c, uint64_t now)
{
	struct moment m[MOMENTS];
	size_t n = moments(c, m);

	for (size_t i = 0; i < n; i++) {
		if (m[i].at_ms > now)
			continue;
		if (m[i].what != WS_V_NONE) {
			conn_refuse(c, m[i].what);
			return;
		}
		conn_control(c, WS_OP_PING, NULL, 0);
		stat_add(&c->tally->pings_out, 1);
		c->pinged = true;
	}
}

static void
due(struct deadline *d)
{
	struct conn *c = container_of(d, struct conn, deadline);
	uint64_t now = conn_now_ms(c);

	arm(c, now + FAR_MS);
	if (c->state == CONN_OPEN)
		due_open(c, now);
	else if (now >= c->ends_ms)
		conn_lost(c);
	conn_clock_earlier(c);
}

int
conn_clock_start(struct conn *c)
{
	uint64_t now = conn_now_ms(c), life = c->rules->max_lifetime_ms;

	c->received_ms = (uint32_t)now;
	c->message_ms = now;
	c->ends_ms = life > 0 ? now + life : UINT64_MAX;
	c->deadline.due = due;
	return deadline_set(c->worker->loop, &c->deadline, soonest(c));
}

void
conn_clock_earlier(struct conn *c)
{
	uint64_t at = soonest(c);

	if (at < c->deadline.at_ms)
		arm(c, at);
}

void
conn_expire(struct conn *c, uint64_t age_ms, uint64_t in_ms)
{
	uint64_t now = conn_now_ms(c), life = c->rules->max_lifetime_ms;
	uint64_t ends = life > age_ms ? now + life - age_ms : now;

	if (c->state != CONN_OPEN || c->drains)
		return;
	if (life == 0)
		ends = UINT64_MAX;
	c->expires = in_ms < FOREVER_MS && now + in_ms < ends;
	c->ends_ms = c->expires ? now + in_ms : ends;
	conn_clock_earlier(c);
}

void
conn_clock_drain(struct conn *c)
{
	uint64_t at = conn_now_ms(c) + scatter(c->id, c->worker->drain_over_ms);

	if (c->state != CONN_OPEN)
		return;
	c->drains = true;
	if (at < c->ends_ms)
		c->ends_ms = at;
	conn_clock_earlier(c);
}
