/* SPDX-License-Identifier: MIT
 *
 * histogram.h - a bounded log-linear histogram of durations.
 *
 * Each power of two is cut into 64 equal parts, so a percentile is at most
 * 1/64 (1.6 %) above the true value, in 18 KiB, whatever is counted. Values
 * past the last bucket (about 18 minutes, in nanoseconds) count in it; the
 * maximum is kept exactly.
 *
 * MEMORY: the caller's; zeroed is empty.
 */
#ifndef CLEAT_TOOLS_HISTOGRAM_H
#define CLEAT_TOOLS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_PART_BITS 6
#define HISTOGRAM_TOP_BITS  40
#define HISTOGRAM_BUCKETS \
	((HISTOGRAM_TOP_BITS - HISTOGRAM_PART_BITS + 1) << HISTOGRAM_PART_BITS)

struct histogram {
	uint64_t count, max;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);

/* The smallest bound that at least `per_mille` thousandths of the values do
 * not exceed, never above the maximum; 0 where nothing was counted. */
uint64_t histogram_percentile(const struct histogram *h, unsigned per_mille);

#endif
