/* SPDX-License-Identifier: MIT
 *
 * memory_topic.h - what a hub asks of topics: struct store_ops says how.
 *
 * THREADS: any; each takes the store's lock. MEMORY: see store.h.
 */
#ifndef CLEAT_TOPICS_MEMORY_TOPIC_H
#define CLEAT_TOPICS_MEMORY_TOPIC_H

#include "topics/store.h"

int memory_join(struct store *, const struct store_join *);
void memory_leave(
    struct store *, struct store_topic *, struct store_member *, unsigned);
int memory_publish(struct store *, struct store_space *, const char *topic,
    const struct store_message *);
int memory_evict(struct store *, struct store_space *, const char *topic,
    const char *member, const char *why);
size_t memory_members(struct store *, struct store_space *, const char *topic,
    int (*fn)(void *, const char *, const char *, unsigned), void *);

#endif
