/* SPDX-License-Identifier: MIT
 *
 * conn_out.c - what leaves: the turn's block, the queue and its marks. What
 * many hear is conn_publish.c's.
 *
 * A small frame sent during the connection's own turn is copied to the
 * worker's block; the block is written when the turn ends, when it is full,
 * or when so much of it would make the queue too long. A large frame is
 * written from where it is, together with the block. Only what the socket
 * does not take is copied to the queue, and while anything is queued all
 * else queues up behind it.
 *
 * A write that fails ends only the sending: what the peer said before it
 * left may still be read, its close frame above all (`mute`).
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include "net/engine.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/conn_extra.h"
#include "net/outgoing.h"
#include "net/payload.h"
#include "wire/frame.h"

bool
conn_at_low(const struct conn *c)
{
	const struct rules *r = c->rules;

	return !conn_above(c->out.bytes, r->queue_bytes, r->queue_low) &&
	       !conn_above(c->out.messages, r->queue_messages, r->queue_low);
}

static bool
fits(const struct conn *c, size_t bytes)
{
	return sendq_empty(&c->out) ||
	       (c->out.bytes + bytes <= c->rules->queue_bytes &&
		   c->out.messages + 1 <= c->rules->queue_messages);
}

/* Keeps count of queued bytes, given what it was before a change. */
static void
account(struct conn *c, size_t before)
{
	stat_add(&c->tally->queue_bytes, c->out.bytes - before);
	if (!c->high && !sendq_empty(&c->out) && conn_high_with(c, 0, 0))
		c->high = true;
}

void
conn_drop_queue(struct conn *c)
{
	size_t before = c->out.bytes;

	sendq_fini(&c->out);
	account(c, before);
}

/* What has begun to leave goes on, if it is not much. A session of TLS has
 * taken more than it says. */
bool
conn_cut_queue(struct conn *c, size_t most)
{
	size_t before = c->out.bytes;

	if (c->stream.tls && before > 0)
		return false;
	sendq_cut(&c->out);
	account(c, before);
	return c->out.bytes <= most;
}

static void
become_mute(struct conn *c)
{
	conn_drop_queue(c);
	c->mute = true;
	c->blocked = false;
	stream_abandon(&c->stream);
	conn_touch(c);
}

static void
become_blocked(struct conn *c)
{
	if (!c->blocked) {
		c->blocked = true;
		c->moved_ms = (uint32_t)conn_now_ms(c);
		conn_clock_earlier(c);
		conn_touch(c); /* to be told when the socket has room */
	}
}

/* Opens the block for a connection with nothing in its queue. */
static void
open_block(struct conn *c, struct turn *t)
{
	const struct rules *r = c->rules;
	uint64_t room = r->queue_bytes * r->queue_high / 100;

	t->room = room < BLOCK_ROOM ? (size_t)room : BLOCK_ROOM;
	t->message_room = r->queue_messages * r->queue_high / 100;
}

/* Queues what of the block and of one frame behind it was not sent. */
static int
keep_unsent(struct conn *c, const struct iovec block[2],
    const struct outgoing *o, size_t sent)
{
	size_t block_len = block[0].iov_len;
	uint64_t *held = &c->worker->held;

	if (sent < block_len) {
		int rc = sendq_put(&c->out, block, sent, held);

		if (rc < 0)
			return rc;
		sent = 0;
	} else {
		sent -= block_len;
	}
	if (o->size == 0)
		return 0;
	if (o->shared)
		return sendq_share(&c->out, o->shared, sent, held);
	return sendq_put(&c->out, o->iov, sent, held);
}

/* Writes the block, if it is this connection's, and one frame behind it.
 * The queue is empty. */
static void
write_through(struct conn *c, const struct outgoing *o)
{
	struct turn *t = &c->worker->turn;
	size_t block_len = t->conn == c ? t->len : 0;
	const struct iovec block[2] = { { t->block, block_len } };
	const struct iovec iov[3] = { block[0], o->iov[0], o->iov[1] };
	size_t first = block_len > 0 ? 0 : 1;
	size_t total = block_len + o->size;
	ssize_t sent =
	    stream_writev(&c->stream, iov + first, o->size > 0 ? 3 - first : 1);

	if (t->conn == c)
		t->len = t->room = t->messages = 0;
	if (sent < 0 && sent != -EAGAIN) {
		become_mute(c);
		return;
	}
	if (sent > 0)
		stat_add(&c->tally->bytes_out, (uint64_t)sent);
	else
		sent = 0;
	if ((size_t)sent == total) {
		if (t->conn == c)
			open_block(c, t);
		return;
	}
	if (keep_unsent(c, block, o, (size_t)sent) != 0) {
		conn_lost(c); /* a frame is cut: nothing can follow */
		return;
	}
	account(c, 0);
	become_blocked(c);
}

static void
write_block(struct conn *c)
{
	const struct outgoing none = { .size = 0 };
	const struct turn *t = &c->worker->turn;

	if (t->conn == c && t->len > 0)
		write_through(c, &none);
}

void
conn_flush(struct conn *c)
{
	size_t before = c->out.bytes;
	int rc = sendq_write(&c->out, &c->stream, &c->worker->held);
	size_t sent = before - c->out.bytes;

	stat_add(&c->tally->bytes_out, sent);
	account(c, before);
	if (sent > 0)
		c->moved_ms = (uint32_t)conn_now_ms(c);
	if (rc == -EAGAIN) {
		become_blocked(c);
		return;
	}
	c->blocked = false;
	if (rc < 0)
		become_mute(c);
	else if (c->worker->turn.conn == c)
		open_block(c, &c->worker->turn);
}

void
conn_begin_turn(struct conn *c)
{
	struct turn *t = &c->worker->turn;

	must(t->conn == NULL);
	t->conn = c;
	t->len = t->room = t->messages = t->unpacked = 0;
	t->heard = false;
	t->began_ms = clock_coarse_ms();
	if (sendq_empty(&c->out) && !c->mute)
		open_block(c, t);
}

void
conn_end_turn(struct conn *c)
{
	struct turn *t = &c->worker->turn;
	uint64_t took;

	write_block(c);
	if (!sendq_empty(&c->out) && !c->blocked)
		conn_flush(c);
	t->conn = NULL;
	if (t->heard)
		c->message_ms = conn_now_ms(c);
	took = clock_coarse_ms() - t->began_ms;
	if (took > 0 && t->heard)
		c->worker->calls->conn->lingered(c, took);
}

static enum conn_sent
no_room(struct conn *c, const struct outgoing *o)
{
	if (c->rules->queue_policy == QUEUE_DROP && !o->kept) {
		stat_add(&c->tally->dropped, 1);
		if (!o->published)
			c->busy = true;
		return CONN_DROPPED;
	}
	conn_refuse(c, WS_V_SLOW_CONSUMER);
	return CONN_GONE;
}

static enum conn_sent
enqueue(struct conn *c, const struct outgoing *o)
{
	size_t before = c->out.bytes;
	uint64_t *held = &c->worker->held;
	int rc;

	if (!o->control && !o->follows && !fits(c, o->size))
		return no_room(c, o);
	if (o->shared)
		rc = sendq_share(&c->out, o->shared, 0, held);
	else
		rc = sendq_put(&c->out, o->iov, 0, held);
	if (rc != 0)
		return CONN_NOMEM;
	account(c, before);
	if (c->worker->turn.conn == c)
		c->worker->turn.room = 0; /* all else queues up behind it */
	if (!c->blocked)
		conn_touch(c);
	return CONN_SENT;
}

/* A frame that goes to the block; false: there is no room. Inline, because
 * this is the way of every small answer. */
static inline bool
append_to_block(struct conn *c, unsigned first, const void *p, size_t n)
{
	struct turn *t = &c->worker->turn;

	if (t->conn != c || n >= DIRECT_OUT ||
	    t->len + FRAME_SERVER_MAX + n > t->room ||
	    t->messages >= t->message_room)
		return false;
	t->len += frame_put(t->block + t->len, first, n);
	if (n > 0)
		memcpy(t->block + t->len, p, n);
	t->len += n;
	t->messages += (first & FRAME_OPCODE) < WS_OP_CLOSE;
	return true;
}

/* Everything but the short way: first make room by writing what waits. A
 * large frame takes the block along instead. */
static enum conn_sent
send_slowly(struct conn *c, const struct outgoing *o, unsigned first)
{
	bool large = o->size >= DIRECT_OUT;

	if (!large)
		write_block(c);
	if (!sendq_empty(&c->out) && !c->blocked &&
	    (large || conn_high_with(c, o->size, 1)))
		conn_flush(c);
	if (!conn_is_open(c))
		return CONN_GONE;
	if (!sendq_empty(&c->out))
		return enqueue(c, o);
	if (append_to_block(c, first, o->iov[1].iov_base, o->iov[1].iov_len))
		return CONN_SENT;
	if (!large && !conn_high_with(c, o->size, 1))
		return enqueue(c, o);
	write_through(c, o);
	return conn_is_open(c) ? CONN_SENT : CONN_GONE;
}

/* A message's frame has been accepted: is the queue too long now? */
static enum conn_sent
accepted(struct conn *c, const struct outgoing *o)
{
	c->message_ms = conn_now_ms(c);
	stat_add(&c->tally->messages_out, 1);
	if (o->published || !conn_high_with(c, 0, 0))
		return CONN_SENT;
	c->busy = true;
	stat_add(&c->tally->busy, 1);
	return CONN_BUSY;
}

enum conn_sent
conn_send_frame(
    struct conn *c, unsigned first, const void *p, size_t n, struct outgoing *o)
{
	uint8_t head[FRAME_SERVER_MAX];
	enum conn_sent rc;

	if (c->state != CONN_OPEN || c->mute)
		return CONN_GONE;
	if (append_to_block(c, first, p, n)) {
		stat_add(&c->tally->messages_out, 1);
		return CONN_SENT;
	}
	o->iov[0] = (struct iovec){ head, frame_put(head, first, n) };
	o->iov[1] = (struct iovec){ (void *)(uintptr_t)p, n };
	o->size = o->iov[0].iov_len + n;
	rc = send_slowly(c, o, first);
	return rc == CONN_SENT ? accepted(c, o) : rc;
}

/* What a compressor that remembers has packed and nobody got it must forget. */
static enum conn_sent
send_packed(struct conn *c, unsigned first, const struct deflate_bytes *b,
    struct outgoing *o)
{
	enum conn_sent rc =
	    conn_send_frame(c, first | FRAME_RSV1, b->p, b->n, o);

	if (rc < 0)
		conn_pack_unsent(c);
	return rc;
}

enum conn_sent
conn_send(struct conn *c, int type, const void *p, size_t n)
{
	unsigned first = FRAME_FIN | (unsigned)type;
	struct deflate_bytes packed;
	struct outgoing o;

	if (c->in_parts)
		return c->state == CONN_OPEN ? CONN_ORDER : CONN_GONE;
	o.shared = NULL;
	o.control = o.kept = o.follows = o.published = false;
	if (c->deflates && c->state == CONN_OPEN && conn_pack(c, p, n, &packed))
		return send_packed(c, first, &packed, &o);
	return conn_send_frame(c, first, p, n, &o);
}

enum conn_sent
conn_send_part(
    struct conn *c, int type, const void *p, size_t n, bool first, bool last)
{
	struct outgoing o = { .kept = !first };
	unsigned opcode = first ? (unsigned)type : WS_OP_CONTINUATION;
	enum conn_sent rc;

	if (c->state == CONN_OPEN && first == c->in_parts)
		return CONN_ORDER;
	rc = conn_send_frame(c, (last ? FRAME_FIN : 0) | opcode, p, n, &o);
	if (rc >= 0)
		c->in_parts = !last;
	return rc;
}

void
conn_control(struct conn *c, int opcode, const void *p, size_t n)
{
	unsigned first = FRAME_FIN | (unsigned)opcode;
	uint8_t head[FRAME_SERVER_MAX];
	struct outgoing o = { .control = true };

	must(n <= WS_CONTROL_MAX);
	if (c->state != CONN_OPEN || c->mute || append_to_block(c, first, p, n))
		return;
	o.iov[0] = (struct iovec){ head, frame_put(head, first, n) };
	o.iov[1] = (struct iovec){ (void *)(uintptr_t)p, n };
	o.size = o.iov[0].iov_len + n;
	if (send_slowly(c, &o, first) == CONN_NOMEM)
		conn_lost(c);
}
