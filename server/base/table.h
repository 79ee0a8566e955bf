/* SPDX-License-Identifier: MIT
 *
 * table.h - an intrusive hash table that grows by one chain at a time.
 *
 * An element holds a struct table_node; the user hashes (base/hash.h) and
 * compares:
 *
 *	for (n = table_first(t, hash); n; n = table_next(n))
 *		if (is_it(container_of(n, struct thing, node)))
 *			return ...;
 *
 * With each element more than chains one chain is split in two (linear
 * hashing), so that no single call pays for a whole table.
 *
 * THREADS: the user's. MEMORY: at most 16 bytes for each of the most elements
 * that it ever had; the elements are the user's.
 */
#ifndef CLEAT_BASE_TABLE_H
#define CLEAT_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_node {
	struct table_node *next;
	uint64_t hash;
};

struct table {
	struct table_node **chains;
	size_t used, room; /* chains; room: a power of two */
	size_t count;
};

int table_init(struct table *);	 /* 0 or -ENOMEM */
void table_fini(struct table *); /* must be empty */

void table_add(struct table *, struct table_node *, uint64_t hash);
void table_remove(struct table *, struct table_node *);

/* All whose hash is this one, one after the other. */
struct table_node *table_first(const struct table *, uint64_t hash);
struct table_node *table_next(const struct table_node *);

#endif
