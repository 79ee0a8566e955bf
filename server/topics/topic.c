/* SPDX-License-Identifier: MIT
 *
 * topic.c - a topic's name and its life.
 *
 * THREADS, MEMORY: see topic.h.
 */
#include "config.h"

#include "topics/topic.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "topics/history.h"
#include "topics/members.h"

void
trash_init(struct trash *t)
{
	list_init(&t->topics);
	list_init(&t->records);
}

void
trash_empty(struct trash *t)
{
	records_free(&t->records);
	LIST_FOREACH_SAFE (n, &t->topics) {
		list_del(n);
		free(container_of(n, struct store_topic, node));
	}
}

uint64_t
topic_hash(
    const struct memory *m, const struct store_space *sp, const char *name)
{
	return memory_hash(m, sp->number, name);
}

struct store_topic *
topic_find(const struct memory *m, const struct store_space *sp,
    const char *name, uint64_t hash)
{
	struct table_node *n;

	for (n = table_first(&m->topics, hash); n; n = table_next(n)) {
		struct store_topic *t =
		    container_of(n, struct store_topic, by_name);

		if (t->space == sp && strcmp(t->name, name) == 0)
			return t;
	}
	return NULL;
}

/* From the wall clock, so that those of another run are others; growing, so
 * that none is given twice when the clock stands or goes back. */
static uint64_t
next_epoch(struct memory *m)
{
	uint64_t now = clock_wall_ms();

	m->epoch = now > m->epoch ? now : m->epoch + 1;
	return m->epoch;
}

static struct store_topic *
new_topic(
    struct memory *m, struct store_space *sp, const char *name, uint64_t hash)
{
	unsigned workers = m->store.n_workers;
	size_t n = strlen(name) + 1;
	struct store_topic *t =
	    calloc(1, sizeof *t + workers * sizeof t->listeners[0] + n);

	if (!t)
		return NULL;
	t->space = sp;
	t->epoch = next_epoch(m);
	t->name = memcpy(&t->listeners[workers], name, n);
	list_init(&t->idle);
	list_init(&t->records);
	list_init(&t->members);
	list_add_tail(&sp->topics, &t->node);
	sp->n_topics++;
	table_add(&m->topics, &t->by_name, hash);
	return t;
}

/* What nobody holds is there for its history alone, and must not keep others
 * out: the longest idle one of the space that has most of them, for that is
 * where too many come from. */
static void
make_way(struct memory *m, struct trash *trash)
{
	struct store_space *most = NULL;
	struct store_topic *t;

	LIST_FOREACH (n, &m->spaces) {
		struct store_space *sp =
		    container_of(n, struct store_space, node);

		if (sp->n_idle > (most ? most->n_idle : 0))
			most = sp;
	}
	if (!most)
		return;
	t = container_of(most->idle.next, struct store_topic, idle);
	history_clear(m, t, trash);
	topic_settle(m, t, trash);
}

int
topic_open(struct memory *m, struct store_space *sp, const char *name,
    uint64_t hash, struct store_topic **tp, struct trash *trash)
{
	*tp = topic_find(m, sp, name, hash);
	if (*tp)
		return STORE_OK;
	if (m->topics.count >= m->limits.topics)
		make_way(m, trash);
	if (m->topics.count >= m->limits.topics)
		return STORE_LIMIT;
	*tp = new_topic(m, sp, name, hash);
	return *tp ? STORE_OK : STORE_NOMEM;
}

static void
set_idle(struct store_topic *t, bool idle)
{
	if (list_linked(&t->idle) == idle)
		return;
	if (idle) {
		list_add_tail(&t->space->idle, &t->idle);
		t->space->n_idle++;
	} else {
		list_del(&t->idle);
		t->space->n_idle--;
	}
}

void
topic_hold(struct store_topic *t)
{
	set_idle(t, false);
	t->users++;
}

void
topic_settle(struct memory *m, struct store_topic *t, struct trash *trash)
{
	set_idle(t, t->users == 0 && t->n_records > 0);
	if (t->users > 0 || t->n_records > 0)
		return;
	table_remove(&m->topics, &t->by_name);
	list_del(&t->node);
	t->space->n_topics--;
	list_add_tail(&trash->topics, &t->node);
}

void
topic_release(struct memory *m, struct store_topic *t, struct trash *trash)
{
	must(t->users > 0);
	t->users--;
	topic_settle(m, t, trash);
}

static void
drop_listeners(struct listeners *l)
{
	while (l->left) {
		struct mail *mail = l->left;

		l->left = mail->next;
		free(container_of(mail, struct store_event, mail));
	}
}

void
topic_end(struct memory *m, struct store_topic *t, struct trash *trash)
{
	history_clear(m, t, trash);
	LIST_FOREACH_SAFE (n, &t->members)
		member_end(m, container_of(n, struct store_member, node));
	for (unsigned w = 0; w < m->store.n_workers; w++)
		drop_listeners(&t->listeners[w]);
	t->users = 0;
	topic_settle(m, t, trash);
}

void
topic_message(const struct store_topic *t, const struct memory *m,
    struct batch *b, uint64_t except, enum store_lose lose, bool stored)
{
	for (unsigned w = 0; w < m->store.n_workers; w++) {
		struct store_event *e;

		if (t->listeners[w].count == 0)
			continue;
		e = batch_event(b, STORE_MESSAGE, w);
		e->audience = t->listeners[w].audience;
		e->u.message.payload = b->payload;
		e->u.message.except = except;
		e->u.message.stored = stored;
		e->u.message.lose = lose;
	}
}
