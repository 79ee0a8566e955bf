/* SPDX-License-Identifier: MIT
 *
 * publication.c - what is wanted published, checked and handed to the store.
 *
 * THREADS, MEMORY: see publication.h.
 */
#include "config.h"

#include "host/publication.h"

#include <string.h>

#include "host/host.h"
#include "host/host_struct.h"
#include "host/instance.h"
#include "host/mount.h"
#include "host/names.h"
#include "host/site.h"
#include "net/payload.h"
#include "net/worker.h"
#include "topics/store.h"
#include "wire/utf8.h"

_Static_assert((int)CLEAT_KEEP == (int)STORE_KEEP &&
		   (int)CLEAT_LOSE_FIRST == (int)STORE_LOSE_FIRST &&
		   (int)CLEAT_LOSE_NEXT == (int)STORE_LOSE_NEXT &&
		   (int)CLEAT_ENOMEM == (int)STORE_NOMEM &&
		   (int)CLEAT_ELIMIT == (int)STORE_LIMIT &&
		   (int)CLEAT_ENOENT == (int)STORE_NOENT &&
		   (int)CLEAT_ETAKEN == (int)STORE_TAKEN &&
		   (int)CLEAT_EDOWN == (int)STORE_DOWN,
    "a store speaks as handlers do");

static const cleat_pub usual;

static bool
stamp_is_valid(const struct publication *p, size_t at)
{
	return p->len >= CLEAT_STAMP_LEN && at <= p->len - CLEAT_STAMP_LEN &&
	       memcmp((const char *)p->data + at, CLEAT_STAMP,
		   CLEAT_STAMP_LEN) == 0;
}

/* Two that begin at different places cannot overlap: a stamp ends with what
 * no other place of it is. */
static bool
stamps_are_valid(const struct publication *p, const cleat_pub *o)
{
	size_t a = o->stamp, b = o->stamp_epoch;

	if ((a && !stamp_is_valid(p, a)) || (b && !stamp_is_valid(p, b)))
		return false;
	return a == 0 || a != b;
}

static bool
options_are_valid(
    const struct host *h, const struct publication *p, const cleat_pub *o)
{
	bool stores = o->key || o->erase || o->stamp || o->stamp_epoch;

	if ((stores && !o->store) || o->lose < CLEAT_KEEP ||
	    o->lose > CLEAT_LOSE_NEXT)
		return false;
	if (o->from && h && worker_of_id(o->from) >= h->n_workers)
		return false;
	return (!o->key || name_is_valid(o->key)) && stamps_are_valid(p, o);
}

bool
publication_is_valid(const struct host *h, const struct publication *p)
{
	const cleat_pub *o = p->pub ? p->pub : &usual;

	return name_is_valid(p->topic) &&
	       (p->kind == CLEAT_TEXT || p->kind == CLEAT_BINARY) &&
	       (p->data || p->len == 0) && options_are_valid(h, p, o);
}

int
publication_put(
    struct host *h, struct store_space *space, const struct publication *p)
{
	const cleat_pub *o = p->pub ? p->pub : &usual;
	struct store_message m = {
		.store = o->store != 0,
		.lose = (enum store_lose)o->lose,
		.except = o->except,
		.from = o->from,
		.key = o->key,
		.erase = o->erase,
		.stamp = o->stamp,
		.stamp_epoch = o->stamp_epoch,
	};

	m.payload = payload_new(p->kind, p->data, p->len);
	if (!m.payload)
		return CLEAT_ENOMEM;
	return h->store->ops->publish(h->store, space, p->topic, &m);
}

/* --- for others than handlers ------------------------------------------- */

/* The route with the longest space that the name begins with. */
static const struct route *
find_space(const struct site *s, const char *name)
{
	const struct route *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < s->n; i++) {
		const char *space = s->routes[i].conf->space;
		size_t n = strlen(space);

		if (n <= longest || strncmp(name, space, n) != 0 ||
		    name[n] != '/')
			continue;
		best = &s->routes[i];
		longest = n;
	}
	return best;
}

uint64_t
host_publish_limit(struct host *h, const char *name)
{
	struct site *s = host_site(h);
	const struct route *r = s ? find_space(s, name) : NULL;
	uint64_t limit = 0;

	for (size_t i = 0; r && i < s->n; i++) {
		const struct config_route *conf = s->routes[i].conf;

		if (strcmp(conf->space, r->conf->space) == 0 &&
		    conf->limits.rules.max_message > limit)
			limit = conf->limits.rules.max_message;
	}
	site_unref(&s);
	return limit;
}

int
host_publish(struct host *h, const char *name, int kind, const void *data,
    size_t len, const cleat_pub *pub)
{
	struct publication p = {
		.kind = kind, .data = data, .len = len, .pub = pub
	};
	struct site *s = host_site(h);
	const struct route *r = s ? find_space(s, name) : NULL;
	int result = CLEAT_ENOENT;

	if (r) {
		p.topic = name + strlen(r->conf->space) + 1;
		result = CLEAT_EINVAL;
		if (publication_is_valid(h, &p) &&
		    (kind != CLEAT_TEXT || utf8_valid(data, len)))
			result = publication_put(
			    h, r->mount->instances[0]->space, &p);
	}
	site_unref(&s);
	return result;
}
