/* SPDX-License-Identifier: MIT
 *
 * mask.c - see mask.h. The longest blocks first, then ever shorter ones; as
 * every block is a multiple of four bytes, the key keeps its place.
 *
 * Most messages are shorter than a cache line, so the choice of the widest
 * form is one comparison of the length for them; long ones ask the processor
 * each time (a load and a test of what libgcc found out at start), which
 * needs no variable of ours.
 */
#include "config.h"

#include "wire/mask.h"

#include <endian.h>
#include <string.h>

/* The key as a number whose lowest byte is the next to be used: kept in a
 * register, where an array on the stack would stall every short message. */
static inline uint32_t
key_from(const uint8_t key[4], size_t phase)
{
	unsigned bits = 8 * (unsigned)(phase % 4);
	uint32_t k;

	memcpy(&k, key, sizeof k);
	k = le32toh(k);
	return k >> bits | k << (-bits & 31);
}

static inline void
mask_words(uint8_t *p, size_t n, uint32_t key)
{
	uint32_t half, once = htole32(key);
	uint64_t word, twice = (uint64_t)once << 32 | once;

	for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(&word, p, sizeof word);
		word ^= twice;
		memcpy(p, &word, sizeof word);
	}
	if (n >= sizeof half) {
		memcpy(&half, p, sizeof half);
		half ^= once;
		memcpy(p, &half, sizeof half);
		p += sizeof half;
		n -= sizeof half;
	}
	for (; n > 0; n--, key >>= 8)
		*p++ ^= (uint8_t)key;
}

void
mask_apply_portable(uint8_t *p, size_t n, const uint8_t key[4], size_t phase)
{
	mask_words(p, n, key_from(key, phase));
}

#ifdef __SSE2__

#include <immintrin.h>

/* From here on the wider registers pay for themselves. */
enum { AVX2_MIN = 128 };

/* Both return how many bytes they have done; fewer than a block remain. */
static inline size_t
mask_sse2(uint8_t *p, size_t n, uint32_t key)
{
	const __m128i k = _mm_set1_epi32((int)key);
	size_t i = 0;

	for (; i + sizeof k <= n; i += sizeof k) {
		__m128i *at = (__m128i *)(void *)(p + i);

		_mm_storeu_si128(at, _mm_xor_si128(_mm_loadu_si128(at), k));
	}
	return i;
}

__attribute__((target("avx2"))) static size_t
mask_avx2(uint8_t *p, size_t n, uint32_t key)
{
	const __m256i k = _mm256_set1_epi32((int)key);
	size_t i = 0;

	for (; i + sizeof k <= n; i += sizeof k) {
		__m256i *at = (__m256i *)(void *)(p + i);

		_mm256_storeu_si256(
		    at, _mm256_xor_si256(_mm256_loadu_si256(at), k));
	}
	return i;
}

void
mask_apply(uint8_t *p, size_t n, const uint8_t key[4], size_t phase)
{
	uint32_t k = key_from(key, phase);
	size_t done = 0;

	if (n >= AVX2_MIN && __builtin_cpu_supports("avx2"))
		done = mask_avx2(p, n, k);
	done += mask_sse2(p + done, n - done, k);
	mask_words(p + done, n - done, k);
}

#else

void
mask_apply(uint8_t *p, size_t n, const uint8_t key[4], size_t phase)
{
	mask_apply_portable(p, n, key, phase);
}

#endif
