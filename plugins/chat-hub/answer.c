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

void
answer(cleat_conn *c, const char *id, json_t *o)
{
	if (o && id)
		json_object_set_new(o, "id", json_string(id));
	cj_send(c, o);
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

int
is_line(const char *s, size_t min, size_t max)
{
	size_t n = s ? strlen(s) : 0;

	if (!s || n < min || n > max)
		return 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)s[i];

		/* C0, DEL, and C1 as UTF-8 writes it. */
		if (b < 0x20 || b == 0x7f ||
		    (b == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
			return 0;
	}
	return 1;
}
