/* SPDX-License-Identifier: MIT
 *
 * history.c - records: linked in, found, forgotten, given again.
 *
 * Each is on three lists, so that the oldest of its topic, of its space (for
 * the age, which is the space's) and of all are found without a search; and in
 * two tables, for erasures and for keys.
 *
 * THREADS, MEMORY: see history.h.
 */
#include "config.h"

#include "topics/history.h"

#include <stdlib.h>
#include <string.h>

#include "net/payload.h"
#include "topics/topic.h"

struct record *
record_new(struct payload *p, const char *key)
{
	size_t n = key ? strlen(key) + 1 : 0;
	struct record *r = malloc(sizeof *r + n);

	if (!r)
		return NULL;
	*r = (struct record){
		.payload = payload_ref(p),
		.cost = sizeof *r + n + sizeof *p + p->len,
		.keyed = key != NULL,
	};
	if (key)
		memcpy(r->key, key, n);
	list_init(&r->of_topic);
	return r;
}

void
record_free(struct record **rp)
{
	struct record *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	payload_unref(&r->payload);
	free(r);
}

void
records_free(struct list *l)
{
	LIST_FOREACH_SAFE (n, l) {
		struct record *r = container_of(n, struct record, of_topic);

		record_free(&r);
	}
	list_init(l);
}

/* --- finding ------------------------------------------------------------ */

static uint64_t
hash_seq(const struct memory *m, const struct store_topic *t, uint64_t seq)
{
	return hash_name(&m->seed, t->epoch, &seq, sizeof seq);
}

struct record *
history_by_key(
    const struct memory *m, const struct store_topic *t, const char *key)
{
	uint64_t hash = memory_hash(m, t->epoch, key);
	struct table_node *n;

	for (n = table_first(&m->by_key, hash); n; n = table_next(n)) {
		struct record *r = container_of(n, struct record, by_key);

		if (r->topic == t && strcmp(r->key, key) == 0)
			return r;
	}
	return NULL;
}

struct record *
history_by_seq(
    const struct memory *m, const struct store_topic *t, uint64_t seq)
{
	uint64_t hash = hash_seq(m, t, seq);
	struct table_node *n;

	for (n = table_first(&m->by_seq, hash); n; n = table_next(n)) {
		struct record *r = container_of(n, struct record, by_seq);

		if (r->topic == t && r->seq == seq)
			return r;
	}
	return NULL;
}

/* --- in and out --------------------------------------------------------- */

void
history_erase(struct memory *m, struct record *r, struct trash *trash)
{
	struct store_topic *t = r->topic;

	table_remove(&m->by_seq, &r->by_seq);
	if (r->keyed)
		table_remove(&m->by_key, &r->by_key);
	list_del(&r->of_all);
	list_del(&r->of_space);
	list_del(&r->of_topic);
	list_add_tail(&trash->records, &r->of_topic);
	t->n_records--;
	t->bytes -= r->cost;
	m->figures.history_messages--;
	m->figures.history_bytes -= r->cost;
}

static void
forget(struct memory *m, struct record *r, struct trash *trash)
{
	r->topic->floor = r->seq;
	m->figures.forgotten++;
	history_erase(m, r, trash);
}

static struct record *
oldest(const struct store_topic *t)
{
	return container_of(t->records.next, struct record, of_topic);
}

void
history_clear(struct memory *m, struct store_topic *t, struct trash *trash)
{
	while (t->n_records > 0)
		forget(m, oldest(t), trash);
}

/* Threads read the clock before they take the lock: the newest may be from
 * after `now`. */
static bool
too_old(const struct record *r, uint64_t now_ms)
{
	uint64_t age_ms = r->topic->space->history.age_ms;

	return age_ms > 0 && now_ms > r->at_ms && now_ms - r->at_ms >= age_ms;
}

void
history_trim(struct memory *m, struct store_topic *t, uint64_t now_ms,
    struct trash *trash)
{
	const struct store_history *h = &t->space->history;

	while (t->n_records > 0 && (t->n_records > h->messages ||
				       (h->bytes > 0 && t->bytes > h->bytes) ||
				       too_old(oldest(t), now_ms)))
		forget(m, oldest(t), trash);
	topic_settle(m, t, trash);
}

/* The oldest of all; true: there was one too many. */
static bool
fit(struct memory *m, struct trash *trash)
{
	struct record *r;
	struct store_topic *t;

	if (m->figures.history_bytes <= m->limits.history_bytes)
		return false;
	r = container_of(m->records.next, struct record, of_all);
	t = r->topic;
	forget(m, r, trash);
	topic_settle(m, t, trash);
	return true;
}

void
history_add(struct memory *m, struct store_topic *t, struct record *r,
    uint64_t now_ms, struct trash *trash)
{
	if (t->space->history.messages == 0) {
		t->floor = t->seq;
		list_add_tail(&trash->records, &r->of_topic);
		return;
	}
	r->topic = t;
	r->seq = t->seq;
	r->at_ms = now_ms;
	table_add(&m->by_seq, &r->by_seq, hash_seq(m, t, r->seq));
	if (r->keyed)
		table_add(
		    &m->by_key, &r->by_key, memory_hash(m, t->epoch, r->key));
	list_add_tail(&m->records, &r->of_all);
	list_add_tail(&t->space->records, &r->of_space);
	list_add_tail(&t->records, &r->of_topic);
	t->n_records++;
	t->bytes += r->cost;
	m->figures.history_messages++;
	m->figures.history_bytes += r->cost;
	history_trim(m, t, now_ms, trash);
	while (fit(m, trash))
		;
}

bool
history_tick(struct memory *m, struct store_space *sp, uint64_t now_ms,
    unsigned most, struct trash *trash)
{
	unsigned n = 0;

	while (n < most && fit(m, trash))
		n++;
	while (n < most && !list_empty(&sp->records)) {
		struct record *r =
		    container_of(sp->records.next, struct record, of_space);
		struct store_topic *t = r->topic;

		if (!too_old(r, now_ms))
			break;
		forget(m, r, trash);
		topic_settle(m, t, trash);
		n++;
	}
	return n == most;
}

/* --- given again -------------------------------------------------------- */

/* How many, counted from the newest, are to be given. False: `max` has left
 * some out. */
static bool
count_missed(const struct store_topic *t, const struct store_join *j,
    uint64_t behind, uint32_t *n)
{
	for (struct list *l = t->records.prev; l != &t->records; l = l->prev) {
		struct record *r = container_of(l, struct record, of_topic);

		if (r->seq <= behind)
			break;
		if (j->max > 0 && *n == j->max)
			return false;
		++*n;
	}
	return true;
}

static void
fill(const struct store_topic *t, struct payload **missed, uint32_t n,
    size_t *bytes)
{
	struct list *l = t->records.prev;

	while (n > 0) {
		struct record *r = container_of(l, struct record, of_topic);

		missed[--n] = payload_ref(r->payload);
		*bytes += r->payload->len;
		l = l->prev;
	}
}

bool
history_resume(const struct store_topic *t, const struct store_join *j,
    struct store_event *joined, size_t *bytes)
{
	bool known = j->epoch == t->epoch && j->seq <= t->seq;
	uint64_t behind = known ? j->seq : 0;
	uint32_t n = 0;
	bool all;

	joined->u.joined.complete = true;
	if (!j->resume)
		return true;
	all = count_missed(t, j, behind, &n);
	if (n > 0) {
		joined->u.joined.missed = malloc(n * sizeof(struct payload *));
		if (!joined->u.joined.missed)
			return false;
		fill(t, joined->u.joined.missed, n, bytes);
	}
	joined->u.joined.n_missed = n;
	joined->u.joined.complete = known && all && behind >= t->floor;
	return true;
}
