/* SPDX-License-Identifier: MIT
 *
 * members.c - members come, count, are copied, go.
 *
 * THREADS, MEMORY: see members.h.
 */
#include "config.h"

#include "topics/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "net/payload.h"

struct store_member *
member_new(struct memory *m, const struct store_join *j)
{
	size_t n = strlen(j->member) + 1;
	struct store_member *who = malloc(sizeof *who + n);

	if (!who)
		return NULL;
	*who = (struct store_member){ .refs = 1,
		.info = strdup(j->info ? j->info : "") };
	memcpy(who->name, j->member, n);
	if (j->last) {
		who->last = batch_new(&m->flow, m->store.n_workers, 0);
		if (who->last)
			who->last->payload = payload_ref(j->last);
	}
	if (!who->info || (j->last && !who->last))
		member_unref(&who);
	return who;
}

struct store_member *
member_ref(struct store_member *who)
{
	__atomic_add_fetch(&who->refs, 1, __ATOMIC_RELAXED);
	return who;
}

void
member_unref(struct store_member **mp)
{
	struct store_member *who = *mp;

	*mp = NULL;
	if (!who || __atomic_sub_fetch(&who->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	batch_free(&who->last);
	free(who->info);
	free(who);
}

struct store_member *
member_find(
    const struct memory *m, const struct store_topic *t, const char *name)
{
	uint64_t hash = memory_hash(m, t->epoch, name);
	struct table_node *n;

	for (n = table_first(&m->members, hash); n; n = table_next(n)) {
		struct store_member *who =
		    container_of(n, struct store_member, by_name);

		if (who->topic == t && strcmp(who->name, name) == 0)
			return who;
	}
	return NULL;
}

static void
swap_words(struct store_member *a, struct store_member *b)
{
	char *info = a->info;
	struct batch *last = a->last;

	a->info = b->info;
	a->last = b->last;
	b->info = info;
	b->last = last;
}

struct store_member *
member_join(struct memory *m, struct store_topic *t, struct store_member **mp)
{
	struct store_member *given = *mp;
	struct store_member *there = member_find(m, t, given->name);

	if (there) {
		there->conns++;
		swap_words(there, given);
		*mp = there;
		return given;
	}
	given->topic = t;
	given->conns = 1;
	list_add_tail(&t->members, &given->node);
	table_add(&m->members, &given->by_name,
	    memory_hash(m, t->epoch, given->name));
	t->n_members++;
	return NULL;
}

bool
member_leave(struct memory *m, struct store_member *who)
{
	must(who->conns > 0);
	if (--who->conns > 0)
		return false;
	table_remove(&m->members, &who->by_name);
	list_del(&who->node);
	who->topic->n_members--;
	return true;
}

void
member_end(struct memory *m, struct store_member *who)
{
	who->conns = 1;
	(void)member_leave(m, who);
	member_unref(&who);
}

/* --- copies ------------------------------------------------------------- */

struct members_copy {
	size_t n;
	struct {
		unsigned conns;
		size_t name, info; /* where in the text */
	} of[];			   /* then the text */
};

static size_t
append(char *text, size_t *used, const char *s)
{
	size_t at = *used, n = strlen(s) + 1;

	memcpy(text + at, s, n);
	*used += n;
	return at;
}

struct members_copy *
members_copy(const struct store_topic *t)
{
	size_t text = 0, used = 0, i = 0;
	struct members_copy *c;

	LIST_FOREACH (n, &t->members) {
		struct store_member *who =
		    container_of(n, struct store_member, node);

		text += strlen(who->name) + strlen(who->info) + 2;
	}
	c = malloc(sizeof *c + t->n_members * sizeof c->of[0] + text);
	if (!c)
		return NULL;
	c->n = t->n_members;
	LIST_FOREACH (n, &t->members) {
		struct store_member *who =
		    container_of(n, struct store_member, node);

		c->of[i].conns = who->conns;
		c->of[i].name = append((char *)&c->of[c->n], &used, who->name);
		c->of[i].info = append((char *)&c->of[c->n], &used, who->info);
		i++;
	}
	return c;
}

void
members_call(struct members_copy **cp,
    int (*fn)(void *, const char *, const char *, unsigned), void *arg)
{
	struct members_copy *c = *cp;
	const char *text;

	*cp = NULL;
	if (!c)
		return;
	text = (const char *)&c->of[c->n];
	for (size_t i = 0; i < c->n; i++)
		if (fn(arg, text + c->of[i].name, text + c->of[i].info,
			c->of[i].conns) != 0)
			break;
	free(c);
}
