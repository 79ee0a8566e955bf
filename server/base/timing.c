/* SPDX-License-Identifier: MIT
 *
 * timing.c - see timing.h.
 */
#include "config.h"

#include "base/timing.h"

#include "base/stats.h"

const uint64_t timing_bounds[TIMING_BUCKETS - 1] = { 1000, 10000, 100000,
	1000000, 10000000, 100000000, 1000000000 };

void
timing_add(struct timing *t, uint64_t ns)
{
	unsigned i = 0;

	while (i < TIMING_BUCKETS - 1 && ns > timing_bounds[i])
		i++;
	stat_add(&t->buckets[i], 1);
	stat_add(&t->count, 1);
	stat_add(&t->ns, ns);
}

void
timing_merge(struct timing *t, const struct timing *more)
{
	for (unsigned i = 0; i < TIMING_BUCKETS; i++)
		t->buckets[i] += stat_get(&more->buckets[i]);
	t->count += stat_get(&more->count);
	t->ns += stat_get(&more->ns);
}
