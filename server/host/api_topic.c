/* SPDX-License-Identifier: MIT
 *
 * api_topic.c - topics and the registry, as handlers call them.
 *
 * A scratch instance changes nothing in the world: what it publishes or puts
 * is checked and goes nowhere.
 *
 * THREADS, MEMORY: see api.h and cleat.h.
 */
#include "config.h"

#include <string.h>

#include "host/api.h"
#include "host/host_struct.h"
#include "host/names.h"
#include "host/publication.h"
#include "host/session.h"
#include "net/payload.h"
#include "topics/hub.h"
#include "topics/store.h"
#include "wire/utf8.h"

static bool
is_scratch(const cleat_route *r)
{
	return r->worker == NULL;
}

/* For what any thread may call: is there still somebody who calls it? */
static bool
is_gone(const cleat_route *r)
{
	return instance_phase(r) >= INSTANCE_UNLOADING && !is_scratch(r);
}

static struct hub *
hub_of(const cleat_route *r)
{
	return r->host->hubs[worker_index(r->worker)];
}

/* Its place in the hub; false: it has none, and gets none but for `make`. */
static bool
find_place(cleat_conn *c, struct hub_place *p, bool make)
{
	struct session_more *more = make ? session_more(c) : c->more;

	if (!more)
		return false;
	*p = (struct hub_place){ hub_of(session_route(c)), &c->conn,
		&more->client };
	return true;
}

static size_t
max_topics(const cleat_conn *c)
{
	return session_row(c)->conf->limits.max_topics;
}

/* --- subscribing --------------------------------------------------------- */

static bool
first_or_last_is_valid(const cleat_str *s)
{
	return s->n <= STORE_VALUE_MAX && (s->p || s->n == 0) &&
	       utf8_valid((const uint8_t *)s->p, s->n);
}

/* What belongs to a member needs one. */
static bool
sub_is_valid(const cleat_sub *s)
{
	if (!s->member)
		return !s->info && s->first.n == 0 && s->last.n == 0;
	return name_is_valid(s->member) &&
	       (!s->info || value_is_valid(s->info)) &&
	       first_or_last_is_valid(&s->first) &&
	       first_or_last_is_valid(&s->last);
}

static bool
frame(struct payload **out, const cleat_str *text)
{
	*out = NULL;
	if (text->n > 0)
		*out = payload_new(CLEAT_TEXT, text->p, text->n);
	return *out || text->n == 0;
}

static int
join(const struct hub_place *p, const char *topic, const cleat_sub *s,
    cleat_conn *c)
{
	struct store_join j = {
		.space = session_route(c)->space,
		.topic = topic,
		.member = s->member,
		.info = s->info,
		.resume = s->resume != 0,
		.epoch = s->epoch,
		.seq = s->seq,
		.max = s->max,
	};
	int result = CLEAT_ENOMEM;

	if (frame(&j.first, &s->first) && frame(&j.last, &s->last))
		result = hub_subscribe(p, &j, max_topics(c));
	payload_unref(&j.first);
	payload_unref(&j.last);
	return result;
}

int
api_subscribe(cleat_conn *c, const char *topic, const cleat_sub *s)
{
	static const cleat_sub usual;
	struct hub_place p;

	if (!c || !name_is_valid(topic) || (s && !sub_is_valid(s)))
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "subscribe"))
		return CLEAT_ETHREAD;
	if (!conn_is_open(&c->conn))
		return CLEAT_GONE;
	if (!find_place(c, &p, true))
		return CLEAT_ENOMEM;
	return join(&p, topic, s ? s : &usual, c);
}

int
api_unsubscribe(cleat_conn *c, const char *topic)
{
	struct hub_place p;

	if (!c || !name_is_valid(topic))
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "unsubscribe"))
		return CLEAT_ETHREAD;
	if (!find_place(c, &p, false))
		return CLEAT_ENOENT;
	return hub_unsubscribe(&p, session_route(c)->space, topic);
}

size_t
api_topics(cleat_conn *c, int (*fn)(void *, const char *), void *arg)
{
	if (!c || !api_here(session_route(c), "topics") || !c->more)
		return 0;
	return hub_topics(c->more->client, fn, arg);
}

int
api_subscribed(cleat_conn *c, const char *topic)
{
	struct hub_place p;

	return c && name_is_valid(topic) &&
	       api_here(session_route(c), "subscribed") &&
	       find_place(c, &p, false) &&
	       hub_subscribed(&p, session_route(c)->space, topic);
}

size_t
api_members(cleat_route *r, const char *topic,
    int (*fn)(void *, const char *, const char *, unsigned), void *arg)
{
	struct store *s;

	if (!r || !name_is_valid(topic) || !api_here(r, "members") ||
	    is_scratch(r))
		return 0;
	s = r->host->store;
	return s->ops->members(s, r->space, topic, fn, arg);
}

/* --- publishing ---------------------------------------------------------- */

int
api_publish(cleat_route *r, const char *topic, int kind, const void *data,
    size_t len, const cleat_pub *pub)
{
	const struct publication p = { topic, kind, data, len, pub };

	if (!r || !publication_is_valid(r->host, &p))
		return CLEAT_EINVAL;
	if (kind == CLEAT_TEXT && !utf8_valid(data, len))
		return api_not_text(r, "publish");
	if (is_gone(r))
		return CLEAT_GONE;
	return is_scratch(r) ? CLEAT_OK
			     : publication_put(r->host, r->space, &p);
}

int
api_evict(
    cleat_route *r, const char *topic, const char *member, const char *why)
{
	struct store *s;

	if (!r || !name_is_valid(topic) || !name_is_valid(member) ||
	    (why && !value_is_valid(why)))
		return CLEAT_EINVAL;
	if (is_gone(r))
		return CLEAT_GONE;
	if (is_scratch(r))
		return CLEAT_OK;
	s = r->host->store;
	return s->ops->evict(s, r->space, topic, member, why ? why : "");
}

/* --- the registry -------------------------------------------------------- */

int
api_put(cleat_route *r, const char *key, const char *value, uint64_t ttl_ms)
{
	struct store *s;

	if (!r || !name_is_valid(key) || (value && !value_is_valid(value)))
		return CLEAT_EINVAL;
	if (is_gone(r))
		return CLEAT_GONE;
	if (is_scratch(r))
		return CLEAT_OK;
	s = r->host->store;
	return s->ops->put(s, r->space, key, value, ttl_ms);
}

/* Before its worker has it, and after, there is no copy that it could read. */
const char *
api_get(cleat_route *r, const char *key)
{
	if (!r || !name_is_valid(key) || !api_here(r, "get") || !r->attached)
		return NULL;
	return hub_get(hub_of(r), r->space, key);
}

int
api_claim(cleat_conn *c, const char *key, const char *holder)
{
	struct hub_place p;

	if (!c || !name_is_valid(key) || !name_is_valid(holder))
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "claim"))
		return CLEAT_ETHREAD;
	if (!conn_is_open(&c->conn))
		return CLEAT_GONE;
	if (!find_place(c, &p, true))
		return CLEAT_ENOMEM;
	return hub_claim(
	    &p, session_route(c)->space, key, holder, max_topics(c));
}

int
api_release(cleat_conn *c, const char *key)
{
	struct hub_place p;

	if (!c || !name_is_valid(key))
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "release"))
		return CLEAT_ETHREAD;
	if (!find_place(c, &p, false))
		return CLEAT_ENOENT;
	return hub_release(&p, key);
}
