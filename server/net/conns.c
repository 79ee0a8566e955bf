/* SPDX-License-Identifier: MIT
 *
 * conns.c - see conns.h. Linear probing: a connection stands in the place that
 * its id gives it, or in the first free one behind. Who is removed lets those
 * behind move up, so that there are no marks of former ones.
 *
 * THREADS, MEMORY: see conns.h.
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
	t->places = calloc(t->room, sizeof t->places[0]);
	return t->places ? 0 : -ENOMEM;
}

void
conns_fini(struct conns *t)
{
	must(t->count == 0);
	free(t->places);
	t->places = NULL;
}

/* Ids count upwards: multiplied, those that stay do not stand in the way of
 * those that come. */
static size_t
home(const struct conns *t, uint64_t id)
{
	return (id * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (t->room - 1);
}

static size_t
behind(const struct conns *t, size_t at)
{
	return (at + 1) & (t->room - 1);
}

/* Where it is, or the free place that ends the search. */
static size_t
search(const struct conns *t, uint64_t id)
{
	size_t at = home(t, id);

	while (t->places[at] && t->places[at]->id != id)
		at = behind(t, at);
	return at;
}

static int
grow(struct conns *t)
{
	struct conns old = *t;

	t->room *= 2;
	t->places = calloc(t->room, sizeof t->places[0]);
	if (!t->places) {
		*t = old;
		return -ENOMEM;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.places[i])
			t->places[search(t, old.places[i]->id)] = old.places[i];
	free(old.places);
	return 0;
}

int
conns_add(struct conns *t, struct conn *c)
{
	/* One place at least is free, or nobody's search would end. */
	if (t->count >= t->room / 8 * 7 && grow(t) != 0 &&
	    t->count + 1 == t->room)
		return -ENOMEM;
	t->places[search(t, c->id)] = c;
	t->count++;
	return 0;
}

void
conns_remove(struct conns *t, struct conn *c)
{
	size_t gap = search(t, c->id), at = gap;

	if (!t->places[gap])
		return;
	while (t->places[at = behind(t, at)]) {
		size_t from = home(t, t->places[at]->id);

		/* May it stand in the gap: is that not before its home? */
		if (((at - from) & (t->room - 1)) <
		    ((at - gap) & (t->room - 1)))
			continue;
		t->places[gap] = t->places[at];
		gap = at;
	}
	t->places[gap] = NULL;
	t->count--;
}

struct conn *
conns_find(const struct conns *t, uint64_t id)
{
	return t->places[search(t, id)];
}

void
conns_each(const struct conns *t, void (*fn)(struct conn *, void *), void *arg)
{
	for (size_t i = 0; i < t->room; i++)
		if (t->places[i])
			fn(t->places[i], arg);
}
