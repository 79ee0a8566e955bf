/* SPDX-License-Identifier: MIT
 *
 * conn_publish.c - what many hear: frames that connections share, and who of
 * them may miss one.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include "net/outgoing.h"

#include "net/conn_extra.h"
#include "net/payload.h"

static enum conn_sent
send_shared(struct conn *c, struct payload *s, struct outgoing *o)
{
	if (c->in_parts)
		return c->state == CONN_OPEN ? CONN_ORDER : CONN_GONE;
	o->shared = s;
	return conn_send_frame(
	    c, s->frame[0], s->frame + s->head, s->len - s->head, o);
}

enum conn_sent
conn_send_shared(struct conn *c, struct payload *s)
{
	struct outgoing o = { .control = false };

	if (c->deflates && c->state == CONN_OPEN)
		s = conn_pack_shared(c, s);
	return send_shared(c, s, &o);
}

static bool
is_slow(const struct conn *c, enum conn_lose lose)
{
	return lose == CONN_LOSE_FIRST ? !conn_at_low(c)
				       : conn_high_with(c, 0, 0);
}

/* Does the peer miss it? What only waits for the end of the round is not
 * what makes a peer slow. */
static bool
loses(struct conn *c, enum conn_lose lose)
{
	if (lose == CONN_KEEP || lose == CONN_FOLLOWS || !is_slow(c, lose))
		return false;
	if (!c->blocked)
		conn_flush(c);
	return is_slow(c, lose);
}

/* The way of most publications: nothing waits, and what waits alone until
 * the end of the round can be neither lost nor too much. */
static inline bool
publish_alone(struct conn *c, struct payload *s)
{
	if (c->state != CONN_OPEN || c->mute || c->in_parts ||
	    !sendq_empty(&c->out) || c->worker->turn.conn == c)
		return false;
	sendq_alone(&c->out, s);
	stat_add(&c->tally->queue_bytes, s->len);
	stat_add(&c->tally->messages_out, 1);
	c->message_ms = conn_now_ms(c);
	conn_touch(c);
	return true;
}

static enum conn_sent
publish_slowly(
    struct conn *c, struct payload *s, enum conn_lose lose, bool stored)
{
	struct outgoing o = { .kept = stored,
		.follows = lose == CONN_FOLLOWS,
		.published = true };
	struct tally *t = c->tally;

	if (c->state != CONN_OPEN || !loses(c, lose))
		return send_shared(c, s, &o);
	stat_add(lose == CONN_LOSE_FIRST ? &t->lost_first : &t->lost_next, 1);
	return CONN_DROPPED;
}

enum conn_sent
conn_publish(
    struct conn *c, struct payload *s, enum conn_lose lose, bool stored)
{
	if (c->deflates && c->state == CONN_OPEN)
		s = conn_pack_shared(c, s);
	if (publish_alone(c, s))
		return CONN_SENT;
	return publish_slowly(c, s, lose, stored);
}
