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
	bool payload;
} builtins[] = {
#define BUILTIN(type, run, payload) { #type, run, payload },
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

/* What of a message is looked at before anything is done. */
struct envelope {
	const char *type, *id; /* or NULL */
	bool bad_id;
	size_t fields;	   /* that are neither of these nor the payload */
	cleat_str payload; /* of which no value has been made */
	json_t *o;	   /* the values that were made */
	char type_text[TYPE_MAX + 1], id_text[ID_MAX + 1];
};

/* Reads a message where it stands, as nearly all can be. false: it cannot. */
static bool
read_text(struct envelope *e, const void *data, size_t len, const cj_limits *l)
{
	cj_scan s;
	int id;

	if (!cj_scan_object(&s, data, len, l) ||
	    cj_scan_str(&s, "type", e->type_text, sizeof(e->type_text)) != 1)
		return false;
	id = cj_scan_str(&s, "id", e->id_text, sizeof(e->id_text));
	if (id < 0)
		return false;
	e->type = e->type_text;
	e->id = id ? e->id_text : NULL;
	e->bad_id = id && !cj_line(e->id, 1, ID_MAX);
	e->payload = cj_scan_find(&s, "payload");
	e->fields = s.n - 1 - (unsigned)id - (e->payload.p != NULL);
	return true;
}

/* Makes values of all of it. */
static void
read_values(
    struct envelope *e, const void *data, size_t len, const cj_limits *l)
{
	json_t *o = e->o = cj_parse(data, len, l),
	       *id = json_object_get(o, "id");

	e->type = cj_str(o, "type");
	e->id = json_string_value(id);
	e->bad_id = id && !cj_line(e->id, 1, ID_MAX);
	e->fields = json_object_size(o) - !!json_object_get(o, "type") - !!id -
		    !!json_object_get(o, "payload");
}

/* Values of the payload are made for who looks at them. */
static bool
take_payload(struct request *q, struct envelope *e)
{
	if (e->payload.p)
		e->o = q->payload = json_loadb(e->payload.p, e->payload.n,
		    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	else
		q->payload = json_object_get(e->o, "payload");
	return q->payload || !e->payload.p;
}

static void
dispatch(struct request *q, struct envelope *e)
{
	const struct router *router = router_of(q->conn);
	const struct builtin *b = find_builtin(q->type);

	cleat->metric(cleat->route(q->conn), "requests", 1);
	if (!b)
		q->rule = rule_find(router, q->type);
	if (!rate_take(&router->rate, &peer_of(q->conn)->rate))
		answer_blame(q->conn, q->id, FAULT_RATE_LIMITED, NULL);
	else if (!b && !q->rule)
		answer_blame(q->conn, q->id, FAULT_UNKNOWN_TYPE, NULL);
	else if ((!b || b->payload) && !take_payload(q, e))
		answer_fault(q->conn, q->id, FAULT_INTERNAL); /* no memory */
	else if (b)
		b->run(q);
	else
		rule_run(q);
}

void
message_take(cleat_conn *c, int kind, const void *data, size_t len)
{
	const struct router *router = router_of(c);
	struct request q = { .conn = c };
	struct envelope e;

	e.o = NULL;
	e.payload.p = NULL;
	if (kind != CLEAT_TEXT)
		len = 0; /* and so no message */
	if (!read_text(&e, data, len, &router->limits))
		read_values(&e, data, len, &router->limits);
	q.type = e.type;
	q.id = e.bad_id ? NULL : e.id;
	if (!e.bad_id && type_ok(e.type) &&
	    (e.fields == 0 || !router->refuse_extra))
		dispatch(&q, &e);
	else
		answer_blame(c, q.id, FAULT_BAD_FORMAT, NULL);
	json_decref(e.o);
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
