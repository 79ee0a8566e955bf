/* SPDX-License-Identifier: MIT
 *
 * topic.h - a topic: found, born, told, and forgotten.
 *
 * It lives while somebody subscribes or its history holds a message.
 *
 * THREADS: under the store's lock, but for trash_empty().
 * MEMORY: the store's; what goes is put into a bin that the caller empties
 * when it has let go of the lock.
 */
#ifndef CLEAT_TOPICS_TOPIC_H
#define CLEAT_TOPICS_TOPIC_H

#include "topics/memory_struct.h"

struct trash {
	struct list topics, records;
};

void trash_init(struct trash *);
void trash_empty(struct trash *); /* without the lock */

uint64_t
topic_hash(const struct memory *, const struct store_space *, const char *name);

/* NULL: there is none. */
struct store_topic *topic_find(const struct memory *,
    const struct store_space *, const char *name, uint64_t hash);
/* Finds or makes it. STORE_OK, NOMEM, or LIMIT: there are as many as may be,
 * and somebody holds each of them. */
int topic_open(struct memory *, struct store_space *, const char *name,
    uint64_t hash, struct store_topic **, struct trash *);

/* Holds it against its end; lets go of it, which may be its end. */
void topic_hold(struct store_topic *);
void topic_release(struct memory *, struct store_topic *, struct trash *);
/* Its end, if nobody needs it any more. */
void topic_settle(struct memory *, struct store_topic *, struct trash *);

/* Its end with all that it has, subscriptions too: that of the store. */
void topic_end(struct memory *, struct store_topic *, struct trash *);

/* Adds a MESSAGE with the batch's payload for each worker that listens. */
void topic_message(const struct store_topic *, const struct memory *,
    struct batch *, uint64_t except, enum store_lose, bool stored);

#endif
