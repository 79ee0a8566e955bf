/* SPDX-License-Identifier: MIT
 *
 * conns.h - a worker's connections by their id, or its handshakes.
 *
 * A hash table of chains that run through the connections themselves. Ids
 * count upwards, so their low bits spread as well as any hash. The table
 * doubles when there are as many connections as chains.
 *
 * THREADS: owner worker. MEMORY: 8 bytes for each chain.
 */
#ifndef CLEAT_NET_CONNS_H
#define CLEAT_NET_CONNS_H

#include <stddef.h>
#include <stdint.h>

struct conn;

struct conns {
	struct conn **chains;
	size_t room, count; /* room: a power of two */
};

int conns_init(struct conns *);	 /* 0 or -ENOMEM */
void conns_fini(struct conns *); /* must be empty */

void conns_add(struct conns *, struct conn *);
void conns_remove(struct conns *, struct conn *);
struct conn *conns_find(const struct conns *, uint64_t id);

/* fn may neither add nor remove. */
void
conns_each(const struct conns *, void (*fn)(struct conn *, void *), void *);

#endif
