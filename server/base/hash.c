/* SPDX-License-Identifier: MIT
 *
 * hash.c - SipHash with one round for each word and three at the end.
 *
 * The number comes first, as a word of its own; the last word holds what is
 * left of the bytes and, on top, their count.
 *
 * THREADS: any.
 */
#include "config.h"

#include "base/hash.h"

#include <sys/random.h>
#include <errno.h>
#include <string.h>

#include "base/must.h"

struct state {
	uint64_t a, b, c, d;
};

void
hash_seed_init(struct hash_seed *s)
{
	ssize_t n;

	do /* so few bytes come whole */
		n = getrandom(s, sizeof *s, 0);
	while (n < 0 && errno == EINTR);
	must(n == sizeof *s);
}

static inline uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
stir(struct state *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = rotate(s->b, 13) ^ s->a;
	s->d = rotate(s->d, 16) ^ s->c;
	s->a = rotate(s->a, 32);
	s->c += s->b;
	s->a += s->d;
	s->b = rotate(s->b, 17) ^ s->c;
	s->d = rotate(s->d, 21) ^ s->a;
	s->c = rotate(s->c, 32);
}

static inline void
add(struct state *s, uint64_t word)
{
	s->d ^= word;
	stir(s);
	s->a ^= word;
}

uint64_t
hash_name(
    const struct hash_seed *seed, uint64_t scope, const void *data, size_t n)
{
	struct state s = {
		seed->k[0] ^ 0x736f6d6570736575,
		seed->k[1] ^ 0x646f72616e646f6d,
		seed->k[0] ^ 0x6c7967656e657261,
		seed->k[1] ^ 0x7465646279746573,
	};
	const unsigned char *p = data;
	uint64_t word;
	size_t left = n;

	add(&s, scope);
	for (; left >= sizeof word; left -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		add(&s, word);
	}
	word = (uint64_t)n << 56;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)p[i] << 8 * i;
	add(&s, word);
	s.c ^= 0xff;
	stir(&s);
	stir(&s);
	stir(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}
