/* SPDX-License-Identifier: MIT
 *
 * bucket.h - how much of something may come, and how fast.
 *
 * A token bucket in one number: the moment at which it will be full again. A
 * moment that has passed is a full bucket, so all zero is one, too. What is
 * taken moves the moment by the time that it takes to flow back.
 *
 * THREADS: the user's. MEMORY: none.
 */
#ifndef CLEAT_BASE_BUCKET_H
#define CLEAT_BASE_BUCKET_H

#include <stdint.h>

#define BUCKET_SECOND_NS UINT64_C(1000000000)

/* Takes what needs `cost_ns` to flow back from a bucket that needs `room_ns`
 * to be filled. 0, or for how long there is not so much in it; then nothing
 * has been taken. */
static inline uint64_t
bucket_take(
    uint64_t *full_ns, uint64_t now_ns, uint64_t cost_ns, uint64_t room_ns)
{
	uint64_t from = *full_ns > now_ns ? *full_ns : now_ns;

	if (from + cost_ns > now_ns + room_ns)
		return from + cost_ns - (now_ns + room_ns);
	*full_ns = from + cost_ns;
	return 0;
}

#endif
