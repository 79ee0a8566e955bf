/* SPDX-License-Identifier: MIT
 *
 * talk.c - say, typing, private; and the acknowledgements.
 *
 * The key of a publication is 16 digits, which differ for another text or
 * another user, and the client's id: so the same message is published once,
 * and another one of the same id is not lost. Guests count as one user, since
 * a guest who comes again has another name.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "talk.h"
#include "people.h"

#include <inttypes.h>

enum { KEY_DIGITS = 16 };

/* FNV-1a; a NUL goes in as well, so that "ab","c" is not "a","bc". */
static uint64_t
mix(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	while (*s++);
	return h;
}

enum refusal
talk_store(struct request *q, json_t *o, const char *what, uint64_t erase)
{
	char topic[SIZE_KEY], key[KEY_DIGITS + MAX_ID + 1];
	const char *who = q->p->role == ROLE_GUEST ? "" : q->p->user;
	cleat_pub how = { .store = 1,
		.from = cleat->id(q->c),
		.erase = erase,
		.key = q->id ? key : NULL };

	snprintf(topic, sizeof(topic), "room/%s", q->room);
	if (q->id)
		snprintf(key, sizeof(key), "%016" PRIx64 "%s",
		    mix(mix(UINT64_C(0xcbf29ce484222325), who), what), q->id);
	return outcome(cj_publish(q->r, topic, o, &how));
}

void
talk_published(cleat_conn *c, const cleat_published *p)
{
	struct request q = { .c = c,
		.r = cleat->route(c),
		.id = p->key ? p->key + KEY_DIGITS : NULL,
		.room = p->topic + 5 };
	json_t *o;

	if (p->status != CLEAT_OK) {
		answer_refusal(&q, outcome(p->status));
		return;
	}
	cleat->metric(q.r, p->duplicate ? "duplicates" : "messages", 1);
	if (!q.id)
		return;
	o = json_pack("{s:s,s:s,s:I,s:I}", "type", "ack", "room", q.room,
	    "epoch", (json_int_t)p->epoch, "seq", (json_int_t)p->seq);
	if (o && p->duplicate)
		json_object_set_new(o, "duplicate", json_true());
	answer(c, q.id, o);
}

/* The text, or NULL and what is wrong with it. */
static const char *
text_of(struct request *q, enum refusal *what)
{
	const char *text = cj_str(q->o, "text");

	*what = DONE;
	if (!text || !*text)
		*what = wrong(q, "text");
	else if (strlen(text) > (size_t)q->set->max_text)
		*what = TOO_LONG;
	return *what == DONE ? text : NULL;
}

enum refusal
do_say(struct request *q)
{
	enum refusal what;
	const char *text = text_of(q, &what);

	if (!text)
		return what;
	return talk_store(q,
	    json_pack("{s:s,s:s,s:s,s:s,s:I,s:s*,s:s}", "type", "message",
		"room", q->room, "user", q->p->user, "nick", q->p->nick, "time",
		(json_int_t)cleat->wall_ms(), "id", q->id, "text", text),
	    text, 0);
}

enum refusal
do_typing(struct request *q)
{
	const cleat_pub how = { .lose = CLEAT_LOSE_FIRST,
		.except = cleat->id(q->c) };
	char topic[SIZE_KEY];

	if (!cj_take(&q->p->typing, 1000.0 / TYPING_MS, 1, cleat->now_ms()))
		return DONE;
	snprintf(topic, sizeof(topic), "room/%s", q->room);
	return outcome(cj_publish(q->r, topic,
	    json_pack("{s:s,s:s,s:s,s:s}", "type", "typing", "room", q->room,
		"user", q->p->user, "nick", q->p->nick),
	    &how));
}

enum refusal
do_private(struct request *q)
{
	const char *to = cj_str(q->o, "to"), *text, *holder;
	char key[SIZE_KEY], user[SIZE_NAME];
	enum refusal what;
	int rc;

	if (!people_is_user(to))
		return wrong(q, "to");
	text = text_of(q, &what);
	if (!text)
		return what;
	people_key(key, "nick/", to);
	holder = cleat->get(q->r, key);
	if (!holder)
		return NO_SUCH_USER;
	people_user(user, holder);
	people_key(key, "user/", user);
	rc = cj_publish(q->r, key,
	    json_pack("{s:s,s:s,s:s,s:s,s:I,s:s}", "type", "private", "user",
		q->p->user, "nick", q->p->nick, "to", to, "time",
		(json_int_t)cleat->wall_ms(), "text", text),
	    NULL);
	if (rc < 0)
		return outcome(rc);
	cleat->metric(q->r, "private", 1);
	answer(q->c, q->id, json_pack("{s:s,s:s}", "type", "ack", "to", to));
	return DONE;
}
