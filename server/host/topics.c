/* SPDX-License-Identifier: MIT
 *
 * topics.c - the host's store and hubs, and the callbacks of handlers that
 * their events lead to.
 *
 * A connection that is closing hears of nothing any more: its on_close is
 * what comes next.
 *
 * THREADS: callbacks on the connection's worker; see topics.h.
 */
#include "config.h"

#include "host/topics.h"

#include <errno.h>
#include <stdlib.h>

#include "host/call.h"
#include "host/held.h"
#include "host/host_struct.h"
#include "host/outside.h"
#include "host/session.h"
#include "topics/hub.h"
#include "topics/memory.h"
#include "topics/store.h"
#include "topics/store_event.h"

/* --- what hubs call ------------------------------------------------------ */

static void
subscribed(struct conn *conn, const char *topic, const struct store_event *e)
{
	cleat_conn *c = session_of(conn);
	cleat_route *r = session_route(c);
	const cleat_subscribed what = {
		.topic = topic,
		.status = e->status,
		.epoch = e->u.joined.epoch,
		.seq = e->u.joined.seq,
		.missed = e->u.joined.n_missed,
		.complete = e->u.joined.complete,
		.members = e->u.joined.members,
	};
	struct stopwatch s;

	if (!r->handler->on_subscribed || !conn_is_open(conn))
		return;
	call_enter(r, CALLBACK_SUBSCRIBED, conn->id, &s);
	r->handler->on_subscribed(c, &what);
	call_leave(r, CALLBACK_SUBSCRIBED, &s);
}

static void
unsubscribed(struct conn *conn, const char *topic, const char *why)
{
	cleat_conn *c = session_of(conn);
	cleat_route *r = session_route(c);
	struct stopwatch s;

	if (!r->handler->on_unsubscribed || !conn_is_open(conn))
		return;
	call_enter(r, CALLBACK_UNSUBSCRIBED, conn->id, &s);
	r->handler->on_unsubscribed(c, topic, why);
	call_leave(r, CALLBACK_UNSUBSCRIBED, &s);
}

static void
published(struct conn *conn, const struct store_event *e)
{
	cleat_conn *c = session_of(conn);
	cleat_route *r = session_route(c);
	const cleat_published what = {
		.topic = e->u.published.topic,
		.key = e->u.published.key,
		.epoch = e->u.published.epoch,
		.seq = e->u.published.seq,
		.status = e->status,
		.duplicate = e->u.published.duplicate,
	};
	struct stopwatch s;

	if (!r->handler->on_published || !conn_is_open(conn) || c->muted)
		return;
	call_enter(r, CALLBACK_PUBLISHED, conn->id, &s);
	r->handler->on_published(c, &what);
	call_leave(r, CALLBACK_PUBLISHED, &s);
}

static void
published_elsewhere(const struct store_event *e)
{
	outside_published(&host_current()->outside, e);
}

static void
claimed(struct conn *conn, const char *key, int status, const char *holder)
{
	cleat_conn *c = session_of(conn);
	cleat_route *r = session_route(c);
	struct stopwatch s;

	if (!r->handler->on_claimed || !conn_is_open(conn))
		return;
	call_enter(r, CALLBACK_CLAIMED, conn->id, &s);
	r->handler->on_claimed(c, key, status, holder);
	call_leave(r, CALLBACK_CLAIMED, &s);
}

static void
deliver_message(
    struct conn *conn, struct payload *p, enum store_lose lose, bool stored)
{
	held_publish(session_of(conn), p, lose, stored);
}

static const struct hub_calls calls = {
	.subscribed = subscribed,
	.unsubscribed = unsubscribed,
	.published = published,
	.published_elsewhere = published_elsewhere,
	.claimed = claimed,
	.deliver = deliver_message,
};

static void
deliver(struct mail *m)
{
	struct store_event *e = container_of(m, struct store_event, mail);

	hub_event(host_current()->hubs[e->worker], e);
}

/* --- life ---------------------------------------------------------------- */

int
topics_start(struct host *h)
{
	int rc = memory_store_new(&h->store);

	if (rc != 0)
		return rc;
	h->store->workers = h->workers;
	h->store->n_workers = h->n_workers;
	h->store->deliver = deliver;
	h->hubs = calloc(h->n_workers, sizeof(struct hub *));
	if (!h->hubs)
		return -ENOMEM;
	for (unsigned i = 0; rc == 0 && i < h->n_workers; i++)
		rc = hub_new(&h->hubs[i], h->store, h->workers[i], &calls);
	return rc;
}

void
topics_stop(struct host *h)
{
	for (unsigned i = 0; h->hubs && i < h->n_workers; i++)
		hub_free(&h->hubs[i]);
	free(h->hubs);
	h->hubs = NULL;
	if (h->store)
		h->store->ops->free(h->store);
	h->store = NULL;
}

struct store_space *
topics_space(struct host *h, const char *name)
{
	return h->store ? h->store->ops->space(h->store, name) : NULL;
}

void
topics_configure(struct host *h, const struct config *config)
{
	const struct store_limits limits = {
		.topics = config->topics.topics,
		.history_bytes = config->topics.history_bytes,
		.registry_bytes = config->topics.registry_bytes,
	};

	h->store->ops->set_limits(h->store, &limits);
	for (size_t i = 0; i < config->n_routes; i++) {
		const struct config_route *r = &config->routes[i];
		const struct store_history history = {
			.messages = r->limits.history.messages,
			.bytes = r->limits.history.bytes,
			.age_ms = r->limits.history.age_ms,
		};
		struct store_space *space = topics_space(h, r->space);

		if (space) /* else its mount cannot be made either */
			h->store->ops->set_history(h->store, space, &history);
	}
}
