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

/* `head` is how a message of a type begins. */
static void
begin(cj_out *o, const char *head, const char *id)
{
	cj_out_begin(o);
	cj_put(o, head);
	if (id) {
		cj_put(o, ",\"id\":");
		cj_put_str(o, id);
	}
}

static void
error(cj_out *o, const char *id, const char *code, const char *message)
{
	begin(o, "{\"type\":\"error\"", id);
	cj_put(o, ",\"code\":");
	cj_put_str(o, code);
	cj_put(o, ",\"message\":");
	cj_put_str(o, message);
}

/* Ends a message and sends it. A module's text may be no UTF-8, or there may
 * be no memory for what is long: then the client shall not wait for nothing. */
static void
say(cleat_conn *c, const char *id, cj_out *o)
{
	int rc;

	cj_put(o, "}");
	rc = cj_out_send(c, o);
	if (rc != CLEAT_EINVAL && rc != CLEAT_ENOMEM)
		return;
	cleat->log(cleat->route(c), CLEAT_ERROR,
	    "an answer cannot be sent: it is no UTF-8, or there is no memory");
	error(o, id, faults[FAULT_INTERNAL].code,
	    faults[FAULT_INTERNAL].sentence);
	cj_put(o, "}");
	if (cj_out_send(c, o) == CLEAT_ENOMEM)
		cleat->close(c, TRY_AGAIN_LATER, "no memory");
}

void
answer_reply(cleat_conn *c, const char *id, json_t *payload)
{
	cj_out o;

	begin(&o, "{\"type\":\"reply\"", id);
	if (payload) {
		cj_put(&o, ",\"payload\":");
		cj_put_value(&o, payload);
		json_decref(payload);
	}
	say(c, id, &o);
}

void
answer_pong(cleat_conn *c, const char *id)
{
	cj_out o;

	begin(&o, "{\"type\":\"pong\"", id);
	say(c, id, &o);
}

void
answer_error(
    cleat_conn *c, const char *id, const char *code, const char *message)
{
	cj_out o;

	cleat->metric(cleat->route(c), "errors", 1);
	error(&o, id, code, message);
	say(c, id, &o);
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
