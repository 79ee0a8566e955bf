/* SPDX-License-Identifier: MIT
 *
 * clock.h - monotonic and wall time, replaceable by tests.
 *
 * Everything that measures or waits asks here, so a test that installs its
 * own clock decides when deadlines fire.
 *
 * THREADS: any thread; clock_replace() before other threads exist.
 */
#ifndef CLEAT_BASE_CLOCK_H
#define CLEAT_BASE_CLOCK_H

#include <stdint.h>

/* Monotonic time; its zero means nothing. */
uint64_t clock_ns(void);
uint64_t clock_ms(void);

/* The same, behind by a few milliseconds at most, and several times cheaper. */
uint64_t clock_coarse_ms(void);

/* Milliseconds since 1970. */
uint64_t clock_wall_ms(void);

/* Installs another source of monotonic nanoseconds; NULL restores the real
 * one. */
void clock_replace(uint64_t (*ns)(void));

#endif
