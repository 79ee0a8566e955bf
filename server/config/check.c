/* SPDX-License-Identifier: MIT
 *
 * check.c - keys that must fit each other. A line points at the key that
 * the group itself sets, not at the default it collides with.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/check.h"
#include "config/quantity.h"

/* The first of two keys that stands in the group, or the group. */
static const struct conf_node *
place(const struct conf_node *group, const char *a, const char *b)
{
	const struct conf_node *n = conf_get(group, a);

	if (n == NULL)
		n = conf_get(group, b);
	return n == NULL ? group : n;
}

static int
check_hsts(const struct config_http *h, const struct conf_node *group,
    struct conf_error *err)
{
	static const uint64_t year_ms = 365ull * 24 * 60 * 60 * 1000;

	if (h->hsts_scope != HSTS_HOST && h->hsts_ms == 0)
		return conf_fail(err, place(group, "hsts_scope", ""), HSTS,
		    "http.hsts_scope");
	if (h->hsts_scope == HSTS_PRELOAD && h->hsts_ms < year_ms)
		return conf_fail(err, place(group, "hsts", ""), HSTS_PRELOAD,
		    "http.hsts_scope");
	return 0;
}

int
check_http(const struct config_http *h, const struct conf_node *group,
    struct conf_error *err)
{
	char small[32], total[32];

	if (check_hsts(h, group, err) < 0)
		return -1;
	if (h->cache_small <= h->cache_total)
		return 0;
	quantity_print(small, sizeof(small), QUANTITY_SIZE, h->cache_small);
	quantity_print(total, sizeof(total), QUANTITY_SIZE, h->cache_total);
	return conf_fail(err, place(group, "cache_small", "cache_total"), CACHE,
	    small, total);
}

int
check_logins(const struct config *c, struct conf_error *err)
{
	char first[32], most[32];

	if (c->failed_logins == 0 || c->login_delay_ms <= c->login_delay_max_ms)
		return 0;
	quantity_print(first, sizeof(first), QUANTITY_TIME, c->login_delay_ms);
	quantity_print(
	    most, sizeof(most), QUANTITY_TIME, c->login_delay_max_ms);
	return conf_fail(err, place(c->node, "login_delay", "login_delay_max"),
	    LOGIN_DELAY, first, most);
}

static int
check_heartbeat(const struct rules *r, const struct section *s,
    const struct conf_node *group, struct conf_error *err)
{
	char ping[32], pong[32];

	if (r->ping_every_ms == 0 || r->pong_within_ms == 0 ||
	    r->ping_every_ms < r->pong_within_ms)
		return 0;
	quantity_print(ping, sizeof(ping), QUANTITY_TIME, r->ping_every_ms);
	quantity_print(pong, sizeof(pong), QUANTITY_TIME, r->pong_within_ms);
	return conf_fail(err, place(group, "ping_every", "pong_within"), PING,
	    s->name, ping, pong);
}

static int
check_marks(const struct rules *r, const struct section *s,
    const struct conf_node *group, struct conf_error *err)
{
	char low[32], high[32];

	if (r->queue_low < r->queue_high)
		return 0;
	snprintf(low, sizeof(low), "%" PRIu64, r->queue_low);
	snprintf(high, sizeof(high), "%" PRIu64, r->queue_high);
	return conf_fail(err, place(group, "queue_low", "queue_high"), MARKS,
	    s->name, low, high);
}

int
check_limits(const struct config *c, const struct config_limits *l,
    const struct section *s, const struct conf_node *group,
    struct conf_error *err)
{
	char own[32], all[32];

	if (check_heartbeat(&l->rules, s, group, err) < 0 ||
	    check_marks(&l->rules, s, group, err) < 0)
		return -1;
	if (l->max_connections <= c->max_connections)
		return 0;
	snprintf(own, sizeof(own), "%" PRIu64, l->max_connections);
	snprintf(all, sizeof(all), "%" PRIu64, c->max_connections);
	return conf_fail(
	    err, place(group, "max_connections", ""), TOTAL, s->name, own, all);
}

int
check_route(const struct config *c, const struct config_route *r, size_t n,
    struct conf_error *err)
{
	char line[16];

	if (r->path == NULL)
		return conf_fail(err, r->node, NO_PATH);
	if (r->handler == NULL)
		return conf_fail(err, r->node, NO_HANDLER);
	for (size_t i = 0; i < n; i++) {
		const struct conf_node *other = c->routes[i].node;
		if (strcmp(r->path, c->routes[i].path) != 0)
			continue;
		other = conf_get(other, "path");
		snprintf(line, sizeof(line), "%d", conf_line(other));
		return conf_fail(err, conf_get(r->node, "path"), SAME_PATH,
		    r->path, conf_file(other), line);
	}
	return 0;
}

/* The first key by which two histories differ, or NULL. */
static const char *
differing(const struct config_history *a, const struct config_history *b)
{
	if (a->messages != b->messages)
		return "history_messages";
	if (a->bytes != b->bytes)
		return "history_bytes";
	return a->age_ms != b->age_ms ? "history_age" : NULL;
}

int
check_space(const struct config *c, const struct config_route *r, size_t n,
    struct conf_error *err)
{
	char line[16];

	for (size_t i = 0; i < n; i++) {
		const struct config_route *other = &c->routes[i];
		const char *key;

		if (strcmp(r->space, other->space) != 0)
			continue;
		key = differing(&r->limits.history, &other->limits.history);
		if (key == NULL)
			return 0; /* and so like all before it */
		snprintf(line, sizeof(line), "%d", conf_line(other->node));
		return conf_fail(err, place(r->node, key, "space"), HISTORY,
		    key, conf_file(other->node), line, r->space);
	}
	return 0;
}
