/* SPDX-License-Identifier: MIT
 *
 * memory_publish.c - a publication: numbered, remembered, told.
 *
 * Its events and its record are made before the lock is taken; under it the
 * topic is looked up, the stamps are written and mail is put.
 *
 * THREADS: any. MEMORY: see store.h.
 */
#include "config.h"

#include "topics/memory_topic.h"

#include <string.h>

#include "base/clock.h"
#include "net/payload.h"
#include "net/worker.h"
#include "topics/history.h"
#include "topics/topic.h"

enum { STAMP_LEN = 20 };

/* One publication, and what becomes of it. */
struct publication {
	const struct store_message *msg;
	const char *topic;
	uint64_t hash, now_ms;
	struct batch *batch;
	struct record *record; /* NULL: it is not stored */
	struct trash trash;

	uint64_t epoch, seq;
	int status;
	bool duplicate;
};

/* Is there somebody to be told? */
static bool
answered(const struct publication *p, const struct memory *m)
{
	return p->msg->from != 0 &&
	       worker_of_id(p->msg->from) < m->store.n_workers;
}

static size_t
text_of(const struct publication *p)
{
	const char *key = p->msg->key;

	return strlen(p->topic) + 1 + (key ? strlen(key) + 1 : 0);
}

/* Takes the payload. */
static int
prepare(struct publication *p, struct memory *m)
{
	const struct store_message *msg = p->msg;
	struct payload *payload = msg->payload;

	trash_init(&p->trash);
	p->batch = batch_new(
	    &m->flow, m->store.n_workers + 1, answered(p, m) ? text_of(p) : 0);
	if (msg->store)
		p->record = record_new(payload, msg->key);
	if (p->batch && (p->record || !msg->store)) {
		p->batch->payload = payload;
		p->now_ms = clock_coarse_ms();
		return STORE_OK;
	}
	payload_unref(&payload);
	return STORE_NOMEM;
}

static void
finish(struct publication *p)
{
	batch_free(&p->batch);
	record_free(&p->record);
	trash_empty(&p->trash);
}

/* --- under the lock ----------------------------------------------------- */

/* Right-aligned, blanks before it: see CLEAT_STAMP. */
static void
stamp(struct payload *p, size_t at, uint64_t number)
{
	uint8_t *room = p->frame + p->head + at;
	int i = STAMP_LEN;

	if (at == 0)
		return;
	do {
		room[--i] = (uint8_t)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	memset(room, ' ', (size_t)i);
}

static bool
is_duplicate(
    struct publication *p, struct memory *m, const struct store_topic *t)
{
	struct record *first = NULL;

	if (t && p->record && p->record->keyed)
		first = history_by_key(m, t, p->record->key);
	if (!first)
		return false;
	m->figures.duplicates++;
	p->duplicate = true;
	p->epoch = t->epoch;
	p->seq = first->seq;
	return true;
}

static bool
erase(struct publication *p, struct memory *m, const struct store_topic *t)
{
	struct record *r = t ? history_by_seq(m, t, p->msg->erase) : NULL;

	if (!r) {
		p->status = memory_refuse(m, STORE_NOENT);
		return false;
	}
	history_erase(m, r, &p->trash);
	return true;
}

static void
store(struct publication *p, struct memory *m, struct store_topic *t)
{
	struct payload *payload = p->batch->payload;

	p->epoch = t->epoch;
	p->seq = ++t->seq;
	stamp(payload, p->msg->stamp, p->seq);
	stamp(payload, p->msg->stamp_epoch, p->epoch);
	history_add(m, t, p->record, p->now_ms, &p->trash);
	p->record = NULL;
}

/* t: NULL when there is no such topic, and none is to be made. */
static void
publish(struct publication *p, struct memory *m, struct store_topic *t)
{
	if (t)
		history_trim(m, t, p->now_ms, &p->trash);
	if (is_duplicate(p, m, t))
		return;
	if (p->msg->erase && !erase(p, m, t))
		return;
	if (p->msg->store)
		store(p, m, t);
	if (t)
		topic_message(t, m, p->batch, p->msg->except,
		    p->msg->store ? STORE_KEEP : p->msg->lose, p->msg->store);
	m->figures.published++;
}

static void
answer(struct publication *p, const struct memory *m)
{
	struct store_event *e;

	if (!answered(p, m))
		return;
	e = batch_event(p->batch, STORE_PUBLISHED, worker_of_id(p->msg->from));
	e->status = p->status;
	e->u.published.conn = p->msg->from;
	e->u.published.topic = batch_text(p->batch, p->topic);
	if (p->msg->key)
		e->u.published.key = batch_text(p->batch, p->msg->key);
	e->u.published.epoch = p->epoch;
	e->u.published.seq = p->seq;
	e->u.published.duplicate = p->duplicate;
}

static int
locked(struct publication *p, struct memory *m, struct store_space *sp)
{
	struct store_topic *t = NULL;
	int rc = STORE_OK;

	if (p->msg->store && !p->msg->erase)
		rc = topic_open(m, sp, p->topic, p->hash, &t, &p->trash);
	else
		t = topic_find(m, sp, p->topic, p->hash);
	if (rc == STORE_NOMEM)
		return rc;
	p->status = rc == STORE_OK ? rc : memory_refuse(m, rc);
	if (t)
		topic_hold(t);
	if (rc == STORE_OK)
		publish(p, m, t);
	answer(p, m);
	batch_send(&p->batch, &m->store);
	if (t)
		topic_release(m, t, &p->trash);
	return STORE_OK;
}

int
memory_publish(struct store *s, struct store_space *sp, const char *topic,
    const struct store_message *msg)
{
	struct memory *m = memory_of(s);
	struct publication p = { .msg = msg, .topic = topic };
	struct payload *payload = msg->payload;
	int rc;

	if (flow_full(&m->flow)) {
		payload_unref(&payload);
		return memory_refuse(m, STORE_LIMIT);
	}
	rc = prepare(&p, m);
	if (rc == STORE_OK) {
		p.hash = topic_hash(m, sp, topic);
		pthread_mutex_lock(&m->lock);
		rc = locked(&p, m, sp);
		pthread_mutex_unlock(&m->lock);
	}
	finish(&p);
	return rc;
}
