/* SPDX-License-Identifier: MIT
 *
 * answer.c - what is said to the one who asked.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "hub.h"

static const struct {
	const char *code, *sentence;
} refusals[] = {
	{ "", "" },
#define REFUSAL(name, code, sentence) { code, sentence },
#include "errors.def"
#undef REFUSAL
};

enum { TRY_AGAIN_LATER = 1013 };

/* Nobody shall wait for an answer for which there was no memory: who comes
 * again is told all of it. */
void
tell(cleat_conn *c, json_t *o)
{
	if (cj_send(c, o) == CLEAT_ENOMEM)
		cleat->close(c, TRY_AGAIN_LATER, "no memory");
}

void
answer(cleat_conn *c, const char *id, json_t *o)
{
	if (o && id && json_object_set_new(o, "id", json_string(id)) != 0) {
		json_decref(o);
		o = NULL;
	}
	tell(c, o);
}

void
answer_refusal(const struct request *q, enum refusal what)
{
	cleat->metric(q->r, "refused", 1);
	answer(q->c, q->id,
	    json_pack("{s:s,s:s,s:s,s:s*,s:s*,s:s*}", "type", "error", "code",
		refusals[what].code, "message", refusals[what].sentence, "room",
		q->room, "field", q->field, "reason", q->reason));
}

enum refusal
outcome(int rc)
{
	if (rc >= 0)
		return DONE;
	return rc == CLEAT_ENOENT ? NO_SUCH_MESSAGE : UNAVAILABLE;
}

enum refusal
wrong(struct request *q, const char *field)
{
	q->field = field;
	return BAD_REQUEST;
}
