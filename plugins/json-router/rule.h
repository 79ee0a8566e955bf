/* SPDX-License-Identifier: MIT
 *
 * rule.h - one of the config's `routes`: a type, who may say it, what its
 * payload must be, and what is done.
 *
 * MEMORY: the router owns its rules; rule_fini() frees what a rule has.
 */
#ifndef JSON_ROUTER_RULE_H
#define JSON_ROUTER_RULE_H

#include "cleat_router.h"
#include "router.h"

struct backend; /* forward.h */

/* A request that has passed everything but its payload's details. */
struct request {
	cleat_conn *conn;
	const struct rule *rule; /* NULL: a built-in type */
	const char *type, *id;	 /* id: or NULL */
	json_t *payload;	 /* borrowed; or NULL */
};

/* What a rule does: how it reads its keys, and how it answers. load() adds
 * what is wrong by conf_fail() and is non-zero then. */
struct action {
	const char *name;
	int (*load)(cleat_route *, const cleat_conf *, struct rule *);
	void (*run)(const struct request *);
};

struct rule {
	const char *type;
	const struct action *action;
	struct allow allow;
	struct rate rate;
	json_t *schema;
	uint64_t timeout_ms;
	union {
		struct {
			const char *topic; /* a template; subscribe's too */
			bool store, name_user;
			int lose;
		} publish;
		json_t *reply;
		struct backend *backend;
		struct {
			const struct module *module;
			const cr_type *type;
		} call;
	};
};

void action_publish(const struct request *);
void action_subscribe(const struct request *);
void action_reply(const struct request *);
void action_forward(const struct request *);
void action_call(const struct request *);

/* Runs a request, or says why not. */
void rule_run(const struct request *);

/* Reads one element of `routes` into a rule that is all zero. What it has
 * until then is the rule's, even when it fails. */
int rule_load(cleat_route *, const cleat_conf *, struct rule *);
void rule_fini(struct rule *);

/* Can this be a type? NULL cannot. */
bool type_ok(const char *);

/* By type; NULL: there is none. */
const struct rule *rule_find(const struct router *, const char *type);

#endif
