/* SPDX-License-Identifier: MIT
 *
 * load_wire.c - the frames of one connection: made out of nothing, checked
 * byte by byte.
 *
 * Out: the stream of masked frames is a pure function of a place, so a
 * partial write needs no copy: the place moves on by what was written. In:
 * frames are checked where they lie in the run's buffer; a server may
 * fragment, ping and cut as it likes, but every message must be the expected
 * one, whole, in order, and of the type that was sent.
 *
 * THREADS: one. MEMORY: none allocated. RFC 6455 sections 5 and 7.
 */
#include "config.h"

#include "load_conn.h"

#include <inttypes.h>
#include <string.h>

#include "base/must.h"
#include "printable.h"
#include "wire/mask.h"

/* Whose messages c sends or must receive. */
static uint32_t
source(const struct load *l, const struct load_conn *c)
{
	return l->opt.fan_out ? 0 : c->index;
}

/* Of a message that is sent. */
static size_t
size_of(const struct load *l, const struct load_conn *c, uint64_t seq)
{
	const struct option_numbers *s = &l->opt.sizes;

	if (l->ask.len > 0)
		return l->ask.len;
	return (size_t)s->number[(seq + source(l, c)) % s->count];
}

static struct payload_id
id_of(const struct load *l, const struct load_conn *c, uint64_t seq)
{
	return (struct payload_id){ source(l, c), seq };
}

static enum ws_opcode
opcode_of(const struct load *l)
{
	return l->opt.binary ? WS_OP_BINARY : WS_OP_TEXT;
}

static size_t
lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* --- out ------------------------------------------------------------ */

static void
write_plain(const struct load *l, struct payload_id id, size_t from,
    uint8_t *out, size_t n)
{
	if (l->ask.len > 0)
		pattern_write(&l->ask, id, from, out, n);
	else
		payload_write(&l->payload, id, from, out, n);
}

/* What message `id` of *size bytes is when it is compressed, and its size. */
static const uint8_t *
pack(const struct load *l, struct payload_id id, size_t *size)
{
	size_t n;
	const uint8_t *packed = packing_last(l->packing, id, &n);

	if (!packed) {
		write_plain(l, id, 0, packing_room(l->packing), *size);
		packed = packing_pack(l->packing, id, *size, &n);
	}
	*size = n;
	return packed;
}

/* The part of one message's frame that begins at at->offset. */
static size_t
fill_message(const struct load *l, const struct load_conn *c,
    struct load_place *at, uint8_t *out, size_t room)
{
	uint8_t head[FRAME_CLIENT_MAX], key[4];
	struct payload_id id = id_of(l, c, at->seq);
	size_t size = size_of(l, c, at->seq), n = 0;
	uint64_t mix = payload_mix(id);
	const uint8_t *packed = l->packing ? pack(l, id, &size) : NULL;
	unsigned first = FRAME_FIN | (packed ? FRAME_RSV1 : 0u) | opcode_of(l);

	memcpy(key, &mix, sizeof(key));
	size_t head_len = frame_put_masked(head, first, size, key);
	if (at->offset < head_len) {
		n = lesser(head_len - at->offset, room);
		memcpy(out, head + at->offset, n);
		at->offset += n;
	}
	if (at->offset >= head_len) {
		size_t from = at->offset - head_len;
		size_t body = lesser(size - from, room - n);

		if (packed)
			memcpy(out + n, packed + from, body);
		else
			write_plain(l, id, from, out + n, body);
		mask_apply(out + n, body, key, from);
		at->offset += body;
		n += body;
	}
	if (at->offset == head_len + size) {
		at->offset = 0;
		at->seq++;
	}
	return n;
}

size_t
load_wire_fill(const struct load *l, const struct load_conn *c,
    struct load_place *at, uint8_t *out, size_t room)
{
	size_t n = 0;

	while (n < room) {
		if (at->offset == 0 && at->control < c->control_len) {
			size_t part =
			    lesser(c->control_len - at->control, room - n);

			memcpy(out + n, c->control + at->control, part);
			at->control += part;
			n += part;
		} else if (at->offset > 0 || at->seq < c->granted) {
			n += fill_message(l, c, at, out + n, room - n);
		} else {
			break;
		}
	}
	return n;
}

bool
load_wire_control(
    struct load_conn *c, enum ws_opcode op, const uint8_t *p, size_t n)
{
	struct payload_id id = { c->index, c->expected };
	uint64_t mix = payload_mix(id);
	uint8_t key[4];

	must(n <= WS_CONTROL_MAX);
	if (c->place.control > 0)
		return false;
	memcpy(key, &mix, sizeof(key));
	size_t head =
	    frame_put_masked(c->control, (unsigned)(FRAME_FIN | op), n, key);
	if (n > 0)
		memcpy(c->control + head, p, n);
	mask_apply(c->control + head, n, key, 0);
	c->control_len = head + n;
	return true;
}

/* --- in ------------------------------------------------------------- */

/* Is what comes now one of those that --skip is about? */
static bool
early(const struct load *l, const struct load_conn *c)
{
	return c->skipped < l->opt.skip;
}

static bool
body_equal(
    const struct load *l, struct load_conn *c, const uint8_t *p, size_t n)
{
	struct payload_id id = id_of(l, c, c->expected);

	if (l->answer.len > 0)
		return pattern_match(&l->answer, id, &c->message_len, p, n);
	if (!payload_equal(&l->payload, id, c->message_len, p, n))
		return false;
	c->message_len += n;
	return true;
}

/* Compares what was compressed. */
static bool
unpack(struct load *l, struct load_conn *c)
{
	size_t n;
	const uint8_t *p =
	    packing_unpack(l->packing, c->packed.bytes, c->packed.len, &n);

	c->packed.len = 0;
	c->compressed = false;
	if (p && body_equal(l, c, p, n))
		return true;
	load_conn_fail(l, c, "message %" PRIu64 " %s", c->expected,
	    p ? "came back with other bytes, compressed"
	      : "came back compressed and damaged");
	return false;
}

static bool
whole(struct load *l, struct load_conn *c)
{
	size_t size = size_of(l, c, c->expected);

	if (c->compressed && !unpack(l, c))
		return false;
	if (l->answer.len > 0) {
		if (!pattern_ended(&l->answer, c->message_len)) {
			load_conn_fail(l, c,
			    "message %" PRIu64 ": the answer ends too early",
			    c->expected);
			return false;
		}
	} else if (c->message_len != size) {
		load_conn_fail(l, c,
		    "message %" PRIu64 " came back with %zu bytes, not %zu",
		    c->expected, c->message_len, size);
		return false;
	}
	return true;
}

static bool
message_done(struct load *l, struct load_conn *c)
{
	c->in_message = false;
	if (early(l, c)) {
		c->compressed = false;
		if (++c->skipped == l->opt.skip)
			l->greeted++;
		return true;
	}
	if (!whole(l, c))
		return false;
	if (l->phase == LOAD_RUN) {
		const uint64_t *began = load_sender(l, c)->began;

		histogram_add(&l->result.latency,
		    l->now - began[c->expected % l->opt.in_flight]);
		l->result.messages++;
		l->result.bytes += size_of(l, c, c->expected);
	}
	c->message_len = 0;
	load_answered(l, c);
	return true;
}

static bool
control_done(struct load *l, struct load_conn *c)
{
	const uint8_t *p = c->control_in;
	size_t n = c->control_in_len;

	if (c->frame.opcode == WS_OP_PING && c->state == LOAD_OPEN &&
	    !load_wire_control(c, WS_OP_PONG, p, n))
		return true; /* the pong under way will have to do */
	if (c->frame.opcode == WS_OP_PONG && !c->pong) {
		c->pong = true;
		l->ponged++;
	}
	if (c->frame.opcode != WS_OP_CLOSE)
		return true;
	if (c->state == LOAD_CLOSING) {
		c->close_received = true; /* the server closes TCP first */
		return true;
	}
	unsigned code = n >= 2 ? (unsigned)(p[0] << 8 | p[1]) : WS_CLOSE_NONE;
	char reason[WS_CONTROL_MAX];
	load_conn_fail(l, c,
	    "closed by the server with %u \"%s\" after %" PRIu64 " messages",
	    code,
	    printable(reason, sizeof(reason), p + 2, n > 2 ? n - 2 : 0, ""),
	    c->expected);
	return false;
}

/* Does the frame go beyond the message that is expected? What a # stands for
 * has no size. */
static bool
too_long(const struct load *l, const struct load_conn *c)
{
	uint64_t len = c->frame.len;

	if (c->frame.rsv || c->compressed)
		return len > packing_bound(l->packing) - c->packed.len;
	return l->answer.len == 0 &&
	       len > size_of(l, c, c->expected) - c->message_len;
}

/* The next header is complete in c->frame: may it stand here? */
static bool
frame_begin(struct load *l, struct load_conn *c)
{
	const struct frame *f = &c->frame;
	const char *wrong = NULL;

	c->frame_left = f->len;
	if (c->close_received)
		wrong = "a frame came after the close frame";
	else if (f->masked)
		wrong = "a frame from a server must not be masked";
	else if (f->opcode >= WS_OP_CLOSE)
		c->control_in_len = 0;
	else if (c->in_message != (f->opcode == WS_OP_CONTINUATION))
		wrong = "the fragments are out of order";
	else if (f->rsv && f->opcode == WS_OP_CONTINUATION)
		wrong = "a fragment says that it is compressed";
	else if (early(l, c))
		c->in_message = true;
	else if (!c->in_message && c->expected >= load_sender(l, c)->place.seq)
		wrong = "a message came that nobody asked for";
	else if (!c->in_message && f->opcode != opcode_of(l))
		wrong = "the answer is of the other type";
	else if (too_long(l, c))
		wrong = "the answer is longer than the message";
	else
		c->in_message = true;
	c->compressed |= f->rsv != 0;
	if (wrong)
		load_conn_fail(
		    l, c, "message %" PRIu64 ": %s", c->expected, wrong);
	return !wrong;
}

/* Takes the next bytes of the message. */
static bool
body_fits(const struct load *l, struct load_conn *c, const uint8_t *p, size_t n)
{
	if (early(l, c))
		return true;
	if (c->compressed)
		return packed_add(&c->packed, p, n) == 0;
	return body_equal(l, c, p, n);
}

static bool
frame_body(struct load *l, struct load_conn *c, const uint8_t *p, size_t n)
{
	if (c->frame.opcode >= WS_OP_CLOSE) {
		memcpy(c->control_in + c->control_in_len, p, n);
		c->control_in_len += n;
	} else if (!body_fits(l, c, p, n)) {
		load_conn_fail(l, c,
		    "message %" PRIu64 " came back with other bytes (of %zu "
		    "from %zu on)",
		    c->expected, n, c->message_len);
		return false;
	}
	c->frame_left -= n;
	return true;
}

static bool
frame_done(struct load *l, struct load_conn *c)
{
	c->head_len = 0;
	if (c->frame.opcode >= WS_OP_CLOSE)
		return control_done(l, c);
	return !c->frame.fin || message_done(l, c);
}

/* Reads a header out of p[0..n), of which the last call may have left the
 * beginning in c->head. Returns the bytes used of p, or -1 with c ended;
 * c->head_len is the header's length once c->frame is complete, else
 * *complete is false. */
static ssize_t
header_read(struct load *l, struct load_conn *c, const uint8_t *p, size_t n,
    bool *complete)
{
	size_t kept = c->head_len, more = lesser(n, sizeof(c->head) - kept);
	const uint8_t *from = p;

	if (kept > 0) {
		memcpy(c->head + kept, p, more);
		from = c->head;
	}
	int len = frame_parse(&c->frame, from, kept > 0 ? kept + more : n,
	    l->packing ? FRAME_RSV1 : 0);
	if (len < 0) {
		load_conn_fail(l, c, "message %" PRIu64 ": %s", c->expected,
		    ws_violation((enum ws_violation) - len)->reason);
		return -1;
	}
	*complete = len > 0;
	if (!*complete) {
		if (kept == 0)
			memcpy(c->head, p, more);
		c->head_len = kept + more;
		return (ssize_t)more;
	}
	c->head_len = (size_t)len;
	return (ssize_t)((size_t)len - kept);
}

bool
load_wire_read(struct load *l, struct load_conn *c, const uint8_t *p, size_t n)
{
	bool complete = c->frame_left > 0;

	while (n > 0) {
		if (!complete) {
			ssize_t used = header_read(l, c, p, n, &complete);

			if (used < 0)
				return false;
			p += used;
			n -= (size_t)used;
			if (!complete)
				return true;
			if (!frame_begin(l, c))
				return false;
		}
		size_t part = c->frame_left < n ? (size_t)c->frame_left : n;
		if (!frame_body(l, c, p, part))
			return false;
		p += part;
		n -= part;
		if (c->frame_left > 0)
			return true;
		complete = false;
		if (!frame_done(l, c))
			return false;
	}
	return true;
}
