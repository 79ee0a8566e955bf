/* SPDX-License-Identifier: MIT
 *
 * test_clock.c - monotonic and wall time, replaceable by tests.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "../suite.h"

static uint64_t
five_seconds(void)
{
	return UINT64_C(5000000000);
}

START_TEST(monotonic_time_never_goes_back)
{
	uint64_t before = clock_ns();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_ns();

		ck_assert_uint_ge(now, before);
		before = now;
	}
}
END_TEST

START_TEST(a_replaced_clock_decides)
{
	clock_replace(five_seconds);
	ck_assert_uint_eq(clock_ns(), UINT64_C(5000000000));
	ck_assert_uint_eq(clock_ms(), 5000);
	clock_replace(NULL);
	ck_assert_uint_ne(clock_ns(), UINT64_C(5000000000));
}
END_TEST

START_TEST(wall_time_is_the_calendars)
{
	uint64_t before = (uint64_t)time(NULL) * 1000;

	ck_assert_uint_ge(clock_wall_ms() + 1000, before);
	ck_assert_uint_lt(clock_wall_ms(), before + 60000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tc = suite_case(suite, "clock");

	tcase_add_test(tc, monotonic_time_never_goes_back);
	tcase_add_test(tc, a_replaced_clock_decides);
	tcase_add_test(tc, wall_time_is_the_calendars);
	return suite_run_forked(suite);
}
