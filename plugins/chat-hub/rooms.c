/* SPDX-License-Identifier: MIT
 *
 * rooms.c - join, leave, and who is there.
 *
 * A room is a topic, its people are the topic's members; the host publishes
 * `presence` itself, whoever dies. A seat says that this connection is there.
 *
 * A member is the user in small letters, as in every key, so that a kick finds
 * them however a moderator writes it; who has large ones has the user as info.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "rooms.h"
#include "moderate.h"
#include "people.h"

/* What a client knows already, and how much it wants. */
struct wish {
	int since;
	json_int_t epoch, seq, history;
};

struct seat **
rooms_find(struct person *p, const char *room)
{
	struct seat **at = &p->seats;

	while (*at && strcmp((*at)->room, room) != 0)
		at = &(*at)->next;
	return at;
}

static void
stand_up(struct person *p, struct seat **at)
{
	struct seat *s = *at;

	*at = s->next;
	p->n_seats--;
	free(s);
}

void
rooms_free(struct person *p)
{
	while (p->seats)
		stand_up(p, &p->seats);
}

static void
topic_of(char topic[SIZE_KEY], const char *room)
{
	snprintf(topic, SIZE_KEY, "room/%s", room);
}

/* --- who -------------------------------------------------------------------- */

struct list {
	cleat_route *r;
	json_t *people;
	int64_t left;
};

static int
list_one(void *arg, const char *member, const char *info, unsigned conns)
{
	const char *user = *info ? info : member;
	struct list *l = arg;

	(void)conns;
	json_array_append_new(l->people, json_pack("{s:s,s:s}", "user", user,
					     "nick", people_nick(l->r, user)));
	return --l->left <= 0;
}

/* NULL: there are more than anybody wants to read. */
static json_t *
list(cleat_route *r, const char *topic, size_t count)
{
	const struct settings *set = cleat->route_state(r);
	struct list l = { .r = r, .left = set->who_max };

	if (count > (size_t)set->who_max)
		return NULL;
	l.people = json_array();
	cleat->members(r, topic, list_one, &l);
	return l.people;
}

enum refusal
do_who(struct request *q)
{
	char topic[SIZE_KEY];
	size_t n;

	topic_of(topic, q->room);
	n = cleat->members(q->r, topic, NULL, NULL);
	answer(q->c, q->id,
	    json_pack("{s:s,s:s,s:I,s:o*}", "type", "who", "room", q->room,
		"count", (json_int_t)n, "members", list(q->r, topic, n)));
	return DONE;
}

/* --- join ------------------------------------------------------------------- */

static enum refusal
read_wish(struct request *q, struct wish *w)
{
	const json_t *since = json_object_get(q->o, "since");

	w->since = since && !json_is_null(since);
	w->epoch = cj_int(since, "epoch", -1);
	w->seq = cj_int(since, "seq", -1);
	if (w->since && (w->epoch < 0 || w->seq < 0))
		return wrong(q, "since");
	w->history = cj_int(q->o, "history", 0);
	if (json_object_get(q->o, "history") &&
	    (w->history < 1 || w->history > MAX_HISTORY))
		return wrong(q, "history");
	return DONE;
}

static char *
presence(const struct request *q, const char *event)
{
	return cj_text(json_pack("{s:s,s:s,s:s,s:s,s:s}", "type", "presence",
	    "room", q->room, "event", event, "user", q->p->user, "nick",
	    q->p->nick));
}

static int
subscribe(struct request *q, const struct wish *w)
{
	char topic[SIZE_KEY], member[SIZE_KEY], *first = NULL, *last = NULL;
	cleat_sub s = { .member = member,
		.resume = w->since || w->history > 0,
		.epoch = w->since ? (uint64_t)w->epoch : 0,
		.seq = w->since ? (uint64_t)w->seq : 0,
		.max = (uint32_t)w->history };
	int rc;

	topic_of(topic, q->room);
	people_key(member, "", q->p->user);
	if (strcmp(member, q->p->user) != 0)
		s.info = q->p->user;
	/* Everybody telling everybody would cost more than the talk. */
	if (cleat->members(q->r, topic, NULL, NULL) < (size_t)q->set->who_max) {
		first = presence(q, "join");
		last = presence(q, "leave");
	}
	if (first)
		s.first = (cleat_str){ first, strlen(first) };
	if (last)
		s.last = (cleat_str){ last, strlen(last) };
	rc = cleat->subscribe(q->c, topic, &s);
	free(first);
	free(last);
	return rc;
}

enum refusal
do_join(struct request *q)
{
	struct person *p = q->p;
	struct wish w = { 0 };
	struct seat *s;
	enum refusal what = read_wish(q, &w);
	int rc;

	if (what != DONE)
		return what;
	if (!settings_room(q->set, q->room))
		return NO_SUCH_ROOM;
	if (*rooms_find(p, q->room))
		return ALREADY_JOINED;
	if (p->n_seats >= q->set->max_rooms)
		return TOO_MANY_ROOMS;
	q->reason = moderate_ban(q->r, q->room, p->user);
	if (q->reason)
		return BANNED;
	s = calloc(1, sizeof(*s));
	if (!s)
		return UNAVAILABLE;
	memcpy(s->room, q->room, strlen(q->room) + 1);
	rc = subscribe(q, &w);
	if (rc < 0) {
		free(s);
		return rc == CLEAT_ELIMIT ? TOO_MANY_ROOMS : outcome(rc);
	}
	s->next = p->seats;
	p->seats = s;
	p->n_seats++;
	p->joining = s;
	p->resuming = w.since;
	people_wait(q);
	return DONE;
}

static enum refusal
tell_joined(struct request *q, const cleat_subscribed *s)
{
	char key[SIZE_KEY];
	const char *subject;

	if (s->status != CLEAT_OK)
		return UNAVAILABLE;
	/* A ban that came while the join was under way is known now. */
	q->reason = moderate_ban(q->r, q->room, q->p->user);
	if (q->reason) {
		cleat->unsubscribe(q->c, s->topic);
		return BANNED;
	}
	snprintf(key, sizeof(key), "subject/%s", q->room);
	subject = cleat->get(q->r, key);
	answer(q->c, q->id,
	    json_pack("{s:s,s:s,s:I,s:I,s:b,s:I,s:I,s:s,s:o*}", "type",
		"joined", "room", q->room, "epoch", (json_int_t)s->epoch, "seq",
		(json_int_t)s->seq, "complete",
		q->p->resuming ? s->complete : 1, "missed",
		(json_int_t)s->missed, "count", (json_int_t)s->members,
		"subject", subject ? subject : "", "members",
		list(q->r, s->topic, s->members)));
	return DONE;
}

void
rooms_joined(cleat_conn *c, const cleat_subscribed *s)
{
	struct person *p = cleat->state(c);
	struct request q = {
		.c = c, .r = cleat->route(c), .p = p, .id = p->waiting_id
	};
	enum refusal what;

	if (!p->joining || strcmp(p->joining->room, s->topic + 5) != 0)
		return;
	q.room = p->joining->room; /* lives as long as the seat does */
	what = tell_joined(&q, s);
	if (what != DONE) {
		answer_refusal(&q, what);
		stand_up(p, rooms_find(p, q.room));
	}
	p->joining = NULL;
	people_go_on(c);
}

/* --- and out ---------------------------------------------------------------- */

enum refusal
do_leave(struct request *q)
{
	char topic[SIZE_KEY];

	topic_of(topic, q->room);
	cleat->unsubscribe(q->c, topic);
	stand_up(q->p, rooms_find(q->p, q->room));
	answer(q->c, q->id,
	    json_pack("{s:s,s:s}", "type", "left", "room", q->room));
	return DONE;
}

void
rooms_evicted(cleat_conn *c, const char *room, const char *why)
{
	struct person *p = cleat->state(c);
	struct seat **at = rooms_find(p, room);
	int banned = moderate_ban(cleat->route(c), room, p->user) != NULL;
	json_t *o;

	if (!*at)
		return;
	o = json_pack("{s:s,s:s,s:s}", "type", "kicked", "room", room, "reason",
	    why ? why : "");
	if (o && banned)
		json_object_set_new(o, "banned", json_true());
	tell(c, o);
	stand_up(p, at);
}
