/* SPDX-License-Identifier: MIT
 *
 * conns.c - see conns.h.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include "net/conns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "net/conn.h"

enum { FIRST_ROOM = 64 };

int
conns_init(struct conns *t)
{
	*t = (struct conns){ .room = FIRST_ROOM };
	t->chains = calloc(t->room, sizeof t->chains[0]);
	return t->chains ? 0 : -ENOMEM;
}

void
conns_fini(struct conns *t)
{
	must(t->count == 0);
	free(t->chains);
	t->chains = NULL;
}

static struct conn **
chain(const struct conns *t, uint64_t id)
{
	return &t->chains[id & (t->room - 1)];
}

static void
link_in(struct conns *t, struct conn *c)
{
	struct conn **head = chain(t, c->id);

	c->bucket_next = *head;
	*head = c;
}

/* Without memory the chains get longer, that is all. */
static void
grow(struct conns *t)
{
	struct conns old = *t;

	t->room *= 2;
	t->chains = calloc(t->room, sizeof t->chains[0]);
	if (!t->chains) {
		*t = old;
		return;
	}
	for (size_t i = 0; i < old.room; i++)
		while (old.chains[i]) {
			struct conn *c = old.chains[i];

			old.chains[i] = c->bucket_next;
			link_in(t, c);
		}
	free(old.chains);
}

void
conns_add(struct conns *t, struct conn *c)
{
	if (t->count == t->room)
		grow(t);
	link_in(t, c);
	t->count++;
}

void
conns_remove(struct conns *t, struct conn *c)
{
	struct conn **p = chain(t, c->id);

	while (*p != c) {
		must(*p != NULL);
		p = &(*p)->bucket_next;
	}
	*p = c->bucket_next;
	c->bucket_next = NULL;
	t->count--;
}

struct conn *
conns_find(const struct conns *t, uint64_t id)
{
	struct conn *c = *chain(t, id);

	while (c && c->id != id)
		c = c->bucket_next;
	return c;
}

void
conns_each(const struct conns *t, void (*fn)(struct conn *, void *), void *arg)
{
	for (size_t i = 0; i < t->room; i++)
		for (struct conn *c = t->chains[i]; c; c = c->bucket_next)
			fn(c, arg);
}
