/* SPDX-License-Identifier: MIT
 *
 * histogram.c - see histogram.h.
 *
 * A value below 64 has a bucket of its own. Above, the position of its
 * highest bit says which power of two, and the six bits below that bit say
 * which part of it.
 *
 * MEMORY: none allocated.
 */
#include "config.h"

#include "histogram.h"

#define PARTS (1u << HISTOGRAM_PART_BITS)

static unsigned
bucket_of(uint64_t value)
{
	if (value < PARTS)
		return (unsigned)value;
	if (value >> HISTOGRAM_TOP_BITS)
		return HISTOGRAM_BUCKETS - 1;
	unsigned shift =
	    63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_PART_BITS;
	return ((shift + 1) << HISTOGRAM_PART_BITS) +
	       (unsigned)((value >> shift) - PARTS);
}

/* The largest value that falls into the bucket. */
static uint64_t
bucket_top(unsigned bucket)
{
	if (bucket < PARTS)
		return bucket;
	unsigned shift = (bucket >> HISTOGRAM_PART_BITS) - 1;
	uint64_t part = (bucket & (PARTS - 1)) + PARTS;
	return ((part + 1) << shift) - 1;
}

void
histogram_add(struct histogram *h, uint64_t value)
{
	h->bucket[bucket_of(value)]++;
	h->count++;
	if (value > h->max)
		h->max = value;
}

uint64_t
histogram_percentile(const struct histogram *h, unsigned per_mille)
{
	/* Rounded up, without overflow for any count that can be reached. */
	uint64_t wanted = (h->count * per_mille + 999) / 1000, seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= wanted && seen > 0) {
			uint64_t top = bucket_top(i);
			return top < h->max && i < HISTOGRAM_BUCKETS - 1
				   ? top
				   : h->max;
		}
	}
	return h->max;
}
