/* SPDX-License-Identifier: MIT
 *
 * measure.c - how long a handler's callbacks take.
 *
 * THREADS, MEMORY: see measure.h.
 */
#include "config.h"

#include "host/measure.h"

#include <time.h>

#include "base/clock.h"
#include "base/stats.h"

const uint64_t measure_bounds[MEASURE_BUCKETS - 1] = { 1000, 10000, 100000,
	1000000, 10000000, 100000000, 1000000000 };

const char *const callback_names[CALLBACKS] = {
#define CALLBACK(NAME, text, kind) [CALLBACK_##NAME] = text,
#include "host/callbacks.def"
};

static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void
measure_begin(struct stopwatch *s, uint64_t weight)
{
	s->weight = weight;
	s->cpu_ns = weight ? cpu_ns() : 0;
	s->wall_ns = clock_ns();
}

void
measure_end(struct measure *m, const struct stopwatch *s)
{
	uint64_t took = clock_ns() - s->wall_ns;
	unsigned i = 0;

	while (i < MEASURE_BUCKETS - 1 && took > measure_bounds[i])
		i++;
	stat_add(&m->buckets[i], 1);
	stat_add(&m->timed, 1);
	stat_add(&m->ns, took);
	if (s->weight)
		stat_add(&m->cpu_ns, (cpu_ns() - s->cpu_ns) * s->weight);
}
