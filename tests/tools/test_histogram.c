/* SPDX-License-Identifier: MIT
 *
 * test_histogram.c - percentiles: exact where small, bounded everywhere.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "histogram.h"
#include "../suite.h"

START_TEST(an_empty_one_knows_only_zero)
{
	struct histogram h = { .count = 0 };

	ck_assert_uint_eq(histogram_percentile(&h, 500), 0);
	ck_assert_uint_eq(histogram_percentile(&h, 1000), 0);
}
END_TEST

START_TEST(one_value_is_every_percentile)
{
	struct histogram h = { .count = 0 };

	histogram_add(&h, 123457);
	ck_assert_uint_eq(histogram_percentile(&h, 1), 123457);
	ck_assert_uint_eq(histogram_percentile(&h, 1000), 123457);
}
END_TEST

START_TEST(small_values_are_exact)
{
	struct histogram h = { .count = 0 };

	for (uint64_t v = 1; v <= 50; v++)
		histogram_add(&h, v);
	ck_assert_uint_eq(histogram_percentile(&h, 20), 1);
	ck_assert_uint_eq(histogram_percentile(&h, 500), 25);
	ck_assert_uint_eq(histogram_percentile(&h, 501), 26);
	ck_assert_uint_eq(histogram_percentile(&h, 1000), 50);
}
END_TEST

START_TEST(the_error_is_at_most_a_sixty_fourth)
{
	for (uint64_t v = 1; v < UINT64_C(1) << 39; v = v * 9 / 7 + 1) {
		struct histogram h = { .count = 0 };
		uint64_t got;

		histogram_add(&h, v);
		histogram_add(&h, UINT64_C(1) << 39);
		got = histogram_percentile(&h, 500);
		ck_assert_uint_ge(got, v);
		ck_assert_uint_le(got - v, v / 64);
	}
}
END_TEST

START_TEST(what_is_past_the_end_counts_and_the_maximum_is_exact)
{
	struct histogram h = { .count = 0 };

	histogram_add(&h, UINT64_MAX);
	histogram_add(&h, 7);
	ck_assert_uint_eq(h.count, 2);
	ck_assert_uint_eq(histogram_percentile(&h, 500), 7);
	ck_assert_uint_eq(histogram_percentile(&h, 999), UINT64_MAX);
	ck_assert_uint_eq(h.max, UINT64_MAX);
}
END_TEST

START_TEST(percentiles_do_not_fall)
{
	struct histogram h = { .count = 0 };
	uint64_t before = 0;

	for (uint64_t v = 3; v < UINT64_C(1) << 45; v = v * 5 / 3)
		histogram_add(&h, v);
	for (unsigned p = 1; p <= 1000; p++) {
		uint64_t now = histogram_percentile(&h, p);

		ck_assert_uint_ge(now, before);
		before = now;
	}
	ck_assert_uint_eq(before, h.max);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tc = suite_case(suite, "histogram");

	tcase_add_test(tc, an_empty_one_knows_only_zero);
	tcase_add_test(tc, one_value_is_every_percentile);
	tcase_add_test(tc, small_values_are_exact);
	tcase_add_test(tc, the_error_is_at_most_a_sixty_fourth);
	tcase_add_test(
	    tc, what_is_past_the_end_counts_and_the_maximum_is_exact);
	tcase_add_test(tc, percentiles_do_not_fall);
	return suite_run_forked(suite);
}
