/* SPDX-License-Identifier: MIT
 *
 * conns.h - a worker's connections by their id, or its handshakes.
 *
 * A hash table that doubles when seven eighths of it are taken.
 *
 * THREADS: owner worker. MEMORY: 8 bytes for each place.
 */
#ifndef CLEAT_NET_CONNS_H
#define CLEAT_NET_CONNS_H

#include <stddef.h>
#include <stdint.h>

struct conn;

struct conns {
	struct conn **places;
	size_t room, count; /* room: a power of two, above count */
};

int conns_init(struct conns *);	 /* 0 or -ENOMEM */
void conns_fini(struct conns *); /* must be empty */

/* 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
conns_add(struct conns *, struct conn *);
void conns_remove(struct conns *, struct conn *); /* if it is there */
struct conn *conns_find(const struct conns *, uint64_t id);

/* fn may neither add nor remove. */
void
conns_each(const struct conns *, void (*fn)(struct conn *, void *), void *);

#endif
