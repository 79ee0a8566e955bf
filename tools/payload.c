/* SPDX-License-Identifier: MIT
 *
 * payload.c - see payload.h.
 *
 * The window begins at one of WINDOWS places, chosen by the two numbers, so
 * neighbouring messages differ past their stamps too, and a comparison is
 * one memcmp.
 *
 * MEMORY: one table, as long as the longest message and the windows.
 */
#include "config.h"

#include "payload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WINDOWS	     4096
#define GOLDEN_RATIO UINT64_C(0x9e3779b97f4a7c15)

uint64_t
payload_mix(struct payload_id id)
{
	uint64_t x = id.seq + id.conn * GOLDEN_RATIO;

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

int
payload_init(struct payload *p, size_t max, bool text)
{
	p->noise = malloc(max + WINDOWS);
	if (!p->noise)
		return -ENOMEM;
	for (size_t i = 0; i < max + WINDOWS; i++) {
		uint8_t b = (uint8_t)payload_mix((struct payload_id){ 0, i });
		p->noise[i] = text ? (uint8_t)(' ' + b % 95) : b;
	}
	return 0;
}

void
payload_fini(struct payload *p)
{
	free(p->noise);
	p->noise = NULL;
}

void
payload_stamp(struct payload_id id, uint8_t stamp[PAYLOAD_STAMP])
{
	uint64_t v = id.seq + id.conn * GOLDEN_RATIO;

	for (int i = 0; i < PAYLOAD_STAMP; i++, v >>= 4)
		stamp[i] = (uint8_t) "0123456789abcdef"[v & 15];
}

static const uint8_t *
window(const struct payload *p, struct payload_id id)
{
	return p->noise + payload_mix(id) % WINDOWS;
}

/* How many of `n` bytes from `offset` on belong to the stamp. */
static size_t
stamp_part(size_t offset, size_t n)
{
	if (offset >= PAYLOAD_STAMP)
		return 0;
	return n < PAYLOAD_STAMP - offset ? n : PAYLOAD_STAMP - offset;
}

void
payload_write(const struct payload *p, struct payload_id id, size_t offset,
    uint8_t *out, size_t n)
{
	size_t head = stamp_part(offset, n);

	if (head) {
		uint8_t stamp[PAYLOAD_STAMP];

		payload_stamp(id, stamp);
		memcpy(out, stamp + offset, head);
	}
	memcpy(out + head, window(p, id) + offset + head, n - head);
}

bool
payload_equal(const struct payload *p, struct payload_id id, size_t offset,
    const uint8_t *in, size_t n)
{
	size_t head = stamp_part(offset, n);

	if (head) {
		uint8_t stamp[PAYLOAD_STAMP];

		payload_stamp(id, stamp);
		if (memcmp(in, stamp + offset, head) != 0)
			return false;
	}
	return memcmp(in + head, window(p, id) + offset + head, n - head) == 0;
}
