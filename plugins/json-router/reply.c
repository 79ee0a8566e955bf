/* SPDX-License-Identifier: MIT
 *
 * reply.c - answers that stand in the config.
 *
 * A variable is a whole string, so what is put in its place can break
 * nothing. The depth is bounded by what reads the config.
 */
#include "reply.h"

#include "answer.h"
#include "rule.h"
#include "topic.h"

static const char member[] = "${payload.";

static bool
looks_like_one(const char *s)
{
	size_t n = strlen(s);

	return n > 2 && s[0] == '$' && s[1] == '{' && s[n - 1] == '}';
}

/* ${payload.NAME}; NAME, without the brace behind it, goes to `name`. */
static bool
is_member(const char *s, char name[TOPIC_NAME_MAX + 1])
{
	size_t n = strlen(s), before = sizeof(member) - 1;

	if (strncmp(s, member, before) != 0 ||
	    !name_ok(s + before, n - before - 1))
		return false;
	memcpy(name, s + before, n - before - 1);
	name[n - before - 1] = '\0';
	return true;
}

static json_t *
value_of(const char *s, const struct variables *v)
{
	char name[TOPIC_NAME_MAX + 1];
	json_t *value = NULL;

	if (strcmp(s, "${user}") == 0)
		value = v->user ? json_string(v->user) : json_null();
	else if (strcmp(s, "${type}") == 0)
		value = json_string(v->type);
	else if (strcmp(s, "${time}") == 0)
		value = json_integer(v->time);
	else if (strcmp(s, "${payload}") == 0)
		value = v->payload ? json_incref(v->payload) : json_null();
	else if (is_member(s, name)) {
		value = json_incref(json_object_get(v->payload, name));
		value = value ? value : json_null();
	}
	return value;
}

bool
reply_ok(json_t *t)
{
	static const struct variables none = { .type = "" };
	const char *name, *s = json_string_value(t);
	json_t *inner, *value;
	size_t i;

	if (s && looks_like_one(s)) {
		value = value_of(s, &none);
		json_decref(value);
		return value != NULL;
	}
	json_object_foreach(t, name, inner)
	{
		if (!reply_ok(inner))
			return false;
	}
	json_array_foreach(t, i, inner)
	{
		if (!reply_ok(inner))
			return false;
	}
	return true;
}

static json_t *
fill_object(json_t *t, const struct variables *v)
{
	json_t *out = json_object(), *inner;
	const char *name;

	json_object_foreach(t, name, inner)
	{
		if (json_object_set_new(out, name, reply_fill(inner, v)) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static json_t *
fill_array(json_t *t, const struct variables *v)
{
	json_t *out = json_array(), *inner;
	size_t i;

	json_array_foreach(t, i, inner)
	{
		if (json_array_append_new(out, reply_fill(inner, v)) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

json_t *
reply_fill(json_t *t, const struct variables *v)
{
	const char *s = json_string_value(t);

	if (s && looks_like_one(s))
		return value_of(s, v);
	if (json_is_object(t))
		return fill_object(t, v);
	if (json_is_array(t))
		return fill_array(t, v);
	return json_incref(t);
}

void
action_reply(const struct request *q)
{
	const struct variables v = { .payload = q->payload,
		.user = user_of(q->conn),
		.type = q->type,
		.time = (json_int_t)cleat->wall_ms() };
	json_t *payload = NULL;

	if (q->rule->reply) {
		payload = reply_fill(q->rule->reply, &v);
		if (!payload) {
			answer_fault(q->conn, q->id, FAULT_INTERNAL);
			return;
		}
	}
	answer_reply(q->conn, q->id, payload);
}
