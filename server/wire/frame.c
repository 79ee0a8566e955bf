/* SPDX-License-Identifier: MIT
 *
 * frame.c - see frame.h. Fields are judged in the order in which they come,
 * each as soon as it is complete, so that a peer which sends nonsense byte by
 * byte is told so without waiting for the rest.
 *
 * RFC 6455 section 5.2.
 */
#include "config.h"

#include "wire/frame.h"

/* FIN, RSV1 to RSV3, opcode. */
static enum ws_violation
judge_first(uint8_t first, uint8_t rsv_allowed)
{
	bool fin = first & FRAME_FIN;

	switch (first & FRAME_OPCODE) {
	case WS_OP_CONTINUATION:
	case WS_OP_TEXT:
	case WS_OP_BINARY:
		return first & FRAME_RSV & ~rsv_allowed ? WS_V_RSV : WS_V_NONE;
	case WS_OP_CLOSE:
	case WS_OP_PING:
	case WS_OP_PONG:
		if (first & FRAME_RSV)
			return WS_V_RSV;
		return fin ? WS_V_NONE : WS_V_CONTROL_FRAGMENT;
	default:
		return WS_V_OPCODE;
	}
}

static uint64_t
big_endian(const uint8_t *p, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | p[i];
	return value;
}

static enum ws_violation
judge_length(uint64_t len, size_t extended)
{
	if (len >> 63)
		return WS_V_LENGTH_SIGN;
	if (len < FRAME_LEN16 || (extended == 8 && len <= UINT16_MAX))
		return WS_V_LENGTH_FORM;
	return WS_V_NONE;
}

static int
parse(struct frame *f, const uint8_t *p, size_t n, uint8_t rsv_allowed,
    bool must_mask)
{
	size_t head = 2, extended = 0;
	enum ws_violation v;

	if (n < 1)
		return 0;
	v = judge_first(p[0], rsv_allowed);
	if (v != WS_V_NONE)
		return -(int)v;
	f->fin = p[0] & FRAME_FIN;
	f->rsv = p[0] & FRAME_RSV;
	f->opcode = p[0] & FRAME_OPCODE;

	if (n < 2)
		return 0;
	f->masked = p[1] & FRAME_MASKED;
	f->len = p[1] & FRAME_LEN;
	if (must_mask && !f->masked)
		return -WS_V_UNMASKED;
	if (frame_is_control(f) && f->len > WS_CONTROL_MAX)
		return -WS_V_CONTROL_LENGTH;

	if (f->len >= FRAME_LEN16) {
		extended = f->len == FRAME_LEN16 ? 2 : 8;
		if (n < head + extended)
			return 0;
		f->len = big_endian(p + head, extended);
		v = judge_length(f->len, extended);
		if (v != WS_V_NONE)
			return -(int)v;
		head += extended;
	}

	memset(f->key, 0, sizeof f->key);
	if (f->masked) {
		if (n < head + sizeof f->key)
			return 0;
		memcpy(f->key, p + head, sizeof f->key);
		head += sizeof f->key;
	}
	return (int)head;
}

int
frame_parse(struct frame *f, const uint8_t *p, size_t n, uint8_t rsv_allowed)
{
	return parse(f, p, n, rsv_allowed, false);
}

int
frame_parse_client(
    struct frame *f, const uint8_t *p, size_t n, uint8_t rsv_allowed)
{
	return parse(f, p, n, rsv_allowed, true);
}
