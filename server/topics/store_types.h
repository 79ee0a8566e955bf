/* SPDX-License-Identifier: MIT
 *
 * store_types.h - what a store is asked with; store.h says how.
 *
 * MEMORY: borrowed for the call, but for payloads.
 */
#ifndef CLEAT_TOPICS_STORE_TYPES_H
#define CLEAT_TOPICS_STORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct payload;
struct store_member; /* one member of one topic */
struct store_topic;

enum { STORE_NAME_MAX = 255, STORE_VALUE_MAX = 4096 };

/* Results, as SDK handlers see them (cleat.h); negative: nothing happened. */
enum store_result {
	STORE_OK = 0,
	STORE_NOMEM = -4,
	STORE_LIMIT = -6,
	STORE_NOENT = -7,
	STORE_TAKEN = -8,
	STORE_DOWN = -9,
};

/* FOLLOWS: of the missed messages all but the first. Together they are no
 * more than a history, which is bounded: who has room for one gets all. */
enum store_lose {
	STORE_KEEP,
	STORE_LOSE_FIRST,
	STORE_LOSE_NEXT,
	STORE_FOLLOWS,
};

/* Of all spaces together; may be changed while it runs. */
struct store_limits {
	uint64_t topics;
	uint64_t history_bytes;	 /* the oldest of all are forgotten first */
	uint64_t registry_bytes; /* keys, values and claims */
};

/* Of each topic of a space: a message stays in the history until one of the
 * three says no more; 0: no bound of this kind. */
struct store_history {
	uint64_t messages; /* 0: nothing is remembered */
	uint64_t bytes;
	uint64_t age_ms;
};

/* A set of names, found by its own; lives as long as the store. */
struct store_space;

/* A subscription that begins. */
struct store_join {
	struct store_space *space;
	const char *topic;
	unsigned worker;
	void *audience; /* all subscribers of this topic on this worker */
	void *ticket;	/* this one */
	const char *member, *info;    /* or NULL */
	struct payload *first, *last; /* or NULL; counted */
	/* Sends what the history holds behind seq; all of it if the epoch is
	 * another or has not come to that seq. JOINED is complete if the epoch
	 * is the topic's, nothing behind seq has been forgotten (erased may it
	 * be) and max has left nothing out; without resume it always is. */
	bool resume;
	uint64_t epoch, seq;
	uint32_t max; /* the newest; 0: no bound */
};

/* A message. The payload is the store's from here on: nobody else has it
 * yet, so that the store can write the stamps into it. */
struct store_message {
	struct payload *payload; /* a reference, taken whatever the answer */
	bool store;
	enum store_lose lose;
	uint64_t except, from; /* ids of connections; 0: none */
	const char *key;
	uint64_t erase;
	size_t stamp, stamp_epoch; /* offsets in the data; 0: none */
};

#endif
