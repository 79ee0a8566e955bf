/* SPDX-License-Identifier: MIT
 *
 * message.c - the envelope of a client's messages.
 */
#include "message.h"

#include "answer.h"
#include "limits.h"
#include "rule.h"
#include "topics.h"

static void
ping(const struct request *q)
{
	answer_pong(q->conn, q->id);
}

static const struct builtin {
	const char *type;
	void (*run)(const struct request *);
} builtins[] = {
#define BUILTIN(type, run) { #type, run },
#include "builtins.def"
};

static const struct builtin *
find_builtin(const char *type)
{
	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		if (strcmp(builtins[i].type, type) == 0)
			return &builtins[i];
	return NULL;
}

/* --- the envelope ------------------------------------------------------- */

/* The id, if there is a good one. false: there is one that is not. */
static bool
take_id(const json_t *o, const char **id)
{
	const json_t *v = json_object_get(o, "id");
	const char *text = json_string_value(v);

	if (cj_line(text, 1, ID_MAX))
		*id = text;
	return !v || *id;
}

static bool
fields_ok(const struct router *router, const json_t *o)
{
	size_t known = !!json_object_get(o, "type") +
		       !!json_object_get(o, "id") +
		       !!json_object_get(o, "payload");

	return !router->refuse_extra || json_object_size(o) == known;
}

static void
dispatch(struct request *q)
{
	const struct router *router = router_of(q->conn);
	const struct builtin *b = find_builtin(q->type);

	cleat->metric(cleat->route(q->conn), "requests", 1);
	if (!rate_take(&router->rate, &peer_of(q->conn)->rate)) {
		answer_blame(q->conn, q->id, FAULT_RATE_LIMITED, NULL);
	} else if (b) {
		b->run(q);
	} else {
		q->rule = rule_find(router, q->type);
		if (q->rule)
			rule_run(q);
		else
			answer_blame(q->conn, q->id, FAULT_UNKNOWN_TYPE, NULL);
	}
}

void
message_take(cleat_conn *c, int kind, const void *data, size_t len)
{
	const struct router *router = router_of(c);
	json_t *o =
	    kind == CLEAT_TEXT ? cj_parse(data, len, &router->limits) : NULL;
	struct request q = { .conn = c,
		.type = cj_str(o, "type"),
		.user = user_of(c),
		.payload = json_object_get(o, "payload") };

	if (o && take_id(o, &q.id) && type_ok(q.type) && fields_ok(router, o))
		dispatch(&q);
	else
		answer_blame(c, q.id, FAULT_BAD_FORMAT, NULL);
	json_decref(o);
}

/* --- hello -------------------------------------------------------------- */

char *
message_hello(const struct router *r)
{
	json_t *types = json_array();

	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		json_array_append_new(types, json_string(builtins[i].type));
	for (size_t i = 0; i < r->n_rules; i++)
		json_array_append_new(types, json_string(r->rules[i].type));
	return cj_text(
	    json_pack("{s:s,s:s,s:i,s:o,s:{s:I,s:i,s:i,s:i,s:I,s:i}}", "type",
		"hello", "protocol", "cleat-json", "version", 1, "types", types,
		"limits", "message", (json_int_t)r->limits.bytes, "depth",
		(int)r->limits.depth, "id", ID_MAX, "topics",
		(int)r->max_topics, "timeout_ms", (json_int_t)r->timeout_ms,
		"errors", (int)r->max_errors));
}
