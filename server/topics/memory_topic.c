/* SPDX-License-Identifier: MIT
 *
 * memory_topic.c - subscriptions: they begin, end, are ended, are shown.
 *
 * What a subscription needs, for its end too, is made before the lock is
 * taken.
 *
 * THREADS: any. MEMORY: see store.h.
 */
#include "config.h"

#include "topics/memory_topic.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "net/payload.h"
#include "topics/history.h"
#include "topics/members.h"
#include "topics/topic.h"

/* One subscription that begins. */
struct joining {
	const struct store_join *join;
	uint64_t hash, now_ms;
	struct batch *joined;	     /* one event */
	struct batch *first;	     /* or NULL */
	struct store_event *left;    /* for its end */
	struct store_member *member; /* or NULL */
	struct trash trash;
};

static void
finish(struct joining *j)
{
	batch_free(&j->joined);
	batch_free(&j->first);
	member_unref(&j->member);
	free(j->left);
	trash_empty(&j->trash);
}

static int
prepare(struct joining *j, struct memory *m)
{
	const struct store_join *join = j->join;

	trash_init(&j->trash);
	j->now_ms = clock_coarse_ms();
	j->joined = batch_new(&m->flow, 1, 0);
	j->left = calloc(1, sizeof *j->left);
	if (join->member)
		j->member = member_new(m, join);
	if (join->member && join->first) {
		j->first = batch_new(&m->flow, m->store.n_workers, 0);
		if (j->first)
			j->first->payload = payload_ref(join->first);
	}
	if (!j->joined || !j->left || (join->member && !j->member) ||
	    (join->member && join->first && !j->first))
		return STORE_NOMEM;
	return STORE_OK;
}

/* --- under the lock ----------------------------------------------------- */

static struct store_event *
joined(struct joining *j, int status)
{
	struct store_event *e =
	    batch_event(j->joined, STORE_JOINED, j->join->worker);

	e->status = status;
	e->audience = j->join->audience;
	e->ticket = j->join->ticket;
	return e;
}

static void
listen_for(struct store_topic *t, struct joining *j)
{
	struct listeners *l = &t->listeners[j->join->worker];

	must(l->count == 0 || l->audience == j->join->audience);
	l->audience = j->join->audience;
	l->count++;
	j->left->mail.next = l->left;
	l->left = &j->left->mail;
	j->left = NULL;
}

/* A member more, or one of its connections: its first message is for those
 * who were there before. */
static struct store_member *
appear(struct joining *j, struct memory *m, struct store_topic *t)
{
	struct store_member *who = j->member;

	if (!who)
		return NULL;
	j->member = member_join(m, t, &who);
	if (!j->member && j->first) {
		topic_message(t, m, j->first, 0, STORE_LOSE_NEXT, false);
		batch_send(&j->first, &m->store);
	}
	return who;
}

/* Nothing fails behind history_resume(). */
static int
enter(struct joining *j, struct memory *m, struct store_topic *t)
{
	struct store_event *e = joined(j, STORE_OK);

	history_trim(m, t, j->now_ms, &j->trash);
	if (!history_resume(t, j->join, e, &j->joined->bytes))
		return STORE_NOMEM;
	e->u.joined.topic = t;
	e->u.joined.member = appear(j, m, t);
	e->u.joined.epoch = t->epoch;
	e->u.joined.seq = t->seq;
	e->u.joined.members = t->n_members;
	listen_for(t, j);
	topic_hold(t); /* until memory_leave() */
	batch_send(&j->joined, &m->store);
	return STORE_OK;
}

static int
locked(struct joining *j, struct memory *m)
{
	struct store_topic *t;
	int rc = topic_open(
	    m, j->join->space, j->join->topic, j->hash, &t, &j->trash);

	if (rc == STORE_LIMIT) {
		joined(j, memory_refuse(m, rc));
		batch_send(&j->joined, &m->store);
		return STORE_OK;
	}
	if (rc != STORE_OK)
		return rc;
	topic_hold(t);
	rc = enter(j, m, t);
	topic_release(m, t, &j->trash);
	return rc;
}

int
memory_join(struct store *s, const struct store_join *join)
{
	struct memory *m = memory_of(s);
	struct joining j = { .join = join };
	int rc;

	if (flow_flooded(&m->flow))
		return memory_refuse(m, STORE_LIMIT);
	rc = prepare(&j, m);
	if (rc == STORE_OK) {
		j.hash = topic_hash(m, join->space, join->topic);
		pthread_mutex_lock(&m->lock);
		rc = locked(&j, m);
		pthread_mutex_unlock(&m->lock);
	}
	finish(&j);
	return rc;
}

/* --- the end of a subscription ------------------------------------------ */

static void
stop_listening(struct store_topic *t, unsigned worker, const struct store *s)
{
	struct listeners *l = &t->listeners[worker];
	struct mail *mail = l->left;
	struct store_event *e = container_of(mail, struct store_event, mail);

	must(l->count > 0);
	l->left = mail->next;
	e->kind = STORE_LEFT;
	e->worker = worker;
	e->audience = l->audience;
	l->count--;
	event_send(e, s);
}

void
memory_leave(struct store *s, struct store_topic *t, struct store_member *who,
    unsigned worker)
{
	struct memory *m = memory_of(s);
	struct trash trash;
	bool gone = false;

	trash_init(&trash);
	pthread_mutex_lock(&m->lock);
	stop_listening(t, worker, s);
	if (who)
		gone = member_leave(m, who);
	if (gone && who->last) {
		topic_message(t, m, who->last, 0, STORE_LOSE_NEXT, false);
		batch_send(&who->last, s);
	}
	topic_release(m, t, &trash);
	pthread_mutex_unlock(&m->lock);
	trash_empty(&trash);
	if (gone)
		member_unref(&who);
}

/* --- evicted ------------------------------------------------------------ */

static void
evict(struct memory *m, const struct store_topic *t, struct store_member *who,
    struct batch **bp, const char *why)
{
	struct batch *b = *bp;

	b->member = member_ref(who);
	for (unsigned w = 0; w < m->store.n_workers; w++) {
		struct store_event *e;

		if (t->listeners[w].count == 0)
			continue;
		e = batch_event(b, STORE_EVICT, w);
		e->audience = t->listeners[w].audience;
		e->u.evict.member = who;
		e->u.evict.why = why;
	}
	batch_send(bp, &m->store);
}

int
memory_evict(struct store *s, struct store_space *sp, const char *topic,
    const char *member, const char *why)
{
	struct memory *m = memory_of(s);
	uint64_t hash = topic_hash(m, sp, topic);
	struct store_member *who;
	struct store_topic *t;
	struct batch *b;

	why = why ? why : "";
	if (flow_flooded(&m->flow))
		return memory_refuse(m, STORE_LIMIT);
	b = batch_new(&m->flow, m->store.n_workers, strlen(why) + 1);
	if (!b)
		return STORE_NOMEM;
	why = batch_text(b, why);
	pthread_mutex_lock(&m->lock);
	t = topic_find(m, sp, topic, hash);
	who = t ? member_find(m, t, member) : NULL;
	if (who)
		evict(m, t, who, &b, why);
	pthread_mutex_unlock(&m->lock);
	batch_free(&b);
	return STORE_OK;
}

/* --- shown -------------------------------------------------------------- */

size_t
memory_members(struct store *s, struct store_space *sp, const char *topic,
    int (*fn)(void *, const char *, const char *, unsigned), void *arg)
{
	struct memory *m = memory_of(s);
	uint64_t hash = topic_hash(m, sp, topic);
	struct members_copy *copy = NULL;
	struct store_topic *t;
	size_t n = 0;

	pthread_mutex_lock(&m->lock);
	t = topic_find(m, sp, topic, hash);
	if (t) {
		n = t->n_members;
		copy = fn ? members_copy(t) : NULL;
	}
	pthread_mutex_unlock(&m->lock);
	members_call(&copy, fn, arg);
	return n;
}
