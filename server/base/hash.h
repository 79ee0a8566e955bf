/* SPDX-License-Identifier: MIT
 *
 * hash.h - a keyed hash for names that strangers choose.
 *
 * SipHash-1-3 (Aumasson and Bernstein): who does not know the seed cannot
 * make names that collide, so a table stays as fast as it is.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_BASE_HASH_H
#define CLEAT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_seed {
	uint64_t k[2];
};

/* A seed that nobody can guess. */
void hash_seed_init(struct hash_seed *);

/* Of a number, such as whose name it is, and n bytes. */
uint64_t
hash_name(const struct hash_seed *, uint64_t scope, const void *, size_t n);

#endif
