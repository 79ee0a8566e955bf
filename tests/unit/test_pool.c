/* SPDX-License-Identifier: MIT
 *
 * test_pool.c - objects of one size in blocks of their own.
 */
#include "config.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "../suite.h"

enum { MANY = 5000, SIZE = 100 };

static struct pool pool;
static char *all[MANY];

static void
start(void)
{
	pool_init(&pool, SIZE);
}

static void
end(void)
{
	pool_fini(&pool);
}

START_TEST(objects_are_zeroed_aligned_and_apart)
{
	for (int i = 0; i < MANY; i++) {
		all[i] = pool_get(&pool);
		ck_assert_ptr_nonnull(all[i]);
		ck_assert_uint_eq((uintptr_t)all[i] % _Alignof(max_align_t), 0);
		for (int k = 0; k < SIZE; k++)
			if (all[i][k] != 0)
				ck_abort_msg("byte %d is %d", k, all[i][k]);
		memset(all[i], 1 + i % 100, SIZE);
	}
	for (int i = 0; i < MANY; i++)
		for (int k = 0; k < SIZE; k++)
			if (all[i][k] != 1 + i % 100)
				ck_abort_msg("%d has been written over", i);
	for (int i = 0; i < MANY; i++)
		pool_put(&pool, all[i]);
}
END_TEST

START_TEST(one_that_comes_back_is_zeroed_again)
{
	char *a = pool_get(&pool), zeros[SIZE] = "";

	memset(a, 7, SIZE);
	pool_put(&pool, a);
	a = pool_get(&pool);
	ck_assert_int_eq(memcmp(a, zeros, SIZE), 0);
	pool_put(&pool, a);
}
END_TEST

START_TEST(blocks_without_objects_go_but_for_one)
{
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++)
			all[i] = pool_get(&pool);
		for (int i = 0; i < MANY; i++)
			pool_put(&pool, all[(i * 7 + 3) % MANY]);
		ck_assert_uint_le(pool.blocks, 1);
		ck_assert_uint_eq(pool.used, 0);
	}
}
END_TEST

START_TEST(large_objects_are_allocated_one_by_one)
{
	struct pool large;
	char *a, *b;

	pool_init(&large, 100000);
	a = pool_get(&large);
	b = pool_get(&large);
	ck_assert_uint_eq(large.blocks, 0);
	memset(a, 1, 100000);
	ck_assert_int_eq(b[0] | b[99999], 0);
	pool_put(&large, a);
	pool_put(&large, b);
	pool_put(&large, NULL);
	pool_fini(&large);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pool");
	TCase *tc = suite_case(s, "pool");

	tcase_add_checked_fixture(tc, start, end);
	tcase_add_test(tc, objects_are_zeroed_aligned_and_apart);
	tcase_add_test(tc, one_that_comes_back_is_zeroed_again);
	tcase_add_test(tc, blocks_without_objects_go_but_for_one);
	tcase_add_test(tc, large_objects_are_allocated_one_by_one);
	return suite_run_forked(s);
}
