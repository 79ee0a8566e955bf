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
	timing_add(&m->wall, clock_ns() - s->wall_ns);
	if (s->weight)
		stat_add(&m->cpu_ns, (cpu_ns() - s->cpu_ns) * s->weight);
}
