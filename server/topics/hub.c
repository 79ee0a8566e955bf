/* SPDX-License-Identifier: MIT
 *
 * hub.c - what a store tells a worker, and to whom it goes on.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "config.h"

#include "topics/hub.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "net/loop.h"
#include "net/worker.h"
#include "topics/hub_struct.h"
#include "topics/store.h"
#include "topics/store_event.h"

enum { BEAT_MS = 1000 };

static void
beat(struct deadline *d)
{
	struct hub *h = container_of(d, struct hub, beat);
	struct loop *loop = worker_loop(h->worker);
	int rc;

	h->store->ops->tick(h->store);
	rc = deadline_set(loop, d, loop_now_ms(loop) + BEAT_MS);
	must(rc == 0); /* the place that it had is still free */
}

int
hub_new(struct hub **out, struct store *store, struct worker *worker,
    const struct hub_calls *calls)
{
	struct hub *h = calloc(1, sizeof *h);
	int rc = h ? table_init(&h->audiences) : -ENOMEM;

	*out = NULL;
	if (rc != 0)
		goto no_audiences;
	rc = table_init(&h->replica);
	if (rc != 0)
		goto no_replica;
	h->store = store;
	h->worker = worker;
	h->index = worker_index(worker);
	h->calls = calls;
	hash_seed_init(&h->seed);
	list_init(&h->values);
	h->beat.due = beat;
	if (h->index == 0)
		rc = deadline_set(
		    worker_loop(worker), &h->beat, clock_ms() + BEAT_MS);
	if (rc != 0)
		goto no_beat;
	*out = h;
	return 0;
no_beat:
	table_fini(&h->replica);
no_replica:
	table_fini(&h->audiences);
no_audiences:
	free(h);
	return rc;
}

void
hub_free(struct hub **hub)
{
	struct hub *h = *hub;

	*hub = NULL;
	if (!h)
		return;
	deadline_clear(worker_loop(h->worker), &h->beat);
	replica_fini(h);
	table_fini(&h->audiences);
	free(h);
}

const struct hub_figures *
hub_figures(const struct hub *h)
{
	return &h->figures;
}

/* --- what connections have ---------------------------------------------- */

struct hub_client *
hub_client_get(const struct hub_place *p)
{
	struct hub_client *c = *p->client;

	if (c)
		return c;
	c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->hub = p->hub;
	c->conn = p->conn;
	list_init(&c->subscriptions);
	list_init(&c->claims);
	*p->client = c;
	return c;
}

void
hub_leave(struct hub_client **client)
{
	struct hub_client *c = *client;

	*client = NULL;
	if (!c)
		return;
	LIST_FOREACH_SAFE (n, &c->subscriptions)
		subscription_end(container_of(n, struct subscription, node));
	LIST_FOREACH_SAFE (n, &c->claims)
		claim_end(container_of(n, struct claim, node));
	free(c);
}

/* --- events ------------------------------------------------------------- */

static void
tell_published(struct hub *h, const struct store_event *e)
{
	struct conn *c = worker_find(h->worker, e->u.published.conn);

	if (c)
		h->calls->published(c, e);
	else
		h->calls->published_elsewhere(e);
}

static void
tell(struct hub *h, struct store_event *e)
{
	switch (e->kind) {
	case STORE_JOINED:
		audience_joined(h, e);
		break;
	case STORE_LEFT:
		audience_left(h, e->audience);
		break;
	case STORE_MESSAGE:
		audience_message(h, e);
		break;
	case STORE_EVICT:
		audience_evict(h, e);
		break;
	case STORE_PUBLISHED:
		tell_published(h, e);
		break;
	case STORE_CLAIMED:
		claim_answered(h, e);
		break;
	case STORE_VALUE:
		if (replica_change(h, e) != 0)
			log_error("worker %u misses the value of a key: no "
				  "memory",
			    h->index);
		break;
	}
}

void
hub_event(struct hub *h, struct store_event *e)
{
	tell(h, e);
	store_event_free(e);
}
