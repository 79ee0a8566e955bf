/* SPDX-License-Identifier: MIT
 *
 * test_conns.c - a table of ids against a plain list of them.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "net/conn.h"
#include "net/conns.h"
#include "../dice.h"
#include "../suite.h"

enum { MANY = 3000, STEPS = 200000 };

static struct conn conns[MANY]; /* id 0: it is not in the table */
static struct conns table;
static uint64_t ids;

static void
toggle(struct conn *c)
{
	uint64_t id = c->id;

	if (id == 0) {
		c->id = (uint64_t)3 << 48 | ++ids;
		ck_assert_int_eq(conns_add(&table, c), 0);
		return;
	}
	ck_assert_ptr_eq(conns_find(&table, id), c);
	conns_remove(&table, c);
	ck_assert_ptr_null(conns_find(&table, id));
	c->id = 0;
}

static void
see(struct conn *c, void *arg)
{
	size_t *n = arg;

	ck_assert_uint_ne(c->id, 0);
	++*n;
}

static void
compare(void)
{
	size_t there = 0, seen = 0;

	for (size_t i = 0; i < MANY; i++) {
		if (conns[i].id == 0)
			continue;
		there++;
		ck_assert_ptr_eq(conns_find(&table, conns[i].id), &conns[i]);
	}
	conns_each(&table, see, &seen);
	ck_assert_uint_eq(seen, there);
	ck_assert_uint_eq(table.count, there);
	ck_assert_uint_gt(table.room, there);
}

START_TEST(who_comes_and_goes_is_found_while_he_is_there)
{
	uint32_t x = dice_seed(1);

	ck_assert_int_eq(conns_init(&table), 0);
	for (int i = 0; i < STEPS; i++) {
		toggle(&conns[dice(&x, MANY)]);
		if (i % 5000 == 0)
			compare();
	}
	compare();
	for (size_t i = 0; i < MANY; i++)
		if (conns[i].id != 0)
			toggle(&conns[i]);
	conns_fini(&table);
}
END_TEST

START_TEST(who_is_not_there_is_not_removed)
{
	struct conn other = { .id = 7 };

	ck_assert_int_eq(conns_init(&table), 0);
	conns[0].id = 8;
	ck_assert_int_eq(conns_add(&table, &conns[0]), 0);
	conns_remove(&table, &other);
	ck_assert_uint_eq(table.count, 1);
	conns_remove(&table, &conns[0]);
	conns_fini(&table);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conns");
	TCase *tc = suite_case(s, "conns");

	tcase_add_test(tc, who_comes_and_goes_is_found_while_he_is_there);
	tcase_add_test(tc, who_is_not_there_is_not_removed);
	return suite_run_forked(s);
}
