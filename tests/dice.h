/* SPDX-License-Identifier: MIT
 *
 * dice.h - numbers that look random and are the same in each run, so that a
 * failure comes again. CLEAT_SEED in the environment is another beginning.
 */
#ifndef CLEAT_TESTS_DICE_H
#define CLEAT_TESTS_DICE_H

#include <stdint.h>
#include <stdlib.h>

/* The beginning, `usual` unless somebody wants another. */
static inline uint32_t
dice_seed(uint32_t usual)
{
	const char *given = getenv("CLEAT_SEED");

	return given ? (uint32_t)strtoul(given, NULL, 10) : usual;
}

/* One of 0 to n - 1, n at most 65536. */
static inline unsigned
dice(uint32_t *state, unsigned n)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % n;
}

#endif
