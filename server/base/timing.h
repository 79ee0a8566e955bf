/* SPDX-License-Identifier: MIT
 *
 * timing.h - how long something took, each time: a histogram.
 *
 * THREADS: one writer, any readers (base/stats.h). MEMORY: the caller's.
 */
#ifndef CLEAT_BASE_TIMING_H
#define CLEAT_BASE_TIMING_H

#include <stdint.h>

enum { TIMING_BUCKETS = 8 }; /* the last is everything above */

/* Upper ends of the buckets but the last, in nanoseconds. */
extern const uint64_t timing_bounds[TIMING_BUCKETS - 1];

/* All zero: never. */
struct timing {
	uint64_t buckets[TIMING_BUCKETS];
	uint64_t count;
	uint64_t ns; /* their sum */
};

void timing_add(struct timing *, uint64_t ns);
/* What another one has counted, too. */
void timing_merge(struct timing *, const struct timing *);

#endif
