/* SPDX-License-Identifier: MIT
 *
 * router.h - what the parts of json-router share: the router, which on_load
 * makes of the config and nothing changes afterwards, and a peer for each
 * connection.
 *
 * THREADS: there is a router for each worker, and all of it runs there;
 * module.h says what other threads may call.
 * MEMORY: the router and its peers are the host's state; each part frees
 * what it has put there. Strings of the config are borrowed, they live as
 * long as the router.
 */
#ifndef JSON_ROUTER_ROUTER_H
#define JSON_ROUTER_ROUTER_H

#include <stdbool.h>

#include "cleat_json.h"

enum {
	TOPIC_NAME_MAX = 63, /* of a part of a topic, as in cj_name() */
	TYPE_MAX = 64,	     /* of a type, in bytes */
	ID_MAX = 64,	     /* of an id, in bytes */
	TOPIC_MAX = 255,     /* of a topic, in bytes, as in cleat.h */
	TOPIC_PARTS_MAX = 8,
	RULES_MAX = 256,
	GRANTS_MAX = 256,
	MODULES_MAX = 32,
};

/* Who may. */
struct allow {
	enum { ALLOW_ANY, ALLOW_USER, ALLOW_ROLE } who;
	const char *role;
};

/* So many messages at once, and so many a second again; burst 0: all. */
struct rate {
	double per_s, burst;
};

/* A topic that clients may subscribe to. */
struct grant {
	const char *pattern;
	struct allow allow;
};

struct rule;	/* rule.h */
struct module;	/* module.h */
struct waiting; /* waiting.h */

struct router {
	cj_limits limits;
	bool refuse_extra;
	unsigned max_topics, max_waiting, max_errors;
	uint64_t timeout_ms;
	struct rate rate;
	char user_var[80], role_var[80]; /* "HTTP_X_USER"; "": none */
	const char *schemas;		 /* the folder, or NULL */

	struct grant *grants;
	size_t n_grants;
	struct module *modules;
	size_t n_modules;
	struct rule *rules; /* by type */
	size_t n_rules;
	char *hello;
};

struct peer {
	cj_bucket rate;
	cj_bucket *rates;	 /* one for each rule, once it is needed */
	struct waiting *waiting; /* the oldest first */
	unsigned n_waiting;
	uint64_t last; /* number of a request */
	unsigned errors;
	uint64_t errors_since;
};

static inline struct router *
router_of(cleat_conn *c)
{
	return (struct router *)cleat->route_state(cleat->route(c));
}

static inline struct peer *
peer_of(cleat_conn *c)
{
	return (struct peer *)cleat->state(c);
}

/* The user's name, or NULL. */
static inline const char *
user_of(cleat_conn *c)
{
	const char *user = cleat->var(c, "REMOTE_USER");

	return user && *user ? user : NULL;
}

#endif
