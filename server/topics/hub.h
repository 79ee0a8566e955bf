/* SPDX-License-Identifier: MIT
 *
 * hub.h - topics and the registry as one worker sees them.
 *
 * A hub knows which of its worker's connections hear which topic, asks the
 * store for whatever must be one truth, and passes on what the store tells.
 * What a connection has here hangs on one pointer, which is NULL until it
 * first subscribes or claims.
 *
 *   hub        events of the store; the beat that lets it forget
 *   audience   a topic's subscribers of this worker
 *   claim      keys that connections hold
 *   replica    the worker's copy of the registry
 *
 * It calls upward through struct hub_calls only, and only out of
 * hub_event(); `deliver` must not call back.
 *
 * THREADS: owner worker, but for making and freeing.
 * MEMORY: a subscription costs 56 bytes and 16 in its audience; an audience
 * (a topic that somebody of this worker hears) 48 bytes and its name; a
 * connection's first topic or claim another 64.
 */
#ifndef CLEAT_TOPICS_HUB_H
#define CLEAT_TOPICS_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topics/store_types.h"

struct conn;
struct hub;
struct hub_client; /* what a connection has here */
struct payload;
struct store;
struct store_event;
struct worker;

struct hub_calls {
	/* What became of a subscription: a JOINED. When it returns the missed
	 * messages are delivered, unless it has ended the subscription. */
	void (*subscribed)(
	    struct conn *, const char *topic, const struct store_event *);
	/* An eviction has ended it. */
	void (*unsubscribed)(struct conn *, const char *topic, const char *why);
	void (*published)(struct conn *, const struct store_event *);
	/* The same for whom this worker has no connection. */
	void (*published_elsewhere)(const struct store_event *);
	void (*claimed)(
	    struct conn *, const char *key, int status, const char *holder);
	void (*deliver)(
	    struct conn *, struct payload *, enum store_lose, bool stored);
};

/* Counted by the owner worker, read by any thread. */
struct hub_figures {
	uint64_t subscriptions; /* now */
	uint64_t deliveries;
};

/* Main thread, before the worker runs and after it has stopped. The hub of
 * the first worker lets the store forget, once a second. 0 or -errno. */
int hub_new(
    struct hub **, struct store *, struct worker *, const struct hub_calls *);
void hub_free(struct hub **);
const struct hub_figures *hub_figures(const struct hub *); /* any thread */

/* What the store has told this worker; takes the event. */
void hub_event(struct hub *, struct store_event *);

/* A connection's place: the hub fills it when it is needed. */
struct hub_place {
	struct hub *hub;
	struct conn *conn;
	struct hub_client **client;
};

/* Begins a subscription; worker, audience and ticket are the hub's to fill
 * in. STORE_OK, TAKEN, LIMIT (it has `max` topics), NOMEM, or what the store
 * says. */
int
hub_subscribe(const struct hub_place *, const struct store_join *, size_t max);
/* STORE_OK or NOENT. */
int hub_unsubscribe(
    const struct hub_place *, struct store_space *, const char *topic);
bool hub_subscribed(
    const struct hub_place *, struct store_space *, const char *topic);
/* How many; fn for each until it answers non-zero. It may subscribe and
 * unsubscribe. */
size_t hub_topics(
    struct hub_client *, int (*fn)(void *, const char *topic), void *arg);

/* STORE_OK, TAKEN (it has it, or waits for it), LIMIT, NOMEM, or what the
 * store says. */
int hub_claim(const struct hub_place *, struct store_space *, const char *key,
    const char *holder, size_t max);
/* STORE_OK or NOENT. */
int hub_release(const struct hub_place *, const char *key);

/* The connection has ended: all that it has here ends. */
void hub_leave(struct hub_client **);

/* This worker's copy of a value, until the next event; NULL: none. */
const char *hub_get(struct hub *, struct store_space *, const char *key);

#endif
