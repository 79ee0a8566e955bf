/* SPDX-License-Identifier: MIT
 *
 * measure.h - how long a handler's callbacks take.
 *
 * Reading a clock costs more than an echo, so of the callbacks that come per
 * message one in MEASURE_EVERY is timed, and of those one in
 * MEASURE_CPU_EVERY also by the thread's own CPU clock; the others are timed
 * always. CPU seconds are thus an estimate.
 *
 * THREADS: written by one thread at a time (the route's), read by any.
 * MEMORY: the instance's.
 */
#ifndef CLEAT_HOST_MEASURE_H
#define CLEAT_HOST_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/timing.h"

enum callback {
#define CALLBACK(NAME, text, kind) CALLBACK_##NAME,
#include "host/callbacks.def"
	CALLBACKS
};

enum {
	MEASURE_EVERY = 64,
	MEASURE_CPU_EVERY = 8,
};

struct measure {
	struct timing wall; /* of those that were timed */
	uint64_t cpu_ns;    /* estimated, of all */
};

/* One callback while it runs. */
struct stopwatch {
	uint64_t coarse_ms;
	uint64_t wall_ns, cpu_ns; /* 0: not timed */
	uint64_t weight;	  /* how many callbacks its CPU stands for */
};

extern const char *const callback_names[CALLBACKS];

/* The slow paths of the two below. */
void measure_begin(struct stopwatch *, uint64_t weight);
void measure_end(struct measure *, const struct stopwatch *);

#endif
