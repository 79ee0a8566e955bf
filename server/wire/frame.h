/* SPDX-License-Identifier: MIT
 *
 * frame.h - the header of one frame, read and written.
 *
 * It knows the rules that a header alone can break. What depends on the
 * frames before it (fragmentation, limits, text) is message.h.
 *
 * THREADS: any. MEMORY: none.
 * RFC 6455 section 5.2.
 */
#ifndef CLEAT_WIRE_FRAME_H
#define CLEAT_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/ws.h"

enum {
	FRAME_FIN = 0x80,
	FRAME_RSV1 = 0x40,
	FRAME_RSV = 0x70,
	FRAME_OPCODE = 0x0f,
	FRAME_MASKED = 0x80, /* in the second byte */
	FRAME_LEN = 0x7f,    /* in the second byte */
	FRAME_LEN16 = 126,
	FRAME_LEN64 = 127,
	FRAME_SERVER_MAX = 10, /* longest header without a key */
	FRAME_CLIENT_MAX = 14, /* and with one */
};

struct frame {
	uint64_t len;
	uint8_t key[4]; /* zero if not masked */
	uint8_t opcode;
	uint8_t rsv; /* of FRAME_RSV */
	bool fin, masked;
};

static inline bool
frame_is_control(const struct frame *f)
{
	return f->opcode >= WS_OP_CLOSE;
}

/* Reads a header. Returns its length (2 to 14), 0 if p[0..n) is the beginning
 * of a good one, -violation as soon as a field shows that it is not. Bits of
 * `rsv_allowed` (of FRAME_RSV) may be set on data frames. The struct is whole
 * only when the header is. */
__attribute__((warn_unused_result)) int
frame_parse(struct frame *, const uint8_t *p, size_t n, uint8_t rsv_allowed);

/* What a server reads: the same, and a key is demanded. */
__attribute__((warn_unused_result)) int frame_parse_client(
    struct frame *, const uint8_t *p, size_t n, uint8_t rsv_allowed);

/* Writes a header without a key; `first` is an opcode, or-ed with FRAME_FIN
 * and FRAME_RSV1 as needed. Returns its length: 2, 4 or 10. */
static inline size_t
frame_put(uint8_t out[FRAME_SERVER_MAX], unsigned first, uint64_t len)
{
	out[0] = (uint8_t)first;
	if (len < FRAME_LEN16) {
		out[1] = (uint8_t)len;
		return 2;
	}
	if (len <= UINT16_MAX) {
		out[1] = FRAME_LEN16;
		out[2] = (uint8_t)(len >> 8);
		out[3] = (uint8_t)len;
		return 4;
	}
	out[1] = FRAME_LEN64;
	for (int i = 0; i < 8; i++)
		out[2 + i] = (uint8_t)(len >> (56 - 8 * i));
	return 10;
}

/* The same with a key, as clients must. Returns 6, 8 or 14. */
static inline size_t
frame_put_masked(uint8_t out[FRAME_CLIENT_MAX], unsigned first, uint64_t len,
    const uint8_t key[4])
{
	size_t n = frame_put(out, first, len);

	out[1] |= FRAME_MASKED;
	memcpy(out + n, key, 4);
	return n + 4;
}

#endif
