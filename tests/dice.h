/* SPDX-License-Identifier: MIT
 *
 * dice.h - numbers that look random and are the same in each run, so that a
 * failure comes again.
 */
#ifndef CLEAT_TESTS_DICE_H
#define CLEAT_TESTS_DICE_H

#include <stdint.h>

/* One of 0 to n - 1, n at most 65536. */
static inline unsigned
dice(uint32_t *state, unsigned n)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % n;
}

#endif
