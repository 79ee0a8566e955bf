/* SPDX-License-Identifier: MIT
 *
 * replica.c - the worker's copy of the registry.
 *
 * THREADS, MEMORY: see hub.h. The store bounds it: the copy holds the same
 * keys and values as the registry.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "topics/hub_struct.h"
#include "topics/store_event.h"

struct value {
	struct table_node node;
	struct list all;
	struct store_space *space;
	uint64_t until_ms; /* 0: for ever */
	const char *text;
	char key[]; /* then the text */
};

static uint64_t
hash_of(const struct hub *h, const struct store_space *space, const char *key)
{
	return hash_name(&h->seed, (uintptr_t)space, key, strlen(key));
}

static struct value *
find(const struct hub *h, const struct store_space *space, const char *key)
{
	struct table_node *n;

	for (n = table_first(&h->replica, hash_of(h, space, key)); n;
	     n = table_next(n)) {
		struct value *v = container_of(n, struct value, node);

		if (v->space == space && strcmp(v->key, key) == 0)
			return v;
	}
	return NULL;
}

static void
forget(struct hub *h, struct value *v)
{
	table_remove(&h->replica, &v->node);
	list_del(&v->all);
	free(v);
}

int
replica_change(struct hub *h, const struct store_event *e)
{
	struct store_space *space = e->u.value.space;
	const char *key = e->u.value.key, *text = e->u.value.value;
	struct value *v = find(h, space, key);
	size_t n = strlen(key) + 1, m = text ? strlen(text) + 1 : 0;

	if (v)
		forget(h, v);
	if (!text)
		return 0;
	v = malloc(sizeof *v + n + m);
	if (!v)
		return -ENOMEM;
	v->space = space;
	v->until_ms = e->u.value.until_ms;
	memcpy(v->key, key, n);
	v->text = memcpy(v->key + n, text, m);
	list_init(&v->all);
	list_add_tail(&h->values, &v->all);
	table_add(&h->replica, &v->node, hash_of(h, space, key));
	return 0;
}

void
replica_fini(struct hub *h)
{
	LIST_FOREACH_SAFE (n, &h->values)
		forget(h, container_of(n, struct value, all));
	table_fini(&h->replica);
}

const char *
hub_get(struct hub *h, struct store_space *space, const char *key)
{
	const struct value *v = find(h, space, key);

	/* The store says so, too, but a little later. */
	if (!v || (v->until_ms != 0 && clock_ms() >= v->until_ms))
		return NULL;
	return v->text;
}
