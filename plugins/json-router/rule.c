/* SPDX-License-Identifier: MIT
 *
 * rule.c - the config's `routes`.
 *
 * Each action asks only for the keys that it has a use for: the host reports
 * the others as unknown.
 */
#include "rule.h"

#include <stdio.h>

#include "answer.h"
#include "forward.h"
#include "limits.h"
#include "module.h"
#include "reply.h"
#include "schema.h"
#include "topic.h"

/* --- the keys of each action -------------------------------------------- */

static int
topic_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	const char *topic = cleat->conf_str(conf, "topic", "");

	if (!template_ok(topic))
		return cleat->conf_fail(r, conf, "topic",
		    "must be names of A-Z a-z 0-9 . _ -, ${payload.NAME} or "
		    "${user}, with / between them");
	rule->publish.topic = topic;
	return 0;
}

static int
publish_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	const char *lose = cleat->conf_str(conf, "lose", NULL);

	rule->publish.store = cleat->conf_bool(conf, "store", 0);
	rule->publish.name_user = cleat->conf_bool(conf, "user", 0);
	if (lose && strcmp(lose, "first") == 0)
		rule->publish.lose = CLEAT_LOSE_FIRST;
	else if (lose && strcmp(lose, "next") == 0)
		rule->publish.lose = CLEAT_LOSE_NEXT;
	else if (lose)
		return cleat->conf_fail(
		    r, conf, "lose", "must be first or next");
	if (lose && rule->publish.store)
		return cleat->conf_fail(
		    r, conf, "lose", "cannot be: what is stored is not lost");
	return topic_load(r, conf, rule);
}

static int
reply_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	const char *text = cleat->conf_str(conf, "payload", NULL);
	json_error_t e;

	if (!text)
		return 0;
	if (!cj_within(text, strlen(text), NULL))
		return cleat->conf_fail(r, conf, "payload",
		    "is nested deeper than %d, or too large", CJ_DEPTH);
	rule->reply =
	    json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (!rule->reply)
		return cleat->conf_fail(
		    r, conf, "payload", "is no JSON: %s", e.text);
	if (!reply_ok(rule->reply))
		return cleat->conf_fail(r, conf, "payload",
		    "has an unknown variable; there are ${payload}, "
		    "${payload.NAME}, ${user}, ${type} and ${time}");
	return 0;
}

/* The general one, if a rule has none of its own. */
static int
own_timeout_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	const struct router *router = cleat->route_state(r);

	return timeout_load(r, conf, router->timeout_ms, &rule->timeout_ms);
}

static int
forward_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	return own_timeout_load(r, conf, rule) != 0 ||
	       backend_load(r, conf, &rule->backend) != 0;
}

static int
call_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	const char *call = cleat->conf_str(conf, "call", "");

	if (!module_find(cleat->route_state(r), call, &rule->call.module,
		&rule->call.type))
		return cleat->conf_fail(r, conf, "call",
		    "must be FILE:TYPE, of a file in modules and a type that "
		    "it has");
	return own_timeout_load(r, conf, rule);
}

static const struct action actions[] = {
	{ "publish", publish_load, action_publish },
	{ "subscribe", topic_load, action_subscribe },
	{ "reply", reply_load, action_reply },
	{ "forward", forward_load, action_forward },
	{ "call", call_load, action_call },
};

/* --- the keys of all ---------------------------------------------------- */

static int
schema_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	const struct router *router = cleat->route_state(r);
	const char *name = cleat->conf_str(conf, "schema", NULL);
	char file[4096], why[4096 + 512];
	int n;

	if (!name)
		return 0;
	if (*name != '/' && !router->schemas)
		return cleat->conf_fail(r, conf, "schema",
		    "must begin with /, or schemas must name its folder");
	n = snprintf(file, sizeof(file), "%s%s%s",
	    *name == '/' ? "" : router->schemas, *name == '/' ? "" : "/", name);
	if (n < 0 || (size_t)n >= sizeof(file))
		return cleat->conf_fail(r, conf, "schema", "is too long");
	rule->schema = schema_read(file, why, sizeof(why));
	if (!rule->schema)
		return cleat->conf_fail(r, conf, "schema", "%s", why);
	return 0;
}

bool
type_ok(const char *type)
{
	return type && strlen(type) <= TYPE_MAX && name_chars(type);
}

static bool
is_builtin(const char *type)
{
	static const char *const builtins[] = {
#define BUILTIN(type, run, payload) #type,
#include "builtins.def"
	};

	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (strcmp(builtins[i], type) == 0)
			return true;
	return false;
}

int
rule_load(cleat_route *r, const cleat_conf *conf, struct rule *rule)
{
	const char *type = cleat->conf_str(conf, "type", "");
	const char *what = cleat->conf_str(conf, "do", "");

	if (!type_ok(type) || is_builtin(type))
		return cleat->conf_fail(r, conf, "type",
		    "must be 1 to %d of A-Z a-z 0-9 . _ -, and no built-in "
		    "type",
		    TYPE_MAX);
	rule->type = type;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, what) == 0)
			rule->action = &actions[i];
	if (!rule->action)
		return cleat->conf_fail(r, conf, "do",
		    "must be publish, subscribe, reply, forward or call");
	if (allow_load(r, conf, &rule->allow) != 0 ||
	    rate_load(r, conf, &rule->rate) != 0 ||
	    schema_load(r, conf, rule) != 0)
		return CLEAT_EINVAL;
	return rule->action->load(r, conf, rule);
}

void
rule_fini(struct rule *rule)
{
	json_decref(rule->schema);
	if (rule->action && rule->action->run == action_forward)
		backend_free(&rule->backend);
	if (rule->action && rule->action->run == action_reply)
		json_decref(rule->reply);
}

/* --- running ------------------------------------------------------------ */

const struct rule *
rule_find(const struct router *r, const char *type)
{
	size_t low = 0, high = r->n_rules;

	while (low < high) {
		size_t at = (low + high) / 2;
		int order = strcmp(type, r->rules[at].type);

		if (order == 0)
			return &r->rules[at];
		if (order < 0)
			high = at;
		else
			low = at + 1;
	}
	return NULL;
}

/* Has the connection a token left for this rule? Its buckets are made when
 * the first of them is needed. */
static bool
take(const struct request *q)
{
	const struct router *router = router_of(q->conn);
	struct peer *p = peer_of(q->conn);

	if (q->rule->rate.burst == 0)
		return true;
	if (!p->rates)
		p->rates = calloc(router->n_rules, sizeof(p->rates[0]));
	return p->rates &&
	       rate_take(&q->rule->rate, &p->rates[q->rule - router->rules]);
}

void
rule_run(const struct request *q)
{
	struct place place;
	char sentence[sizeof(place.text) + 128];

	if (!take(q)) {
		answer_blame(q->conn, q->id, FAULT_RATE_LIMITED, NULL);
		return;
	}
	if (!allowed(&q->rule->allow, q->conn)) {
		answer_blame(q->conn, q->id, FAULT_FORBIDDEN, NULL);
		return;
	}
	place_init(&place, "payload");
	if (q->rule->schema &&
	    !schema_fits(q->rule->schema, q->payload, &place)) {
		snprintf(sentence, sizeof(sentence), "%s: %s", place.text,
		    place.wrong);
		answer_blame(q->conn, q->id, FAULT_BAD_PAYLOAD, sentence);
		return;
	}
	q->rule->action->run(q);
}
