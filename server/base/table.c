/* SPDX-License-Identifier: MIT
 *
 * table.c - linear hashing.
 *
 * The chains are split in their order, each into itself and one at the end;
 * when all have been, it begins anew. Those that have been split, and the new
 * ones, are chosen by one more bit of the hash than the rest.
 *
 * THREADS, MEMORY: see table.h.
 */
#include "config.h"

#include "base/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/must.h"

enum { FIRST_ROOM = 16 };

int
table_init(struct table *t)
{
	*t = (struct table){ .used = FIRST_ROOM, .room = FIRST_ROOM };
	t->chains = calloc(t->room, sizeof t->chains[0]);
	return t->chains ? 0 : -ENOMEM;
}

void
table_fini(struct table *t)
{
	must(t->count == 0);
	free(t->chains);
	t->chains = NULL;
}

/* room is the lowest power of two that is not below used. */
static struct table_node **
chain(const struct table *t, uint64_t hash)
{
	size_t i = hash & (t->room - 1);

	return &t->chains[i < t->used ? i : i - t->room / 2];
}

/* Without memory the chains get longer, that is all. */
static void
split(struct table *t)
{
	struct table_node **from, **into, *n;

	if (t->used == t->room) {
		struct table_node **more =
		    realloc(t->chains, 2 * t->room * sizeof more[0]);

		if (!more)
			return;
		t->chains = more;
		t->room *= 2;
	}
	from = &t->chains[t->used - t->room / 2];
	into = &t->chains[t->used++];
	*into = NULL;
	while ((n = *from))
		if (chain(t, n->hash) == into) {
			*from = n->next;
			n->next = *into;
			*into = n;
		} else {
			from = &n->next;
		}
}

void
table_add(struct table *t, struct table_node *n, uint64_t hash)
{
	struct table_node **head;

	if (t->count >= t->used)
		split(t);
	head = chain(t, hash);
	n->hash = hash;
	n->next = *head;
	*head = n;
	t->count++;
}

void
table_remove(struct table *t, struct table_node *n)
{
	struct table_node **p = chain(t, n->hash);

	while (*p != n) {
		must(*p != NULL);
		p = &(*p)->next;
	}
	*p = n->next;
	n->next = NULL;
	t->count--;
}

static struct table_node *
same(struct table_node *n, uint64_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

struct table_node *
table_first(const struct table *t, uint64_t hash)
{
	return same(*chain(t, hash), hash);
}

struct table_node *
table_next(const struct table_node *n)
{
	return same(n->next, n->hash);
}
