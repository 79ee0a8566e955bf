/* SPDX-License-Identifier: MIT
 *
 * test_deadline.c - the heap against what it must be: sorted.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "net/deadline.h"
#include "../suite.h"

enum { N = 500 };

START_TEST(clearing_what_is_not_armed_changes_nothing)
{
	struct deadline_heap h = { 0 };
	struct deadline a = { 0 }, b = { 0 };

	deadline_heap_clear(&h, &a);
	ck_assert_ptr_null(deadline_heap_first(&h));
	ck_assert_int_eq(deadline_heap_set(&h, &a, 5), 0);
	deadline_heap_clear(&h, &b);
	ck_assert_ptr_eq(deadline_heap_first(&h), &a);
	deadline_heap_fini(&h);
}
END_TEST

START_TEST(the_soonest_comes_first_whatever_was_moved_or_cleared)
{
	static struct deadline d[N];
	struct deadline_heap h = { 0 };
	uint64_t last = 0;
	size_t left = 0;

	srand(1);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(
		    deadline_heap_set(&h, &d[i], (uint64_t)rand() % 1000), 0);
	for (int i = 0; i < N; i += 3)
		ck_assert_int_eq(
		    deadline_heap_set(&h, &d[i], (uint64_t)rand() % 1000), 0);
	for (int i = 0; i < N; i += 5)
		deadline_heap_clear(&h, &d[i]);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(d[i].slot != 0, i % 5 != 0);
		left += d[i].slot != 0;
	}
	for (struct deadline *f; (f = deadline_heap_first(&h)); left--) {
		ck_assert_uint_ge(f->at_ms, last);
		last = f->at_ms;
		deadline_heap_clear(&h, f);
		ck_assert_uint_eq(f->slot, 0);
	}
	ck_assert_uint_eq(left, 0);
	deadline_heap_fini(&h);
}
END_TEST

START_TEST(one_that_is_moved_is_there_once)
{
	struct deadline_heap h = { 0 };
	struct deadline a = { 0 }, b = { 0 };

	ck_assert_int_eq(deadline_heap_set(&h, &a, 10), 0);
	ck_assert_int_eq(deadline_heap_set(&h, &b, 20), 0);
	ck_assert_int_eq(deadline_heap_set(&h, &a, 30), 0);
	ck_assert_ptr_eq(deadline_heap_first(&h), &b);
	deadline_heap_clear(&h, &b);
	ck_assert_ptr_eq(deadline_heap_first(&h), &a);
	deadline_heap_clear(&h, &a);
	ck_assert_ptr_null(deadline_heap_first(&h));
	deadline_heap_fini(&h);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("deadline");
	TCase *tc = suite_case(s, "deadline");

	tcase_add_test(tc, clearing_what_is_not_armed_changes_nothing);
	tcase_add_test(
	    tc, the_soonest_comes_first_whatever_was_moved_or_cleared);
	tcase_add_test(tc, one_that_is_moved_is_there_once);
	return suite_run_forked(s);
}
