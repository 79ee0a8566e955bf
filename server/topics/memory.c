/* SPDX-License-Identifier: MIT
 *
 * memory.c - the embedded store: its parts put together.
 *
 * THREADS: see store.h. MEMORY: freed as a whole, after the workers have
 * stopped and every event is free.
 */
#include "config.h"

#include "topics/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "topics/history.h"
#include "topics/memory_topic.h"
#include "topics/registry.h"
#include "topics/topic.h"

/* So much is forgotten, so many topics are looked at, before others get the
 * lock. */
enum { TICK_STEP = 256, TRIM_STEP = 16 };

/* --- spaces and their bounds -------------------------------------------- */

static struct store_space *
find_space(const struct memory *m, const char *name)
{
	LIST_FOREACH (n, &m->spaces) {
		struct store_space *sp =
		    container_of(n, struct store_space, node);

		if (strcmp(sp->name, name) == 0)
			return sp;
	}
	return NULL;
}

static struct store_space *
new_space(struct memory *m, const char *name)
{
	size_t n = strlen(name) + 1;
	struct store_space *sp = calloc(1, sizeof *sp + n);

	if (!sp)
		return NULL;
	memcpy(sp->name, name, n);
	sp->number = ++m->n_spaces;
	list_init(&sp->topics);
	list_init(&sp->idle);
	list_init(&sp->records);
	list_init(&sp->entries);
	list_add_tail(&m->spaces, &sp->node);
	return sp;
}

static struct store_space *
memory_space(struct store *s, const char *name)
{
	struct memory *m = memory_of(s);
	struct store_space *sp;

	pthread_mutex_lock(&m->lock);
	sp = find_space(m, name);
	if (!sp)
		sp = new_space(m, name);
	pthread_mutex_unlock(&m->lock);
	return sp;
}

static void
memory_set_limits(struct store *s, const struct store_limits *l)
{
	struct memory *m = memory_of(s);

	pthread_mutex_lock(&m->lock);
	m->limits = *l;
	pthread_mutex_unlock(&m->lock);
	s->ops->tick(s);
}

/* The next few topics, which go to the end of the list: so that it may change
 * between two steps. */
static size_t
trim_some(struct memory *m, struct store_space *sp, size_t left)
{
	uint64_t now_ms = clock_ms();
	struct trash trash;

	trash_init(&trash);
	pthread_mutex_lock(&m->lock);
	for (unsigned n = 0; n < TRIM_STEP && left > 0; n++, left--) {
		struct list *first = sp->topics.next;

		if (list_empty(&sp->topics))
			break;
		list_del(first);
		list_add_tail(&sp->topics, first);
		history_trim(m, container_of(first, struct store_topic, node),
		    now_ms, &trash);
	}
	if (list_empty(&sp->topics))
		left = 0;
	pthread_mutex_unlock(&m->lock);
	trash_empty(&trash);
	return left;
}

/* A reload that changes nothing costs nothing. */
static void
memory_set_history(
    struct store *s, struct store_space *sp, const struct store_history *h)
{
	struct memory *m = memory_of(s);
	size_t left = 0;

	pthread_mutex_lock(&m->lock);
	if (memcmp(&sp->history, h, sizeof *h) != 0) {
		sp->history = *h;
		left = sp->n_topics;
	}
	pthread_mutex_unlock(&m->lock);
	while (left > 0)
		left = trim_some(m, sp, left);
}

/* --- now and then ------------------------------------------------------- */

static bool
tick_registry(struct memory *m, uint64_t now_ms)
{
	bool more;

	pthread_mutex_lock(&m->lock);
	more = registry_tick(m, now_ms, TICK_STEP);
	pthread_mutex_unlock(&m->lock);
	return more;
}

static bool
tick_history(struct memory *m, struct store_space *sp, uint64_t now_ms)
{
	struct trash trash;
	bool more;

	trash_init(&trash);
	pthread_mutex_lock(&m->lock);
	more = history_tick(m, sp, now_ms, TICK_STEP, &trash);
	pthread_mutex_unlock(&m->lock);
	trash_empty(&trash);
	return more;
}

/* The next space, or the first; they never go. */
static struct store_space *
next_space(struct memory *m, const struct store_space *sp)
{
	struct list *n;

	pthread_mutex_lock(&m->lock);
	n = sp ? sp->node.next : m->spaces.next;
	pthread_mutex_unlock(&m->lock);
	return n == &m->spaces ? NULL
			       : container_of(n, struct store_space, node);
}

static void
memory_tick(struct store *s)
{
	struct memory *m = memory_of(s);
	uint64_t now_ms = clock_ms();
	struct store_space *sp;

	while (tick_registry(m, now_ms))
		;
	for (sp = next_space(m, NULL); sp; sp = next_space(m, sp))
		while (tick_history(m, sp, now_ms))
			;
}

static void
memory_figures(struct store *s, struct store_figures *f)
{
	struct memory *m = memory_of(s);

	pthread_mutex_lock(&m->lock);
	*f = m->figures;
	f->topics = m->topics.count;
	f->members = m->members.count;
	f->registry_keys = m->entries.count;
	pthread_mutex_unlock(&m->lock);
	f->refused = __atomic_load_n(&m->refused, __ATOMIC_RELAXED);
}

/* --- begin and end ------------------------------------------------------ */

static void
free_spaces(struct memory *m)
{
	LIST_FOREACH_SAFE (n, &m->spaces) {
		list_del(n);
		free(container_of(n, struct store_space, node));
	}
}

/* Whoever is still subscribed goes without a word. */
static void
free_topics(struct memory *m, struct trash *trash)
{
	LIST_FOREACH (s, &m->spaces) {
		struct store_space *sp =
		    container_of(s, struct store_space, node);

		LIST_FOREACH_SAFE (n, &sp->topics)
			topic_end(m, container_of(n, struct store_topic, node),
			    trash);
	}
}

static void
memory_free(struct store *s)
{
	struct memory *m = memory_of(s);
	struct trash trash;

	must(m->flow.events == 0);
	trash_init(&trash);
	free_topics(m, &trash);
	trash_empty(&trash);
	registry_free(m);
	free_spaces(m);
	table_fini(&m->topics);
	table_fini(&m->members);
	table_fini(&m->by_seq);
	table_fini(&m->by_key);
	table_fini(&m->entries);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static const struct store_ops ops = {
	.free = memory_free,
	.space = memory_space,
	.set_limits = memory_set_limits,
	.set_history = memory_set_history,
	.join = memory_join,
	.leave = memory_leave,
	.publish = memory_publish,
	.evict = memory_evict,
	.members = memory_members,
	.put = registry_put,
	.claim = registry_claim,
	.release = registry_release,
	.tick = memory_tick,
	.figures = memory_figures,
};

int
memory_store_new(struct store **out)
{
	struct memory *m = calloc(1, sizeof *m);
	struct store *s;

	if (!m)
		return -ENOMEM;
	m->store.ops = &ops;
	m->limits = (struct store_limits){ UINT64_MAX, UINT64_MAX, UINT64_MAX };
	hash_seed_init(&m->seed);
	list_init(&m->spaces);
	list_init(&m->records);
	pthread_mutex_init(&m->lock, NULL);
	s = &m->store;
	if (table_init(&m->topics) < 0 || table_init(&m->members) < 0 ||
	    table_init(&m->by_seq) < 0 || table_init(&m->by_key) < 0 ||
	    table_init(&m->entries) < 0) {
		memory_free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}
