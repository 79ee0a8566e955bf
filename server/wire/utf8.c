/* SPDX-License-Identifier: MIT
 *
 * utf8.c - see utf8.h. Runs of ASCII in blocks, everything else byte by byte
 * against the table of well-formed sequences (Unicode, table 3-7):
 *
 *	C2..DF  80..BF
 *	E0      A0..BF  80..BF		(below: overlong)
 *	E1..EF  80..BF  80..BF		(ED: 80..9F, above: surrogates)
 *	F0      90..BF  80..BF  80..BF	(below: overlong)
 *	F1..F3  80..BF  80..BF  80..BF
 *	F4      80..8F  80..BF  80..BF	(above: beyond U+10FFFF)
 *
 * Only the first continuation byte ever has bounds of its own.
 */
#include "config.h"

#include "wire/utf8.h"

#include <string.h>

/* Takes a byte from 80 to FF where a character begins. */
static inline bool
lead(struct utf8 *u, uint8_t c)
{
	u->low = 0x80;
	u->high = 0xbf;
	if (c < 0xc2 || c > 0xf4)
		return false;
	if (c < 0xe0) {
		u->missing = 1;
	} else if (c < 0xf0) {
		u->missing = 2;
		if (c == 0xe0)
			u->low = 0xa0;
		else if (c == 0xed)
			u->high = 0x9f;
	} else {
		u->missing = 3;
		if (c == 0xf0)
			u->low = 0x90;
		else if (c == 0xf4)
			u->high = 0x8f;
	}
	return true;
}

/* Takes a byte within a character. */
static inline bool
continuation(struct utf8 *u, uint8_t c)
{
	if (c < u->low || c > u->high)
		return false;
	u->low = 0x80;
	u->high = 0xbf;
	u->missing--;
	return true;
}

/* The common loop; `ascii` counts the ASCII bytes that p[0..n) begins with.
 * The state is worked on in a copy: p may alias anything, and the compiler
 * would store and load the state for every byte. */
__attribute__((always_inline)) static inline size_t
feed(struct utf8 *state, const uint8_t *p, size_t n,
    size_t (*ascii)(const uint8_t *, size_t))
{
	struct utf8 u = *state;
	size_t i = 0;

	for (;;) {
		for (; i < n && u.missing > 0; i++)
			if (!continuation(&u, p[i]))
				return i;
		if (i < n && p[i] < 0x80)
			i += ascii(p + i, n - i);
		if (i == n)
			break;
		if (!lead(&u, p[i]))
			return i;
		i++;
	}
	*state = u;
	return n;
}

static inline size_t
ascii_words(const uint8_t *p, size_t n)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof word <= n; i += sizeof word) {
		memcpy(&word, p + i, sizeof word);
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < n && p[i] < 0x80)
		i++;
	return i;
}

size_t
utf8_feed_portable(struct utf8 *u, const uint8_t *p, size_t n)
{
	return feed(u, p, n, ascii_words);
}

#ifdef __SSE2__

#include <immintrin.h>

/* From here on the wider registers pay for themselves. */
enum { AVX2_MIN = 128 };

__attribute__((target("avx2"))) static size_t
ascii_avx2(const uint8_t *p, size_t n)
{
	size_t i = 0;

	for (; i + sizeof(__m256i) <= n; i += sizeof(__m256i)) {
		const __m256i *at = (const __m256i *)(const void *)(p + i);
		int high = _mm256_movemask_epi8(_mm256_loadu_si256(at));

		if (high != 0)
			return i + (size_t)__builtin_ctz((unsigned)high);
	}
	return i;
}

static inline unsigned
high_bits(const uint8_t *p)
{
	const __m128i *at = (const __m128i *)(const void *)p;

	return (unsigned)_mm_movemask_epi8(_mm_loadu_si128(at));
}

/* The last block overlaps the one before it, whose bytes are ASCII. */
static inline size_t
ascii_sse2(const uint8_t *p, size_t n)
{
	size_t i = 0;
	unsigned high;

	if (n < sizeof(__m128i))
		return ascii_words(p, n);
	for (; i + sizeof(__m128i) <= n; i += sizeof(__m128i)) {
		high = high_bits(p + i);
		if (high != 0)
			return i + (size_t)__builtin_ctz(high);
	}
	i = n - sizeof(__m128i);
	high = high_bits(p + i);
	return high != 0 ? i + (size_t)__builtin_ctz(high) : n;
}

static inline size_t
ascii_widest(const uint8_t *p, size_t n)
{
	size_t i = 0;

	if (n >= AVX2_MIN && __builtin_cpu_supports("avx2"))
		i = ascii_avx2(p, n);
	return i + ascii_sse2(p + i, n - i);
}

size_t
utf8_feed(struct utf8 *u, const uint8_t *p, size_t n)
{
	return feed(u, p, n, ascii_widest);
}

#else

size_t
utf8_feed(struct utf8 *u, const uint8_t *p, size_t n)
{
	return utf8_feed_portable(u, p, n);
}

#endif
