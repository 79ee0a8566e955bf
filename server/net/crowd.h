/* SPDX-License-Identifier: MIT
 *
 * crowd.h - how many connections come from one address.
 *
 * An IPv6 address counts as its first 64 bits. An address that nobody is
 * connected from costs nothing; what is remembered of it is in callers.h.
 *
 * THREADS: any; a lock.
 * MEMORY: a small block for each address with a connection.
 */
#ifndef CLEAT_NET_CROWD_H
#define CLEAT_NET_CROWD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/hash.h"
#include "base/table.h"

struct address;

struct crowd {
	pthread_mutex_t lock;
	struct hash_seed seed;
	struct table places; /* by address */
};

enum crowd_answer { CROWD_IN, CROWD_FULL, CROWD_NO_MEMORY };

int crowd_init(struct crowd *);	 /* 0 or -ENOMEM */
void crowd_fini(struct crowd *); /* all have left */

/* One more from this address, unless there are `most` already. */
enum crowd_answer
crowd_enter(struct crowd *, const struct address *, size_t most);
void crowd_leave(struct crowd *, const struct address *);

#endif
