/* SPDX-License-Identifier: MIT
 *
 * main.c - json-router: JSON messages, and what is done with each type.
 *
 * docs/JSON.md has the protocol and the keys of the config. There is a router
 * for each worker; what they share is the host's.
 */
#include "router.h"

#include <stdio.h>

#include "limits.h"
#include "message.h"
#include "module.h"
#include "rule.h"
#include "topic.h"
#include "topics.h"
#include "waiting.h"

/* --- the config --------------------------------------------------------- */

static int
load_limits(cleat_route *r, struct router *router)
{
	const cleat_conf *conf = cleat->conf(r);
	int64_t bytes, depth, topics, waiting, errors;

	if (int_load(r, conf, "max_message", 65536, 64, 16 << 20,
		"64 bytes to 16 MiB", &bytes) != 0 ||
	    int_load(r, conf, "max_depth", CJ_DEPTH, 2, 64, "2 to 64",
		&depth) != 0 ||
	    int_load(r, conf, "max_topics", 100, 1, 10000, "1 to 10,000",
		&topics) != 0 ||
	    int_load(r, conf, "max_waiting", 16, 1, 1000, "1 to 1000",
		&waiting) != 0 ||
	    int_load(r, conf, "max_errors", 20, 1, 1000000, "1 to 1,000,000",
		&errors) != 0 ||
	    timeout_load(r, conf, 5000, &router->timeout_ms) != 0)
		return CLEAT_EINVAL;
	router->limits =
	    (cj_limits){ .bytes = (size_t)bytes, .depth = (unsigned)depth };
	router->max_topics = (unsigned)topics;
	router->max_waiting = (unsigned)waiting;
	router->max_errors = (unsigned)errors;
	return rate_load(r, conf, &router->rate);
}

static int
load_options(cleat_route *r, struct router *router)
{
	const cleat_conf *conf = cleat->conf(r);
	const char *extra = cleat->conf_str(conf, "extra_fields", "allow");

	router->refuse_extra = strcmp(extra, "refuse") == 0;
	if (!router->refuse_extra && strcmp(extra, "allow") != 0)
		return cleat->conf_fail(
		    r, conf, "extra_fields", "must be allow or refuse");
	router->schemas = cleat->conf_str(conf, "schemas", NULL);
	if (router->schemas && *router->schemas != '/')
		return cleat->conf_fail(
		    r, conf, "schemas", "must be a path from / on");
	if (cj_conf_header(r, conf, "user_header", router->user_var,
		sizeof(router->user_var)) != 0)
		return CLEAT_EINVAL;
	return cj_conf_header(
	    r, conf, "role_header", router->role_var, sizeof(router->role_var));
}

static int
load_grants(cleat_route *r, struct router *router)
{
	const cleat_conf *conf = cleat->conf(r), *at;

	router->grants = calloc(GRANTS_MAX, sizeof(struct grant));
	if (!router->grants)
		return CLEAT_ENOMEM;
	for (size_t i = 0; (at = cleat->conf_at(conf, "subscribe", i)); i++) {
		struct grant *g = &router->grants[i];

		if (i == GRANTS_MAX)
			return cleat->conf_fail(r, conf, "subscribe",
			    "has more than %d topics", GRANTS_MAX);
		g->pattern = cleat->conf_str(at, "topic", "");
		if (!pattern_ok(g->pattern))
			return cleat->conf_fail(r, at, "topic",
			    "must be names of A-Z a-z 0-9 . _ -, * or "
			    "${user}, with / between them");
		if (allow_load(r, at, &g->allow) != 0)
			return CLEAT_EINVAL;
		router->n_grants++;
	}
	return 0;
}

static int
by_type(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return strcmp(x->type, y->type);
}

static int
load_rules(cleat_route *r, struct router *router)
{
	const cleat_conf *conf = cleat->conf(r), *at;

	router->rules = calloc(RULES_MAX, sizeof(struct rule));
	if (!router->rules)
		return CLEAT_ENOMEM;
	for (size_t i = 0; (at = cleat->conf_at(conf, "routes", i)); i++) {
		struct rule *rule = &router->rules[i];

		if (i == RULES_MAX)
			return cleat->conf_fail(r, conf, "routes",
			    "has more than %d types", RULES_MAX);
		router->n_rules++;
		if (rule_load(r, at, rule) != 0)
			return CLEAT_EINVAL;
		for (size_t k = 0; k < i; k++)
			if (by_type(&router->rules[k], rule) == 0)
				return cleat->conf_fail(r, at, "type",
				    "%s is there twice", rule->type);
	}
	qsort(router->rules, router->n_rules, sizeof(struct rule), by_type);
	return 0;
}

static void
on_unload(cleat_route *r)
{
	struct router *router = cleat->route_state(r);

	for (size_t i = 0; i < router->n_rules; i++)
		rule_fini(&router->rules[i]);
	modules_fini(r, router);
	free(router->rules);
	free(router->grants);
	free(router->hello);
}

static int
on_load(cleat_route *r)
{
	struct router *router = cleat->route_state(r);

	if (load_limits(r, router) == 0 && load_options(r, router) == 0 &&
	    load_grants(r, router) == 0 && modules_load(r, router) == 0 &&
	    load_rules(r, router) == 0)
		router->hello = message_hello(router);
	if (router->hello)
		return 0;
	on_unload(r);
	return CLEAT_EINVAL;
}

/* --- connections -------------------------------------------------------- */

/* Who it is, as a proxy says. */
static int
on_handshake(cleat_conn *c)
{
	const struct router *router = router_of(c);
	const char *user = NULL, *role = NULL;
	char attrs[256] = "";
	int n = 0;

	if (*router->user_var)
		user = cleat->var(c, router->user_var);
	if (*router->role_var)
		role = cleat->var(c, router->role_var);
	if (role)
		n = snprintf(attrs, sizeof(attrs), "role=%s\n", role);
	if (n < 0 || (size_t)n >= sizeof(attrs))
		return 400;
	if (!user && !role)
		return 0;
	return cleat->decide(cleat->id(c),
		   &(cleat_accept){ .user = user, .attrs = attrs }) == CLEAT_OK
		   ? 0
		   : 400;
}

static void
on_open(cleat_conn *c)
{
	const char *hello = router_of(c)->hello;

	cleat->send(c, CLEAT_TEXT, hello, strlen(hello));
}

static void
on_close(cleat_conn *c, int code, cleat_str reason)
{
	(void)code;
	(void)reason;
	waiting_end_all(c);
	free(peer_of(c)->rates);
}

CLEAT_HANDLER("json-router", "1.0", .flags = CLEAT_PARALLEL,
    .route_size = sizeof(struct router), .conn_size = sizeof(struct peer),
    .on_load = on_load, .on_unload = on_unload, .on_handshake = on_handshake,
    .on_open = on_open, .on_message = message_take, .on_close = on_close,
    .on_subscribed = topics_subscribed, .on_published = topics_published)
