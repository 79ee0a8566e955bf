/* SPDX-License-Identifier: MIT
 *
 * store_event.h - what a store tells a worker.
 *
 * THREADS: made on any thread, delivered on the worker's.
 * MEMORY: an event is the hub's from its delivery on, until
 * store_event_free().
 */
#ifndef CLEAT_TOPICS_STORE_EVENT_H
#define CLEAT_TOPICS_STORE_EVENT_H

#include "net/mailbox.h"
#include "topics/store_types.h"

struct batch;

enum store_event_kind {
	STORE_JOINED,
	STORE_LEFT, /* answers leave(): nothing will name this audience for
		     * the sake of that subscription any more */
	STORE_MESSAGE,
	STORE_EVICT, /* all of `member` must leave */
	STORE_PUBLISHED,
	STORE_CLAIMED,
	STORE_VALUE, /* the registry has changed: to every worker */
};

/* Fields that do not belong to a kind are zero. */
struct store_event {
	struct mail mail;
	struct batch *batch; /* the store's own */
	enum store_event_kind kind;
	unsigned worker;
	int status;
	void *audience; /* JOINED, LEFT, MESSAGE, EVICT */
	void *ticket;	/* JOINED, CLAIMED: as given */
	union {
		struct {
			/* To be given back by leave(); NULL unless OK. */
			struct store_topic *topic;
			struct store_member *member; /* NULL: has none */
			uint64_t epoch, seq;
			uint32_t members;
			bool complete;
			uint32_t n_missed;
			struct payload **missed; /* oldest first */
		} joined;
		struct {
			struct payload *payload;
			uint64_t except;
			bool stored;
			enum store_lose lose;
		} message;
		struct {
			struct store_member *member;
			const char *why;
		} evict;
		struct {
			uint64_t conn;
			const char *topic, *key; /* key: or NULL */
			uint64_t epoch, seq;
			bool duplicate;
		} published;
		struct {
			const char *holder; /* who has it */
		} claimed;
		struct {
			struct store_space *space;
			const char *key, *value; /* NULL: removed */
			uint64_t until_ms;	 /* 0: for ever */
		} value;
	} u;
};

/* After it has been delivered: what it holds, and itself. */
void store_event_free(struct store_event *);

#endif
