/* SPDX-License-Identifier: MIT
 *
 * moderate.c - kick, ban, mute, delete, and the subject of a room.
 *
 * Keys of the registry: "ban/ROOM/USER" and "mute/ROOM/USER" are there as long
 * as it lasts, and hold the reason; "subject/ROOM". What is put reaches every
 * worker before the eviction that follows it.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "moderate.h"
#include "people.h"
#include "talk.h"

static const json_int_t max_seconds = 31536000;

static void
key_of(char *key, const char *what, const char *room, const char *user)
{
	char prefix[SIZE_NAME + 8];

	snprintf(prefix, sizeof(prefix), "%s/%s/", what, room);
	people_key(key, prefix, user);
}

static const char *
get(cleat_route *r, const char *what, const char *room, const char *user)
{
	char key[SIZE_KEY];

	key_of(key, what, room, user);
	return cleat->get(r, key);
}

const char *
moderate_ban(cleat_route *r, const char *room, const char *user)
{
	return get(r, "ban", room, user);
}

const char *
moderate_mute(cleat_route *r, const char *room, const char *user)
{
	return get(r, "mute", room, user);
}

static enum refusal
ok(const struct request *q)
{
	cleat->log(q->r, CLEAT_INFO, "%s: %s %s %s", q->p->user,
	    cj_str(q->o, "type"), q->room, q->victim ? q->victim : "");
	answer(q->c, q->id, json_pack("{s:s}", "type", "ok"));
	return DONE;
}

/* The reason, "" if none is given; NULL: it cannot be one. */
static const char *
reason_of(struct request *q)
{
	const json_t *v = json_object_get(q->o, "reason");
	const char *reason = v ? json_string_value(v) : "";

	return cj_line(reason, 0, MAX_REASON) ? reason : NULL;
}

/* Puts a ban or a mute. */
static enum refusal
put(struct request *q, const char *what, int64_t usual_ms)
{
	const char *reason = reason_of(q);
	json_int_t seconds = cj_int(q->o, "seconds", 0);
	char key[SIZE_KEY];

	if (!reason)
		return wrong(q, "reason");
	if (json_object_get(q->o, "seconds") &&
	    (seconds < 1 || seconds > max_seconds))
		return wrong(q, "seconds");
	key_of(key, what, q->room, q->victim);
	return outcome(cleat->put(q->r, key, reason,
	    (uint64_t)(seconds ? seconds * 1000 : usual_ms)));
}

static enum refusal
take_back(struct request *q, const char *what)
{
	char key[SIZE_KEY];
	enum refusal did;

	key_of(key, what, q->room, q->victim);
	did = outcome(cleat->put(q->r, key, NULL, 0));
	return did == DONE ? ok(q) : did;
}

enum refusal
do_kick(struct request *q)
{
	const char *reason = reason_of(q);
	char topic[SIZE_KEY], member[SIZE_KEY];
	enum refusal did;

	if (!reason)
		return wrong(q, "reason");
	snprintf(topic, sizeof(topic), "room/%s", q->room);
	people_key(member, "", q->victim);
	did = outcome(cleat->evict(q->r, topic, member, reason));
	return did == DONE ? ok(q) : did;
}

enum refusal
do_ban(struct request *q)
{
	enum refusal did = put(q, "ban", q->set->ban_time);

	return did == DONE ? do_kick(q) : did;
}

enum refusal
do_unban(struct request *q)
{
	return take_back(q, "ban");
}

enum refusal
do_mute(struct request *q)
{
	enum refusal did = put(q, "mute", q->set->mute_time);

	return did == DONE ? ok(q) : did;
}

enum refusal
do_unmute(struct request *q)
{
	return take_back(q, "mute");
}

enum refusal
do_delete(struct request *q)
{
	json_int_t seq = cj_int(q->o, "seq", 0);
	char what[32];

	if (seq < 1)
		return wrong(q, "seq");
	snprintf(what, sizeof(what), "delete %" JSON_INTEGER_FORMAT, seq);
	return talk_store(q,
	    json_pack("{s:s,s:s,s:I,s:s}", "type", "deleted", "room", q->room,
		"deleted", seq, "user", q->p->user),
	    what, (uint64_t)seq);
}

enum refusal
do_subject(struct request *q)
{
	const char *subject = cj_str(q->o, "subject");
	const cleat_pub how = { .lose = CLEAT_LOSE_NEXT };
	char key[SIZE_KEY], topic[SIZE_KEY];
	int rc;

	if (subject && strlen(subject) > MAX_SUBJECT)
		return TOO_LONG;
	if (!cj_line(subject, 0, MAX_SUBJECT))
		return wrong(q, "subject");
	snprintf(key, sizeof(key), "subject/%s", q->room);
	snprintf(topic, sizeof(topic), "room/%s", q->room);
	rc = cleat->put(q->r, key, *subject ? subject : NULL, 0);
	if (rc >= 0)
		rc = cj_publish(q->r, topic,
		    json_pack("{s:s,s:s,s:s,s:s}", "type", "subject", "room",
			q->room, "subject", subject, "user", q->p->user),
		    &how);
	return rc >= 0 ? ok(q) : outcome(rc);
}
