/* SPDX-License-Identifier: MIT
 *
 * store.h - where topics and the registry live: an interface.
 *
 * A store orders what is published, remembers it, counts members and keeps
 * the registry: one truth for all workers. It knows no connection. Whatever
 * it decides it tells later, as events in the mailboxes of the workers, so
 * that a broker can stand behind it without anybody above noticing. The one
 * that is embedded is memory.h.
 *
 *   hub (one for each worker)     asks: join, leave, publish, claim ...
 *        ▲        │
 *        │ events ▼
 *   struct store ──► its implementation
 *
 * ORDER. Of one topic every worker sees the messages in the order of their
 * seq. JOINED stands between the messages that it has counted and those that
 * follow. What one thread asks for reaches each worker in that order, MESSAGE
 * before the PUBLISHED that acknowledges it.
 *
 * THREADS: any, unless said. No function waits for anything but a lock that
 * is held for a moment, and none calls back.
 * MEMORY: what is handed in is copied, or counted (payloads).
 */
#ifndef CLEAT_TOPICS_STORE_H
#define CLEAT_TOPICS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topics/store_types.h"

struct mail;
struct store;
struct worker;

/* What is counted, for the metrics. */
struct store_figures {
	uint64_t topics, members, history_messages, history_bytes;
	uint64_t registry_keys, registry_bytes;
	uint64_t published, duplicates, refused, forgotten;
};

struct store_ops {
	void (*free)(struct store *);

	/* Main thread: finds or makes a space. NULL: no memory. */
	struct store_space *(*space)(struct store *, const char *name);
	void (*set_limits)(struct store *, const struct store_limits *);
	void (*set_history)(
	    struct store *, struct store_space *, const struct store_history *);

	/* STORE_OK: a JOINED follows in any case, with the status LIMIT if
	 * there are too many topics. NOMEM, or LIMIT (too much is under way):
	 * nothing follows. */
	int (*join)(struct store *, const struct store_join *);
	/* After a JOINED that was OK, once. A LEFT follows: there is always
	 * memory for it. */
	void (*leave)(struct store *, struct store_topic *,
	    struct store_member *, unsigned worker);

	/* STORE_OK, NOMEM, or LIMIT: too much is under way. What else becomes
	 * of it PUBLISHED tells, if `from` is given: OK, NOENT (nothing to be
	 * erased), LIMIT (too many topics). */
	int (*publish)(struct store *, struct store_space *, const char *topic,
	    const struct store_message *);
	/* STORE_OK, NOMEM or LIMIT; a member that is not there is none of
	 * anybody's mistakes. */
	int (*evict)(struct store *, struct store_space *, const char *topic,
	    const char *member, const char *why);

	/* A copy is made first: fn is called without a lock, until it answers
	 * non-zero; info is never NULL. fn NULL: they are only counted. How
	 * many there are; without memory fn is not called. */
	size_t (*members)(struct store *, struct store_space *,
	    const char *topic,
	    int (*fn)(
		void *, const char *member, const char *info, unsigned conns),
	    void *arg);

	/* value NULL: removes it. STORE_OK, NOMEM or LIMIT. Of a key that is
	 * claimed nothing changes: STORE_OK, counted as refused. */
	int (*put)(struct store *, struct store_space *, const char *key,
	    const char *value, uint64_t ttl_ms);
	/* STORE_OK: CLAIMED follows: OK (a VALUE went before it), TAKEN and
	 * by whom ("": it was put), LIMIT. NOMEM, or LIMIT (too much is under
	 * way): nothing follows. */
	int (*claim)(struct store *, struct store_space *, const char *key,
	    const char *holder, unsigned worker, void *ticket);
	/* After a CLAIMED that was OK, once. */
	void (*release)(struct store *, struct store_space *, const char *key,
	    const char *holder);

	/* To be called about once a second: forgets what has become too old.
	 * Whatever depends on it asks the clock, too. */
	void (*tick)(struct store *);
	void (*figures)(struct store *, struct store_figures *);
};

struct store {
	const struct store_ops *ops;
	/* To whom events are put, and who delivers them: set before the first
	 * join by whoever made the store. */
	struct worker *const *workers;
	unsigned n_workers;
	void (*deliver)(struct mail *); /* a struct store_event */
};

#endif
