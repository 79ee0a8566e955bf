/* SPDX-License-Identifier: MIT
 *
 * sha1.c - see sha1.h. Written after RFC 3174, section 6.1, for clearness:
 * one digest per handshake is nothing beside the handshake's system calls.
 */
#include "config.h"

#include "wire/sha1.h"

#include <string.h>

enum { BLOCK = 64, LENGTH_FIELD = 8 };

static uint32_t
rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static uint32_t
load(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void
store(uint8_t *p, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(x >> (24 - 8 * i));
}

/* The function and the constant of round t. */
static uint32_t
mix(int t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) | (~b & d)) + 0x5a827999;
	if (t < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (t < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void
add_block(uint32_t h[5], const uint8_t *p)
{
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (int t = 0; t < 16; t++)
		w[t] = load(p + 4 * t);
	for (int t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (int t = 0; t < 80; t++) {
		uint32_t x = rotate(a, 5) + mix(t, b, c, d) + e + w[t];

		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = x;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void
sha1(const uint8_t *p, size_t n, uint8_t digest[SHA1_LEN])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
		0xc3d2e1f0 };
	uint64_t bits = (uint64_t)n * 8;
	uint8_t last[2 * BLOCK] = { 0 };
	size_t rest = n % BLOCK, padded;

	for (; n >= BLOCK; p += BLOCK, n -= BLOCK)
		add_block(h, p);
	memcpy(last, p, rest);
	last[rest] = 0x80;
	padded = rest < BLOCK - LENGTH_FIELD ? BLOCK : 2 * BLOCK;
	store(last + padded - 8, (uint32_t)(bits >> 32));
	store(last + padded - 4, (uint32_t)bits);
	for (size_t i = 0; i < padded; i += BLOCK)
		add_block(h, last + i);
	for (int i = 0; i < 5; i++)
		store(digest + 4 * i, h[i]);
}
