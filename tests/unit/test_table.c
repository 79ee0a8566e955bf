/* SPDX-License-Identifier: MIT
 *
 * test_table.c - the hash table and the hash: found, not found, never lost
 * while it grows.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"
#include "../suite.h"

enum { MANY = 5000 };

struct thing {
	struct table_node node;
	uint64_t number;
};

static struct thing things[MANY];

static struct thing *
find(const struct table *t, uint64_t hash, uint64_t number)
{
	struct table_node *n;

	for (n = table_first(t, hash); n; n = table_next(n)) {
		struct thing *x = container_of(n, struct thing, node);

		if (x->number == number)
			return x;
	}
	return NULL;
}

START_TEST(an_empty_table_finds_nothing)
{
	struct table t;

	ck_assert_int_eq(table_init(&t), 0);
	ck_assert_ptr_null(table_first(&t, 1));
	table_fini(&t);
}
END_TEST

START_TEST(all_is_found_while_the_table_grows)
{
	struct hash_seed seed;
	struct table t;
	uint64_t hash[MANY];

	ck_assert_int_eq(table_init(&t), 0);
	hash_seed_init(&seed);
	for (uint64_t i = 0; i < MANY; i++) {
		hash[i] = hash_name(&seed, 7, &i, sizeof i);
		things[i].number = i;
		table_add(&t, &things[i].node, hash[i]);
		for (uint64_t k = 0; k <= i; k += 1 + i / 50)
			ck_assert_ptr_eq(find(&t, hash[k], k), &things[k]);
	}
	ck_assert_uint_eq(t.count, MANY);
	ck_assert_uint_ge(t.used, MANY - 1);
	for (uint64_t i = 0; i < MANY; i += 2)
		table_remove(&t, &things[i].node);
	for (uint64_t i = 0; i < MANY; i++)
		ck_assert_ptr_eq(
		    find(&t, hash[i], i), i % 2 ? &things[i] : NULL);
	for (uint64_t i = 1; i < MANY; i += 2)
		table_remove(&t, &things[i].node);
	table_fini(&t);
}
END_TEST

START_TEST(elements_of_one_hash_are_told_apart_by_their_user)
{
	struct table t;

	ck_assert_int_eq(table_init(&t), 0);
	for (uint64_t i = 0; i < 40; i++) {
		things[i].number = i;
		table_add(&t, &things[i].node, 3);
	}
	for (uint64_t i = 0; i < 40; i++)
		ck_assert_ptr_eq(find(&t, 3, i), &things[i]);
	for (uint64_t i = 0; i < 40; i++)
		table_remove(&t, &things[i].node);
	ck_assert_ptr_null(table_first(&t, 3));
	table_fini(&t);
}
END_TEST

START_TEST(the_hash_depends_on_seed_scope_bytes_and_length)
{
	struct hash_seed a = { { 1, 2 } }, b = { { 1, 3 } };
	char text[] = "a name that is longer than a word";
	uint64_t h = hash_name(&a, 0, text, 20);

	ck_assert_uint_eq(h, hash_name(&a, 0, text, 20));
	ck_assert_uint_ne(h, hash_name(&b, 0, text, 20));
	ck_assert_uint_ne(h, hash_name(&a, 1, text, 20));
	for (size_t n = 0; n < sizeof text; n++)
		if (n != 20)
			ck_assert_uint_ne(h, hash_name(&a, 0, text, n));
	for (size_t i = 0; i < 20; i++) {
		text[i] ^= 1;
		ck_assert_uint_ne(h, hash_name(&a, 0, text, 20));
		text[i] ^= 1;
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("table");
	TCase *tc = suite_case(s, "table");

	tcase_add_test(tc, an_empty_table_finds_nothing);
	tcase_add_test(tc, all_is_found_while_the_table_grows);
	tcase_add_test(tc, elements_of_one_hash_are_told_apart_by_their_user);
	tcase_add_test(tc, the_hash_depends_on_seed_scope_bytes_and_length);
	return suite_run_forked(s);
}
