/* SPDX-License-Identifier: MIT
 *
 * api_topic.c - topics and the registry, as handlers call them.
 *
 * There is no store yet, and every call says so: CLEAT_EDOWN.
 *
 * THREADS, MEMORY: see api.h and cleat.h.
 */
#include "config.h"

#include "host/api.h"

int
api_subscribe(cleat_conn *c, const char *topic, const cleat_sub *s)
{
	(void)c, (void)topic, (void)s;
	return CLEAT_EDOWN;
}

int
api_unsubscribe(cleat_conn *c, const char *topic)
{
	(void)c, (void)topic;
	return CLEAT_EDOWN;
}

size_t
api_topics(cleat_conn *c, int (*fn)(void *, const char *), void *arg)
{
	(void)c, (void)fn, (void)arg;
	return 0;
}

int
api_subscribed(cleat_conn *c, const char *topic)
{
	(void)c, (void)topic;
	return 0;
}

size_t
api_members(cleat_route *r, const char *topic,
    int (*fn)(void *, const char *, const char *, unsigned), void *arg)
{
	(void)r, (void)topic, (void)fn, (void)arg;
	return 0;
}

int
api_publish(cleat_route *r, const char *topic, int kind, const void *data,
    size_t len, const cleat_pub *p)
{
	(void)r, (void)topic, (void)kind, (void)data, (void)len, (void)p;
	return CLEAT_EDOWN;
}

int
api_evict(
    cleat_route *r, const char *topic, const char *member, const char *why)
{
	(void)r, (void)topic, (void)member, (void)why;
	return CLEAT_EDOWN;
}

int
api_put(cleat_route *r, const char *key, const char *value, uint64_t ttl_ms)
{
	(void)r, (void)key, (void)value, (void)ttl_ms;
	return CLEAT_EDOWN;
}

const char *
api_get(cleat_route *r, const char *key)
{
	(void)r, (void)key;
	return NULL;
}

int
api_claim(cleat_conn *c, const char *key, const char *holder)
{
	(void)c, (void)key, (void)holder;
	return CLEAT_EDOWN;
}

int
api_release(cleat_conn *c, const char *key)
{
	(void)c, (void)key;
	return CLEAT_EDOWN;
}
