/* SPDX-License-Identifier: MIT
 *
 * batch.h - events that are made together, for a store.
 *
 * All that one call tells is one allocation with room for the most events
 * that it may come to, so that nothing can fail any more once a store has
 * begun to change. batch_send() puts them in their order.
 *
 * THREADS: batch_new() on any; the others where the store keeps its order;
 * events are freed on any. MEMORY: counted by events that are under way.
 */
#ifndef CLEAT_TOPICS_BATCH_H
#define CLEAT_TOPICS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topics/store_event.h"

struct store;

/* How much is under way, from batch_send() to the last store_event_free().
 * It is full for publications first: what a flood of them leaves is for the
 * rest. */
struct flow {
	uint64_t events, bytes; /* atomic */
};

enum { FLOW_EVENTS = 1 << 16, FLOW_BYTES = 256 << 20 };

bool flow_full(const struct flow *);	/* for publications */
bool flow_flooded(const struct flow *); /* for all else: at twice that */

struct batch {
	uint32_t left; /* atomic: events that are not freed yet */
	uint32_t used, room;
	struct flow *flow;
	size_t bytes;		     /* that are under way with it */
	struct payload *payload;     /* of all its messages, or NULL */
	struct store_member *member; /* of all its evictions, or NULL */
	char *text;		     /* where batch_text() goes on */
	struct store_event events[]; /* then the text */
};

/* Room for so many events and bytes of text: what it takes. */
size_t batch_size(size_t events, size_t text);
/* NULL: no memory. */
struct batch *batch_new(struct flow *, size_t events, size_t text);
/* Without having been sent; NULL is fine. */
void batch_free(struct batch **);

/* Copies a string into it. */
char *batch_text(struct batch *, const char *);
/* The next event, all zero but for this. */
struct store_event *
batch_event(struct batch *, enum store_event_kind, unsigned worker);
/* Puts one that is alone, from calloc(): it is not counted. */
void event_send(struct store_event *, const struct store *);
/* Puts what there is; frees it when there is nothing. */
void batch_send(struct batch **, const struct store *);

#endif
