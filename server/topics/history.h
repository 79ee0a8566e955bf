/* SPDX-License-Identifier: MIT
 *
 * history.h - what a topic remembers.
 *
 * A message stays until one of the space's bounds (how many, how many bytes,
 * how old) takes it out, oldest first; or the limit of all topics together,
 * which takes the oldest of all; or an erasure. What a message costs is its
 * frame, its key and the record.
 *
 * THREADS: under the store's lock, but for record_new() and records_free().
 * MEMORY: a record holds a reference of its payload.
 */
#ifndef CLEAT_TOPICS_HISTORY_H
#define CLEAT_TOPICS_HISTORY_H

#include "topics/memory_struct.h"

struct payload;
struct trash;

struct record {
	struct list of_topic, of_space, of_all; /* each: oldest first */
	struct table_node by_seq, by_key;
	struct store_topic *topic;
	struct payload *payload;
	uint64_t seq, at_ms;
	size_t cost;
	bool keyed;
	char key[];
};

/* Takes a reference. key: or NULL. NULL: no memory. */
struct record *record_new(struct payload *, const char *key);
void record_free(struct record **); /* NULL is fine */
void records_free(struct list *);   /* linked by of_topic */

/* NULL: the history knows none. */
struct record *
history_by_key(const struct memory *, const struct store_topic *, const char *);
struct record *
history_by_seq(const struct memory *, const struct store_topic *, uint64_t seq);

/* The topic's newest message, with its seq; where nothing is remembered, into
 * the trash with it. */
void history_add(struct memory *, struct store_topic *, struct record *,
    uint64_t now_ms, struct trash *);
void history_erase(struct memory *, struct record *, struct trash *);
void history_clear(struct memory *, struct store_topic *, struct trash *);

/* Forgets what is beyond the space's bounds. The topic may end. */
void history_trim(
    struct memory *, struct store_topic *, uint64_t now_ms, struct trash *);
/* Forgets at most `most` of what is too old, in one space, and of what is
 * beyond the limit of all. True: there is more. */
bool history_tick(struct memory *, struct store_space *, uint64_t now_ms,
    unsigned most, struct trash *);

/* Fills in complete, missed and n_missed; the bytes that they are. False: no
 * memory. */
bool history_resume(const struct store_topic *, const struct store_join *,
    struct store_event *joined, size_t *bytes);

#endif
