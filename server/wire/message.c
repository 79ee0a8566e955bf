/* SPDX-License-Identifier: MIT
 *
 * message.c - see message.h.
 *
 * Two roads. whole_message() is for what nearly every peer sends nearly all
 * the time: a message below 64 KiB in one frame that has arrived completely.
 * It touches no state. Everything else takes the general road: header, then
 * either a control frame as a whole or a piece of payload. Both end in the
 * same functions, and the vectors of tests/wire cut every message at every
 * byte, which drives each through both.
 */
#include "config.h"

#include "wire/message.h"

#include <string.h>

#include "wire/frame.h"
#include "wire/mask.h"

enum {
	SMALL_HEAD = 6,	 /* two bytes and a key */
	MIDDLE_HEAD = 8, /* with two bytes of length between */
	BLOCK = 16 * 1024,
};

static size_t
violate(
    struct message *m, size_t n, struct message_event *ev, enum ws_violation v)
{
	m->over = true;
	ev->kind = MESSAGE_VIOLATION;
	ev->violation = v;
	return n;
}

/* Returns the bytes used up, 0 if p[0..n) does not begin with a complete
 * unfragmented message below 64 KiB, and one that no rule forbids. */
static inline size_t
whole_message(struct message *m, const struct message_rules *rules, uint8_t *p,
    size_t n, struct message_event *ev)
{
	size_t len, head = SMALL_HEAD;
	bool text, ascii;

	if (n < SMALL_HEAD || m->type != 0 || m->over)
		return 0;
	text = p[0] == (FRAME_FIN | WS_OP_TEXT);
	if (!text && p[0] != (FRAME_FIN | WS_OP_BINARY))
		return 0;
	len = p[1] & FRAME_LEN;
	if (len == FRAME_LEN16 && n >= MIDDLE_HEAD) {
		len = (size_t)p[2] << 8 | p[3];
		head = MIDDLE_HEAD;
		if (len < FRAME_LEN16)
			return 0;
	} else if (len >= FRAME_LEN16) {
		return 0;
	}
	if (!(p[1] & FRAME_MASKED) || len > n - head ||
	    len > rules->max_message)
		return 0;

	p += head;
	ascii = mask_apply(p, len, p - 4, 0);
	if (text && !ascii && !utf8_valid(p, len))
		return violate(m, n, ev, WS_V_BAD_UTF8);
	ev->kind = MESSAGE_DATA;
	ev->type = text ? WS_OP_TEXT : WS_OP_BINARY;
	ev->data = p;
	ev->len = len;
	ev->first = ev->last = true;
	ev->deflated = false;
	return head + len;
}

/* What one message may have in its frames: compressing what does not get
 * smaller adds a little, at most this much with any sensible compressor. */
static uint64_t
frames_max(const struct message *m, const struct message_rules *rules)
{
	uint64_t max = rules->max_message;

	if (m->deflated)
		max += max / 64 + 64;
	return max < MESSAGE_MAX ? max : MESSAGE_MAX;
}

/* Takes the header of a data frame into the state. */
static enum ws_violation
begin_frame(
    struct message *m, const struct message_rules *rules, const struct frame *f)
{
	if (f->opcode == WS_OP_CONTINUATION) {
		if (m->type == 0)
			return WS_V_NO_START;
		if (f->rsv != 0)
			return WS_V_RSV;
	} else {
		if (m->type != 0)
			return WS_V_INTERLEAVED;
		*m = (struct message){ .type = f->opcode,
			.deflated = f->rsv != 0 };
	}
	if (m->frames >= rules->max_fragments)
		return WS_V_FRAGMENTS;
	if (f->len > frames_max(m, rules) - m->size)
		return WS_V_TOO_BIG;
	m->frames++;
	m->size += (uint32_t)f->len;
	m->left = (uint32_t)f->len;
	m->fin = f->fin;
	m->phase = 0;
	memcpy(m->key, f->key, sizeof m->key);
	return WS_V_NONE;
}

/* Unmasks p[0..n), and says whether it is still text: in blocks that the nearest
 * cache keeps from the one to the other. */
static bool
unmask(struct message *m, uint8_t *p, size_t n)
{
	bool text = m->type == WS_OP_TEXT && !m->deflated;

	for (size_t at = 0; at < n;) {
		size_t len = n - at < BLOCK ? n - at : BLOCK;
		bool ascii = mask_apply(p + at, len, m->key, m->phase + at);

		if (text && !(ascii && utf8_done(&m->utf8)) &&
		    utf8_feed(&m->utf8, p + at, len) < len)
			return false;
		at += len;
	}
	return true;
}

/* Hands out what p[0..n) has of the current frame's payload. */
static size_t
piece(struct message *m, uint8_t *p, size_t n, struct message_event *ev)
{
	size_t len = m->left < n ? m->left : n;
	bool last = m->fin && len == m->left;

	if (!unmask(m, p, len) || (last && !utf8_done(&m->utf8)))
		return violate(m, n, ev, WS_V_BAD_UTF8);
	ev->kind = MESSAGE_DATA;
	ev->type = m->type;
	ev->data = p;
	ev->len = len;
	ev->first = !m->begun;
	ev->last = last;
	ev->deflated = m->deflated;
	m->begun = true;
	m->left -= (uint32_t)len;
	m->phase = (uint8_t)((m->phase + len) % sizeof m->key);
	if (last)
		m->type = 0;
	return len;
}

static enum ws_violation
close_frame(uint8_t *p, size_t n, struct message_event *ev)
{
	ev->kind = MESSAGE_CLOSE;
	ev->close_code = WS_CLOSE_NONE;
	ev->data = p;
	ev->len = 0;
	if (n == 0)
		return WS_V_NONE;
	if (n == 1)
		return WS_V_CLOSE_SHORT;
	ev->close_code = (unsigned)p[0] << 8 | p[1];
	ev->data = p + 2;
	ev->len = n - 2;
	if (!ws_close_received(ev->close_code))
		return WS_V_CLOSE_CODE;
	if (!utf8_valid(ev->data, ev->len))
		return WS_V_CLOSE_UTF8;
	return WS_V_NONE;
}

/* A control frame, complete, whose payload starts at p. It leaves the message
 * alone in whose middle it may stand. */
static enum ws_violation
control_frame(struct message *m, const struct frame *f, uint8_t *p,
    struct message_event *ev)
{
	size_t len = (size_t)f->len;

	mask_apply(p, len, f->key, 0);
	if (f->opcode == WS_OP_CLOSE) {
		m->over = true;
		return close_frame(p, len, ev);
	}
	ev->kind = f->opcode == WS_OP_PING ? MESSAGE_PING : MESSAGE_PONG;
	ev->data = p;
	ev->len = len;
	return WS_V_NONE;
}

/* The general road: headers until there is something to tell. Frames without
 * payload that do not end a message tell nothing. */
static size_t
next_event(struct message *m, const struct message_rules *rules, uint8_t *p,
    size_t n, struct message_event *ev)
{
	struct frame f;
	enum ws_violation v;
	size_t used = 0;
	int head;

	while (m->left == 0) {
		head = frame_parse_client(
		    &f, p + used, n - used, rules->deflate ? FRAME_RSV1 : 0);
		if (head < 0)
			return violate(m, n, ev, (enum ws_violation) - head);
		if (head == 0)
			return used;
		if (frame_is_control(&f)) {
			if (n - used - (size_t)head < f.len)
				return used;
			used += (size_t)head;
			v = control_frame(m, &f, p + used, ev);
			if (v != WS_V_NONE)
				return violate(m, n, ev, v);
			return m->over ? n : used + (size_t)f.len;
		}
		v = begin_frame(m, rules, &f);
		if (v != WS_V_NONE)
			return violate(m, n, ev, v);
		used += (size_t)head;
		if (m->fin)
			break;
	}
	if (m->left > 0 && used == n)
		return used;
	return used + piece(m, p + used, n - used, ev);
}

size_t
message_next(struct message *m, const struct message_rules *rules, uint8_t *p,
    size_t n, struct message_event *ev)
{
	size_t used = whole_message(m, rules, p, n, ev);

	if (used > 0)
		return used;
	ev->kind = MESSAGE_MORE;
	if (m->over)
		return n;
	return next_event(m, rules, p, n, ev);
}
