/* SPDX-License-Identifier: MIT
 *
 * clock.c - monotonic and wall time, replaceable by tests.
 *
 * clock_gettime() is answered by the vDSO without entering the kernel, so
 * nothing is cached here.
 */
#include "config.h"

#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static uint64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts); /* cannot fail for the two ids used here */
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t
real_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static uint64_t (*source)(void) = real_ns;

uint64_t
clock_ns(void)
{
	return source();
}

uint64_t
clock_ms(void)
{
	return source() / 1000000u;
}

uint64_t
clock_coarse_ms(void)
{
	if (source != real_ns)
		return clock_ms();
	return read_clock(CLOCK_MONOTONIC_COARSE) / 1000000u;
}

uint64_t
clock_wall_ms(void)
{
	return read_clock(CLOCK_REALTIME) / 1000000u;
}

void
clock_replace(uint64_t (*ns)(void))
{
	source = ns ? ns : real_ns;
}
