/* SPDX-License-Identifier: MIT
 *
 * claim.c - the keys of the registry that connections hold, or wait for.
 *
 * THREADS, MEMORY: see hub.h and hub_struct.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "topics/hub_struct.h"
#include "topics/store.h"
#include "topics/store_event.h"

static struct claim *
find(struct hub_client *c, const char *key)
{
	if (!c)
		return NULL;
	LIST_FOREACH (n, &c->claims) {
		struct claim *k = container_of(n, struct claim, node);

		if (strcmp(k->key, key) == 0)
			return k;
	}
	return NULL;
}

static void
detach(struct claim *k)
{
	list_del(&k->node);
	k->client->n_claims--;
	k->client = NULL;
}

static void
give_back(struct hub *h, struct claim *k)
{
	h->store->ops->release(h->store, k->space, k->key, k->holder);
	free(k);
}

void
claim_end(struct claim *k)
{
	struct hub *h = k->client->hub;

	detach(k);
	if (k->held)
		give_back(h, k);
}

static struct claim *
make(struct store_space *space, const char *key, const char *holder)
{
	size_t n = strlen(key) + 1, m = strlen(holder) + 1;
	struct claim *k = calloc(1, sizeof *k + n + m);

	if (!k)
		return NULL;
	k->space = space;
	memcpy(k->key, key, n);
	k->holder = memcpy(k->key + n, holder, m);
	return k;
}

int
hub_claim(const struct hub_place *p, struct store_space *space, const char *key,
    const char *holder, size_t max)
{
	struct hub_client *c = hub_client_get(p);
	struct store *store = p->hub->store;
	struct claim *k;
	int rc;

	if (!c)
		return STORE_NOMEM;
	if (find(c, key))
		return STORE_TAKEN;
	if (c->n_claims >= max)
		return STORE_LIMIT;
	k = make(space, key, holder);
	if (!k)
		return STORE_NOMEM;
	rc = store->ops->claim(store, space, key, holder, p->hub->index, k);
	if (rc != STORE_OK) {
		free(k);
		return rc;
	}
	k->client = c;
	list_add_tail(&c->claims, &k->node);
	c->n_claims++;
	return STORE_OK;
}

int
hub_release(const struct hub_place *p, const char *key)
{
	struct claim *k = find(*p->client, key);

	if (!k)
		return STORE_NOENT;
	claim_end(k);
	return STORE_OK;
}

/* Held only when that has been told, for it may be given up meanwhile: the key
 * and the holder outlive the callback that they are given to. */
static void
granted(struct hub *h, struct claim *k)
{
	if (k->client)
		h->calls->claimed(k->client->conn, k->key, STORE_OK, k->holder);
	if (k->client)
		k->held = true;
	else
		give_back(h, k);
}

static void
refused(struct hub *h, struct claim *k, const struct store_event *e)
{
	struct conn *conn;

	if (k->client) {
		conn = k->client->conn;
		detach(k);
		h->calls->claimed(conn, k->key, e->status, e->u.claimed.holder);
	}
	free(k);
}

void
claim_answered(struct hub *h, const struct store_event *e)
{
	if (e->status == STORE_OK)
		granted(h, e->ticket);
	else
		refused(h, e->ticket, e);
}
