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

/* Like the others below: is it all ASCII? */
static inline bool
mask_words(uint8_t *p, size_t n, uint32_t key)
{
	uint32_t half, once = htole32(key);
	uint64_t word, twice = (uint64_t)once << 32 | once, all = 0;

	for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(&word, p, sizeof word);
		word ^= twice;
		memcpy(p, &word, sizeof word);
		all |= word;
	}
	if (n >= sizeof half) {
		memcpy(&half, p, sizeof half);
		half ^= once;
		memcpy(p, &half, sizeof half);
		all |= half;
		p += sizeof half;
		n -= sizeof half;
	}
	for (; n > 0; n--, key >>= 8)
		all |= *p++ ^= (uint8_t)key;
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

bool
mask_apply_portable(uint8_t *p, size_t n, const uint8_t key[4], size_t phase)
{
	return mask_words(p, n, key_from(key, phase));
}

#ifdef __SSE2__

#include <immintrin.h>

/* From here on the wider registers pay for themselves. */
enum { AVX2_MIN = 128, SSE2_BYTES = 16, AVX2_BYTES = 32 };

/* Both want whole blocks. */
static inline bool
mask_sse2(uint8_t *p, size_t n, uint32_t key)
{
	const __m128i k = _mm_set1_epi32((int)key);
	__m128i all = _mm_setzero_si128();

	for (size_t i = 0; i < n; i += SSE2_BYTES) {
		__m128i *at = (__m128i *)(void *)(p + i);
		__m128i block = _mm_xor_si128(_mm_loadu_si128(at), k);

		_mm_storeu_si128(at, block);
		all = _mm_or_si128(all, block);
	}
	return _mm_movemask_epi8(all) == 0;
}

__attribute__((target("avx2"))) static bool
mask_avx2(uint8_t *p, size_t n, uint32_t key)
{
	const __m256i k = _mm256_set1_epi32((int)key);
	__m256i all = _mm256_setzero_si256();

	for (size_t i = 0; i < n; i += AVX2_BYTES) {
		__m256i *at = (__m256i *)(void *)(p + i);
		__m256i block = _mm256_xor_si256(_mm256_loadu_si256(at), k);

		_mm256_storeu_si256(at, block);
		all = _mm256_or_si256(all, block);
	}
	return _mm256_movemask_epi8(all) == 0;
}

bool
mask_apply(uint8_t *p, size_t n, const uint8_t key[4], size_t phase)
{
	uint32_t k = key_from(key, phase);
	bool ascii = true;
	size_t some;

	if (n >= AVX2_MIN && __builtin_cpu_supports("avx2")) {
		some = n & ~(size_t)(AVX2_BYTES - 1);
		ascii = mask_avx2(p, some, k);
		p += some;
		n -= some;
	}
	some = n & ~(size_t)(SSE2_BYTES - 1);
	ascii &= mask_sse2(p, some, k);
	return ascii & mask_words(p + some, n - some, k);
}

#else

bool
mask_apply(uint8_t *p, size_t n, const uint8_t key[4], size_t phase)
{
	return mask_apply_portable(p, n, key, phase);
}

#endif
