/* SPDX-License-Identifier: MIT
 *
 * answer.c - replies, errors, and the end of a client that makes too many.
 *
 * Errors are counted in windows of a minute: a connection that lives for
 * days is not closed for what it did long ago.
 */
#include "answer.h"

enum { WINDOW_MS = 60000, POLICY_VIOLATION = 1008 };

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
	cj_send(c, json_pack("{s:s,s:s*,s:s,s:s}", "type", "error", "id", id,
		       "code", faults[FAULT_INTERNAL].code, "message",
		       faults[FAULT_INTERNAL].sentence));
}

void
answer_reply(cleat_conn *c, const char *id, json_t *payload)
{
	say(c, id,
	    json_pack("{s:s,s:s*,s:o*}", "type", "reply", "id", id, "payload",
		payload));
}

void
answer_pong(cleat_conn *c, const char *id)
{
	say(c, id, json_pack("{s:s,s:s*}", "type", "pong", "id", id));
}

void
answer_error(
    cleat_conn *c, const char *id, const char *code, const char *message)
{
	cleat->metric(cleat->route(c), "errors", 1);
	say(c, id,
	    json_pack("{s:s,s:s*,s:s,s:s}", "type", "error", "id", id, "code",
		code, "message", message));
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
