/* SPDX-License-Identifier: MIT
 *
 * stats.h - counters with one writer and many readers.
 *
 * A counter is a plain uint64_t that only its owner thread changes, so that
 * counting costs no locked instruction; any thread may read it and sees some
 * recent whole value. Sums over workers are made by the reader.
 */
#ifndef CLEAT_BASE_STATS_H
#define CLEAT_BASE_STATS_H

#include <stdint.h>

static inline void
stat_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline void
stat_set(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

static inline uint64_t
stat_get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
