/* SPDX-License-Identifier: MIT
 *
 * registry.h - small values by key, and keys that are claimed.
 *
 * An entry was either put, and then has a value and perhaps an end, or it is
 * claimed, and then its value is the holder and it lasts until the last claim
 * is released. What it costs is key, value, the entry itself and what will tell
 * the workers of its end, which is made with it.
 *
 * THREADS: any; each takes the store's lock.
 * MEMORY: entries are the store's.
 */
#ifndef CLEAT_TOPICS_REGISTRY_H
#define CLEAT_TOPICS_REGISTRY_H

#include "topics/memory_struct.h"

/* As struct store_ops says. */
int registry_put(struct store *, struct store_space *, const char *key,
    const char *value, uint64_t ttl_ms);
int registry_claim(struct store *, struct store_space *, const char *key,
    const char *holder, unsigned worker, void *ticket);
void registry_release(
    struct store *, struct store_space *, const char *key, const char *holder);

/* Ends at most `most` of those whose time has come. True: there is more. */
bool registry_tick(struct memory *, uint64_t now_ms, unsigned most);

/* The end of the store: nobody is told. */
void registry_free(struct memory *);

#endif
