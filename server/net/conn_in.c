/* SPDX-License-Identifier: MIT
 *
 * conn_in.c - a connection's turn: receive once, parse, deliver.
 *
 * One recv for each turn, into the worker's buffer; `readable` remembers that
 * there may be more. A turn ends when its bounds are reached: what is unparsed
 * then moves to the connection's inbuf and the connection to the back of
 * the worker's list.
 *
 * But a message that was cut at the end of the buffer goes on behind it, in the
 * same turn, as long as more is there: so most large messages are never
 * copied, and come and go through memory that is warm. One that came in an
 * earlier turn, or is larger than the buffer, is received straight into the
 * place where it is put together.
 *
 * Nothing of the connection is freed while a turn runs, whatever the
 * handler does: that is conn_settle()'s, afterwards.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include "net/engine.h"

#include <errno.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/conn_extra.h"
#include "net/inbuf.h"

enum { TURN_NS = 500 * 1000 };

/* The clock is looked at after so much work: an event is one, and so are so
 * many bytes. */
enum { CLOCK_EVERY = 16, WORK_BYTES = 4096 };

/* Of a turn, so far. */
struct bounds {
	uint64_t events, bytes, until_ns;
	size_t work; /* since the clock was looked at */
};

bool
conn_reading(const struct conn *c)
{
	switch ((enum conn_state)c->state) {
	case CONN_OPEN:
		return !c->paused && !c->high;
	case CONN_CLOSING:
	case CONN_LINGER:
		return true;
	case CONN_NEW:
	case CONN_LOST:
	case CONN_DEAD:
		break;
	}
	return false;
}

static struct message_rules
message_rules(const struct conn *c)
{
	return (struct message_rules){
		.max_message = c->rules->max_message,
		.max_fragments = c->rules->max_fragments,
		.deflate = c->deflates,
	};
}

static void
hand_up(struct conn *c, int type, const uint8_t *p, size_t n)
{
	stat_add(&c->tally->messages_in, 1);
	c->worker->turn.heard = true;
	c->worker->calls->conn->message(c, type, p, n);
}

static void
hand_up_part(
    struct conn *c, int type, const uint8_t *p, size_t n, bool first, bool last)
{
	stat_add(&c->tally->messages_in, 1);
	c->worker->turn.heard = true;
	c->worker->calls->conn->part(c, type, p, n, first, last);
}

/* A whole message, compressed or not. */
static void
hand_up_whole(
    struct conn *c, const struct message_event *ev, uint8_t *p, size_t n)
{
	static const uint8_t nothing[1];
	struct deflate_bytes out = { .p = p, .n = n };

	if (ev->deflated && !conn_unpack(c, ev, p, n, &out))
		return;
	if (c->parts)
		hand_up_part(c, (int)ev->type, out.p ? out.p : nothing, out.n,
		    true, true);
	else
		hand_up(c, (int)ev->type, out.p ? out.p : nothing, out.n);
}

/* The message in the inbuf is complete. */
static void
hand_up_assembled(struct conn *c, const struct message_event *ev)
{
	hand_up_whole(c, ev, c->in->message, c->in->len);
	inbuf_done(&c->in);
}

/* Can what a frame lacks be received behind its first piece? */
static bool
stays(const struct conn *c, const struct message_event *ev)
{
	const uint8_t *buffer = c->worker->buffer;
	const uint8_t *end = buffer + MESSAGE_UNIT_MAX + RECV_ROOM;
	uint64_t want = message_want(&c->parser);

	return ev->first && want > 0 && ev->data >= buffer && ev->data < end &&
	       want <= (size_t)(end - (ev->data + ev->len));
}

static int
put_together(struct conn *c, const struct message_event *ev)
{
	uint64_t *held = &c->worker->held;

	if (stays(c, ev))
		return inbuf_borrow(&c->in, ev->data, ev->len, held);
	return inbuf_append(
	    &c->in, ev->data, ev->len, message_want(&c->parser), held);
}

static void
deliver(struct conn *c, const struct message_event *ev)
{
	if (c->state != CONN_OPEN || !conn_rate_event(c, ev))
		return;
	if (c->parts && !ev->deflated)
		hand_up_part(
		    c, (int)ev->type, ev->data, ev->len, ev->first, ev->last);
	else if (ev->first && ev->last)
		hand_up_whole(c, ev, ev->data, ev->len);
	else if (put_together(c, ev) != 0)
		conn_refuse(c, WS_V_NO_MEMORY);
	else if (ev->last)
		hand_up_assembled(c, ev);
}

static void
take(struct conn *c, const struct message_event *ev)
{
	switch (ev->kind) {
	case MESSAGE_MORE:
		break;
	case MESSAGE_DATA:
		deliver(c, ev);
		break;
	case MESSAGE_PING:
		stat_add(&c->tally->pings_in, 1);
		if (conn_rate_event(c, ev))
			conn_control(c, WS_OP_PONG, ev->data, ev->len);
		break;
	case MESSAGE_PONG:
		stat_add(&c->tally->pongs_in, 1);
		(void)conn_rate_event(c, ev);
		break;
	case MESSAGE_CLOSE:
		conn_peer_closed(c, ev->close_code, ev->data, ev->len);
		break;
	case MESSAGE_VIOLATION:
		conn_violated(c, ev->violation);
		break;
	}
}

static bool
late(struct bounds *b)
{
	uint64_t now = clock_ns();

	if (b->until_ns == 0)
		b->until_ns = now + TURN_NS;
	else
		b->work = 0;
	return now >= b->until_ns;
}

static bool
full(const struct conn *c, const struct bounds *b)
{
	return b->bytes + c->worker->turn.unpacked >= c->rules->turn_bytes;
}

/* After an event of so many bytes, when there are more. */
static bool
turn_over(const struct conn *c, struct bounds *b, size_t bytes)
{
	b->work += 1 + bytes / WORK_BYTES;
	if (++b->events >= c->rules->turn_messages || full(c, b))
		return true;
	return (b->events == 1 || b->work >= CLOCK_EVERY) && late(b);
}

/* Returns the bytes used up; rest_ready says whether the others are more
 * than the head of a frame. */
static size_t
parse(struct conn *c, uint8_t *p, size_t n, struct bounds *b)
{
	const struct message_rules rules = message_rules(c);
	size_t used = 0;

	c->rest_ready = false;
	while (used < n && conn_reading(c)) {
		struct message_event ev;
		size_t step;

		if (c->state == CONN_LINGER)
			return n;
		step =
		    message_next(&c->parser, &rules, p + used, n - used, &ev);
		used += step;
		b->bytes += step;
		if (ev.kind == MESSAGE_MORE)
			return used;
		if (ev.kind == MESSAGE_DATA && ev.first && ev.last &&
		    c->straight && c->state == CONN_OPEN)
			hand_up(c, (int)ev.type, ev.data, ev.len);
		else
			take(c, &ev);
		if (used < n && turn_over(c, b, step))
			break;
	}
	c->rest_ready = used < n;
	return used;
}

static void
parse_rest(struct conn *c, struct bounds *b)
{
	struct inbuf *in = c->in;
	size_t used = parse(c, in->rest + in->rest_at, inbuf_rest(in), b);

	inbuf_parsed(&c->in, used);
}

/* True when something came. */
static bool
receive(struct conn *c, void *p, size_t room, size_t *n)
{
	ssize_t got = stream_recv(&c->stream, p, room);

	c->readable = got == (ssize_t)room ||
		      (got > 0 && (c->ended || stream_more(&c->stream)));
	if (got == -EAGAIN)
		return false;
	if (got <= 0) {
		conn_lost(c);
		return false;
	}
	c->received_ms = (uint32_t)conn_now_ms(c);
	if (c->pinged) {
		c->pinged = false;
		conn_clock_earlier(c);
	}
	stat_add(&c->tally->bytes_in, (uint64_t)got);
	if (c->rated)
		conn_rate_bytes(c, (size_t)got);
	*n = (size_t)got;
	return true;
}

/* A piece of a message into its own place. */
static void
receive_piece(struct conn *c, struct bounds *b)
{
	const struct message_rules rules = message_rules(c);
	struct message_event ev;
	size_t room, n;
	uint8_t *p = inbuf_reserve(
	    &c->in, message_want(&c->parser), &room, &c->worker->held);

	if (!p) {
		conn_refuse(c, WS_V_NO_MEMORY);
		return;
	}
	if (!receive(c, p, room < RECV_STEP ? room : RECV_STEP, &n))
		return;
	must(message_next(&c->parser, &rules, p, n, &ev) == n);
	b->bytes += n;
	if (ev.kind != MESSAGE_DATA) {
		take(c, &ev);
		return;
	}
	if (c->state != CONN_OPEN || !conn_rate_event(c, &ev))
		return;
	inbuf_grew(c->in, n);
	if (ev.last)
		hand_up_assembled(c, &ev);
}

/* Is there more of a message that has come this far in this turn? */
static bool
goes_on(const struct conn *c, struct bounds *b)
{
	return c->state == CONN_OPEN && c->readable && !full(c, b) && !late(b);
}

static bool
lacks_much(const struct conn *c)
{
	return c->state == CONN_OPEN && !c->parts &&
	       message_want(&c->parser) >= DIRECT_IN;
}

static void
receive_direct(struct conn *c, struct bounds *b)
{
	do
		receive_piece(c, b);
	while (lacks_much(c) && goes_on(c, b));
}

static void
receive_into_buffer(struct conn *c, struct bounds *b)
{
	uint8_t *p = c->worker->buffer + MESSAGE_UNIT_MAX, *end = p + RECV_ROOM;
	size_t head, n, used, room;

	if (!receive(c, p, RECV_STEP, &n))
		return;
	head = inbuf_rest(c->in);
	p -= head;
	inbuf_move(&c->in, p);
	n += head;
	while ((used = parse(c, p, n, b)) == n && inbuf_borrows(c->in) &&
	       goes_on(c, b)) {
		p += n;
		room = (size_t)(end - p);
		if (room > RECV_STEP)
			room = RECV_STEP;
		if (room == 0 || !receive(c, p, room, &n))
			return;
	}
	if (used < n &&
	    inbuf_keep(&c->in, p + used, n - used, &c->worker->held) != 0) {
		c->rest_ready = false;
		conn_violated(c, WS_V_NO_MEMORY);
	}
}

void
conn_turn(struct conn *c)
{
	struct bounds b = { 0 };

	conn_begin_turn(c);
	if (c->rest_ready)
		parse_rest(c, &b);
	else if (lacks_much(c))
		receive_direct(c, &b);
	else
		receive_into_buffer(c, &b);
	if (inbuf_own(&c->in, message_want(&c->parser)) != 0)
		conn_refuse(c, WS_V_NO_MEMORY);
	conn_end_turn(c);
}
