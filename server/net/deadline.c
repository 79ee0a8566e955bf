/* SPDX-License-Identifier: MIT
 *
 * deadline.c - a binary heap with its root in slot 1.
 *
 * Each deadline knows its slot, so that moving one that is armed needs no
 * search. The array only grows: what was armed once can be armed again.
 *
 * THREADS: the loop's. MEMORY: the array of pointers.
 */
#include "config.h"

#include "net/deadline.h"

#include <errno.h>
#include <stdlib.h>

#include "base/must.h"

enum { ROOT = 1, FIRST_ROOM = 64 };

void
deadline_heap_fini(struct deadline_heap *h)
{
	free(h->slots);
	*h = (struct deadline_heap){ 0 };
}

static void
put(struct deadline_heap *h, uint32_t slot, struct deadline *d)
{
	h->slots[slot] = d;
	d->slot = slot;
}

static void
sift_up(struct deadline_heap *h, struct deadline *d)
{
	uint32_t slot = d->slot;

	while (slot > ROOT && h->slots[slot / 2]->at_ms > d->at_ms) {
		put(h, slot, h->slots[slot / 2]);
		slot /= 2;
	}
	put(h, slot, d);
}

static void
sift_down(struct deadline_heap *h, struct deadline *d)
{
	uint32_t slot = d->slot;

	for (;;) {
		uint32_t child = slot * 2;

		if (child < h->count &&
		    h->slots[child + 1]->at_ms < h->slots[child]->at_ms)
			child++;
		if (child > h->count || h->slots[child]->at_ms >= d->at_ms)
			break;
		put(h, slot, h->slots[child]);
		slot = child;
	}
	put(h, slot, d);
}

static int
grow(struct deadline_heap *h)
{
	uint32_t room = h->room ? h->room * 2 : FIRST_ROOM;
	struct deadline **slots =
	    realloc(h->slots, (size_t)room * sizeof h->slots[0]);

	if (!slots)
		return -ENOMEM;
	h->slots = slots;
	h->room = room;
	return 0;
}

int
deadline_heap_set(struct deadline_heap *h, struct deadline *d, uint64_t at_ms)
{
	if (d->slot == 0) {
		if (h->count + ROOT >= h->room && grow(h) != 0)
			return -ENOMEM;
		d->at_ms = at_ms;
		put(h, ++h->count, d);
		sift_up(h, d);
		return 0;
	}
	must(h->slots[d->slot] == d);
	d->at_ms = at_ms;
	sift_up(h, d);
	sift_down(h, d);
	return 0;
}

void
deadline_heap_clear(struct deadline_heap *h, struct deadline *d)
{
	uint32_t slot = d->slot;
	struct deadline *last;

	if (slot == 0)
		return;
	must(h->slots[slot] == d);
	last = h->slots[h->count--];
	d->slot = 0;
	if (last == d)
		return;
	put(h, slot, last);
	sift_up(h, last);
	sift_down(h, last);
}

struct deadline *
deadline_heap_first(const struct deadline_heap *h)
{
	return h->count > 0 ? h->slots[ROOT] : NULL;
}
