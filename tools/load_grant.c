/* SPDX-License-Identifier: MIT
 *
 * load_grant.c - who sends, who must receive, and when the next message may
 * begin.
 *
 * Echoing, every connection has messages of its own and gets each back. With
 * --fan-out the first one sends, all must receive each, and a message counts
 * as answered when the last of them has it: that keeps the server from
 * being measured while it queues.
 *
 * THREADS: one. MEMORY: `arrived` is the run's.
 */
#include "config.h"

#include "load_conn.h"

struct load_conn *
load_sender(const struct load *l, struct load_conn *c)
{
	return l->opt.fan_out ? &l->conns[0] : c;
}

/* How many must receive each message. */
static uint64_t
receivers(const struct load *l)
{
	return l->opt.fan_out ? l->opt.connections : 1;
}

uint64_t
load_messages_due(const struct load *l)
{
	return l->outstanding / receivers(l);
}

void
load_grant(struct load *l, struct load_conn *sender, uint64_t n)
{
	if (n > l->budget)
		n = l->budget;
	l->budget -= n;
	l->outstanding += n * receivers(l);
	sender->granted += n;
}

void
load_withdraw(struct load *l, struct load_conn *c)
{
	uint64_t begun = c->place.seq + (c->place.offset > 0);

	l->outstanding -= (c->granted - begun) * receivers(l);
	c->granted = begun;
}

uint64_t
load_awaited(const struct load *l, struct load_conn *c)
{
	return load_sender(l, c)->granted - c->expected;
}

/* Has everybody message `seq` now? */
static bool
complete(struct load *l, uint64_t seq)
{
	uint64_t *n = &l->arrived[seq % l->opt.in_flight];

	if (++*n < receivers(l))
		return false;
	*n = 0;
	return true;
}

void
load_answered(struct load *l, struct load_conn *c)
{
	struct load_conn *sender = load_sender(l, c);

	l->outstanding--;
	c->expected++;
	if (l->opt.fan_out && !complete(l, c->expected - 1))
		return;
	if (l->phase <= LOAD_RUN)
		load_grant(l, sender, 1);
	if (sender != c && sender->state == LOAD_OPEN && !sender->want_out)
		load_conn_flush(l, sender);
}
