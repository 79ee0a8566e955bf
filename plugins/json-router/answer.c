/* SPDX-License-Identifier: MIT
 *
 * answer.c - replies, errors, and the end of a client that makes too many.
 *
 * Errors are counted in windows of a minute: a connection that lives for
 * days is not closed for what it did long ago.
 */
#include "answer.h"

enum { WINDOW_MS = 60000, POLICY_VIOLATION = 1008, TRY_AGAIN_LATER = 1013 };

static const struct {
	const char *code, *sentence;
} faults[] = {
#define FAULT(name, code, sentence) { code, sentence },
#include "faults.def"
};

const char *
fault_code(enum fault f)
{
	return faults[f].code;
}

/* json_pack() would leave out what is optional and has no memory: an answer
 * without its id is one for which the client goes on waiting. */
static json_t *
begin(const char *type, const char *id)
{
	return id ? json_pack("{s:s,s:s}", "type", type, "id", id)
		  : json_pack("{s:s}", "type", type);
}

/* Steals both; NULL if there is no memory. */
static json_t *
add(json_t *message, const char *name, json_t *value)
{
	if (json_object_set_new(message, name, value) == 0)
		return message;
	json_decref(message);
	return NULL;
}

static json_t *
error(const char *id, const char *code, const char *message)
{
	return add(add(begin("error", id), "code", json_string(code)),
	    "message", json_string(message));
}

/* A module's text may be no UTF-8, of which jansson makes no message, as it
 * does without memory: then the client shall not wait for nothing. */
static void
say(cleat_conn *c, const char *id, json_t *message)
{
	int rc = cj_send(c, message);

	if (rc != CLEAT_EINVAL && rc != CLEAT_ENOMEM)
		return;
	cleat->log(cleat->route(c), CLEAT_ERROR,
	    "an answer cannot be sent: it is no UTF-8, or there is no memory");
	rc = cj_send(c, error(id, faults[FAULT_INTERNAL].code,
			    faults[FAULT_INTERNAL].sentence));
	if (rc == CLEAT_ENOMEM)
		cleat->close(c, TRY_AGAIN_LATER, "no memory");
}

void
answer_reply(cleat_conn *c, const char *id, json_t *payload)
{
	json_t *reply = begin("reply", id);

	say(c, id, payload ? add(reply, "payload", payload) : reply);
}

void
answer_pong(cleat_conn *c, const char *id)
{
	say(c, id, begin("pong", id));
}

void
answer_error(
    cleat_conn *c, const char *id, const char *code, const char *message)
{
	cleat->metric(cleat->route(c), "errors", 1);
	say(c, id, error(id, code, message));
}

void
answer_fault(cleat_conn *c, const char *id, enum fault f)
{
	answer_error(c, id, faults[f].code, faults[f].sentence);
}

void
answer_blame(cleat_conn *c, const char *id, enum fault f, const char *message)
{
	struct peer *p = peer_of(c);
	uint64_t now = cleat->now_ms();

	answer_error(
	    c, id, faults[f].code, message ? message : faults[f].sentence);
	if (p->errors == 0 || now - p->errors_since >= WINDOW_MS) {
		p->errors = 0;
		p->errors_since = now;
	}
	if (++p->errors >= router_of(c)->max_errors)
		cleat->close(c, POLICY_VIOLATION, "too many errors");
}
