/* SPDX-License-Identifier: MIT
 *
 * memory_struct.h - what the parts of the embedded store share.
 *
 *   struct memory
 *     └─ struct store_space      a name; never goes
 *          ├─ struct store_topic ─┬─ struct listeners × workers
 *          │                      ├─ struct record ...  (history.h)
 *          │                      └─ struct store_member ... (members.h)
 *          └─ struct entry       of the registry (registry.h)
 *
 * THREADS: under the lock, but for what is said otherwise.
 * MEMORY: the store's.
 */
#ifndef CLEAT_TOPICS_MEMORY_STRUCT_H
#define CLEAT_TOPICS_MEMORY_STRUCT_H

#include <pthread.h>
#include <string.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"
#include "net/deadline.h"
#include "topics/batch.h"
#include "topics/store.h"

struct memory {
	struct store store;
	struct flow flow;      /* atomic */
	uint64_t refused;      /* atomic */
	struct hash_seed seed; /* immutable */
	pthread_mutex_t lock;

	struct store_limits limits;
	struct list spaces;
	uint64_t n_spaces;
	uint64_t epoch;		       /* the last that was given */
	struct table topics, members;  /* by name */
	struct table by_seq, by_key;   /* records */
	struct list records;	       /* of all topics, oldest first */
	struct table entries;	       /* by key */
	struct deadline_heap expiries; /* of entries */
	struct store_figures figures;
};

struct store_space {
	struct list node;
	uint64_t number; /* of all spaces; immutable */
	struct store_history history;
	struct list topics, records, entries; /* records: oldest first */
	struct list idle;		      /* longest first */
	size_t n_topics, n_idle;
	char name[]; /* immutable */
};

/* Those of one worker who hear a topic. */
struct listeners {
	void *audience; /* while there are any */
	uint32_t count;
	struct mail *left; /* a LEFT for each */
};

struct store_topic {
	struct list node; /* of the space's */
	struct list idle; /* there, while nobody holds it */
	struct table_node by_name;
	struct store_space *space;
	uint64_t epoch; /* also its number among all that ever were */
	uint64_t seq;	/* of the newest message */
	uint64_t floor; /* and of the newest that a bound has taken out */
	uint64_t n_records, bytes;
	struct list records, members;
	uint32_t n_members;
	uint32_t users; /* subscriptions, and calls that hold it */
	const char *name;
	struct listeners listeners[]; /* then the name */
};

static inline struct memory *
memory_of(struct store *s)
{
	return container_of(s, struct memory, store);
}

/* Counts what is refused; its argument. */
static inline int
memory_refuse(struct memory *m, int status)
{
	__atomic_add_fetch(&m->refused, 1, __ATOMIC_RELAXED);
	return status;
}

static inline uint64_t
memory_hash(const struct memory *m, uint64_t scope, const char *name)
{
	return hash_name(&m->seed, scope, name, strlen(name));
}

#endif
