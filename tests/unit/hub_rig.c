/* SPDX-License-Identifier: MIT
 *
 * hub_rig.c - see hub_rig.h.
 */
#include "config.h"

#include "hub_rig.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "net/payload.h"
#include "net/worker.h"
#include "wire/ws.h"

/* --- a store that only takes note ---------------------------------------- */

struct asked asked;

static int
note_join(struct store *s, const struct store_join *j)
{
	(void)s;
	asked.join = *j;
	asked.joins += asked.answer == STORE_OK;
	return asked.answer;
}

static void
note_leave(
    struct store *s, struct store_topic *t, struct store_member *m, unsigned w)
{
	(void)s, (void)t, (void)m, (void)w;
	asked.leaves++;
}

static int
note_claim(struct store *s, struct store_space *sp, const char *key,
    const char *holder, unsigned w, void *ticket)
{
	(void)s, (void)sp, (void)key, (void)holder, (void)w;
	asked.ticket = ticket;
	asked.claims += asked.answer == STORE_OK;
	return asked.answer;
}

static void
note_release(struct store *s, struct store_space *sp, const char *key,
    const char *holder)
{
	(void)s, (void)sp, (void)key;
	ck_assert_str_eq(holder, "ali");
	asked.releases++;
}

static void
note_tick(struct store *s)
{
	(void)s;
	asked.ticks++;
}

static const struct store_ops ops = { .join = note_join,
	.leave = note_leave,
	.claim = note_claim,
	.release = note_release,
	.tick = note_tick };
static struct store store = { .ops = &ops };

struct store_event *
store_says(enum store_event_kind kind, int status)
{
	struct store_event *e = calloc(1, sizeof *e);

	e->kind = kind;
	e->status = status;
	return e; /* without a batch: freed alone */
}

/* --- people --------------------------------------------------------------- */

struct person people[PEOPLE];

struct hub *hub;
struct worker *worker;
struct store_space *const space = (void *)&people;

struct hub_place
hub_rig_place(int i)
{
	return (struct hub_place){ hub, &people[i].conn, &people[i].client };
}

static struct person *
person_of(struct conn *c)
{
	return container_of(c, struct person, conn);
}

void
person_tell(struct conn *c, const char *fmt, ...)
{
	struct person *p = person_of(c);
	size_t n = strlen(p->told);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->told + n, sizeof p->told - n, fmt, ap);
	va_end(ap);
}

static void
subscribed(struct conn *c, const char *topic, const struct store_event *e)
{
	struct hub_place p = hub_rig_place((int)(person_of(c) - people));

	person_tell(c, "subscribed %s %d;", topic, e->status);
	if (person_of(c)->leaves)
		ck_assert_int_eq(hub_unsubscribe(&p, space, topic), STORE_OK);
}

static void
unsubscribed(struct conn *c, const char *topic, const char *why)
{
	struct hub_place p = hub_rig_place((int)(person_of(c) - people));

	person_tell(c, "unsubscribed %s %s;", topic, why);
	if (!person_of(c)->leaves)
		return;
	/* Takes others with it. */
	for (int i = 0; i < PEOPLE; i++) {
		p = hub_rig_place(i);
		(void)hub_unsubscribe(&p, space, topic);
	}
}

static void
published(struct conn *c, const struct store_event *e)
{
	person_tell(c, "published %d;", e->status);
}

static void
published_elsewhere(const struct store_event *e)
{
	asked.elsewhere = e->u.published.conn;
}

static void
claimed(struct conn *c, const char *key, int status, const char *holder)
{
	struct hub_place p = hub_rig_place((int)(person_of(c) - people));

	if (person_of(c)->leaves)
		(void)hub_release(&p, key);
	person_tell(c, "claimed %s %d %s;", key, status, holder);
}

static void
deliver(struct conn *c, struct payload *p, enum store_lose lose, bool stored)
{
	person_tell(c, "%.*s%s%s;", (int)(p->len - p->head), p->frame + p->head,
	    lose == STORE_KEEP	    ? ""
	    : lose == STORE_FOLLOWS ? "+"
				    : "?",
	    stored ? "!" : "");
}

static const struct hub_calls calls = { .subscribed = subscribed,
	.unsubscribed = unsubscribed,
	.published = published,
	.published_elsewhere = published_elsewhere,
	.claimed = claimed,
	.deliver = deliver };

uint64_t now_ns;

static uint64_t
fake_ns(void)
{
	return now_ns;
}

void
hub_rig_init(void)
{
	static const struct worker_calls none;

	now_ns = 1000000000;
	clock_replace(fake_ns);
	ck_assert_int_eq(worker_new(&worker, 0, &none), 0);
	ck_assert_int_eq(hub_new(&hub, &store, worker, &calls), 0);
	for (int i = 0; i < PEOPLE; i++)
		people[i].conn.id = (uint64_t)i + 1;
}

void
hub_rig_fini(void)
{
	for (int i = 0; i < PEOPLE; i++)
		hub_leave(&people[i].client);
	hub_free(&hub);
	worker_free(&worker);
	clock_replace(NULL);
}

void
person_expect(int i, const char *told)
{
	ck_assert_str_eq(people[i].told, told);
	people[i].told[0] = '\0';
}

/* --- what the store says -------------------------------------------------- */

int
person_subscribe(int i, const char *topic, size_t max)
{
	const struct store_join j = { .space = space, .topic = topic };
	struct hub_place p = hub_rig_place(i);

	return hub_subscribe(&p, &j, max);
}

void
store_joined(int status, void *member)
{
	struct store_event *e = store_says(STORE_JOINED, status);

	e->audience = asked.join.audience;
	e->ticket = asked.join.ticket;
	e->u.joined.member = member;
	hub_event(hub, e);
}

void
person_join(int i, const char *topic, void *member)
{
	ck_assert_int_eq(person_subscribe(i, topic, 10), STORE_OK);
	store_joined(STORE_OK, member);
	person_expect(
	    i, topic[0] == 't' ? "subscribed t 0;" : "subscribed u 0;");
}

void
store_publishes(const char *text, uint64_t except)
{
	struct store_event *e = store_says(STORE_MESSAGE, 0);
	struct payload *p = payload_new(WS_OP_TEXT, text, strlen(text));

	e->audience = asked.join.audience;
	e->u.message.payload = p;
	e->u.message.except = except;
	hub_event(hub, e);
	payload_unref(&p);
}

void
store_left(unsigned n)
{
	ck_assert_uint_eq(asked.leaves, n);
	asked.leaves = 0;
	for (; n > 0; n--) {
		struct store_event *e = store_says(STORE_LEFT, 0);

		e->audience = asked.join.audience;
		hub_event(hub, e);
	}
}
