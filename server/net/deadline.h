/* SPDX-License-Identifier: MIT
 *
 * deadline.h - a heap of the moments at which something is due.
 *
 * A binary heap of pointers, soonest first. Arming, moving and clearing cost
 * O(log n); asking for the soonest costs nothing. Users speak to the loop
 * (loop.h), which owns one heap and looks at it in every round.
 *
 * THREADS: the loop's. MEMORY: 8 bytes for each armed deadline; the
 * deadlines are the caller's, embedded in its own structs.
 */
#ifndef CLEAT_NET_DEADLINE_H
#define CLEAT_NET_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

/* Something that is due; `slot` is 0 while it is not armed. */
struct deadline {
	void (*due)(struct deadline *);
	uint64_t at_ms;
	uint32_t slot;
};

/* All zero: empty. Slot 0 is never used. */
struct deadline_heap {
	struct deadline **slots;
	uint32_t count, room;
};

void deadline_heap_fini(struct deadline_heap *);

/* Arms or moves; 0 or -ENOMEM (never when it was armed). */
int
deadline_heap_set(struct deadline_heap *, struct deadline *, uint64_t at_ms);
void deadline_heap_clear(struct deadline_heap *, struct deadline *);

/* The soonest, NULL when nothing is armed. */
struct deadline *deadline_heap_first(const struct deadline_heap *);

#endif
