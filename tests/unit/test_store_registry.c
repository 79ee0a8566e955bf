/* SPDX-License-Identifier: MIT
 *
 * test_store_registry.c - values that are put, expire and are removed; keys
 * that are claimed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store_rig.h"
#include "../suite.h"

static int
put(const char *key, const char *value, uint64_t ttl_ms)
{
	return store->ops->put(store, space, key, value, ttl_ms);
}

static void
claim(unsigned worker, const char *key, const char *holder)
{
	ck_assert_int_eq(
	    store->ops->claim(store, space, key, holder, worker, &worker),
	    STORE_OK);
}

static void
release(const char *key, const char *holder)
{
	store->ops->release(store, space, key, holder);
}

static void
expect_both(const char *line)
{
	expect(0, line);
	expect(1, line);
}

static void
set_bytes(uint64_t bytes)
{
	struct store_limits l = { UINT64_MAX, UINT64_MAX, bytes };

	store->ops->set_limits(store, &l);
}

/* --- values ------------------------------------------------------------- */

START_TEST(every_worker_is_told_of_a_value_and_of_its_end)
{
	ck_assert_int_eq(put("colour", "red", 0), STORE_OK);
	expect_both("value colour=red");
	ck_assert_uint_eq(event->u.value.until_ms, 0);
	ck_assert_int_eq(put("colour", "blue", 0), STORE_OK);
	expect_both("value colour=blue");
	ck_assert_uint_eq(rig_figures().registry_keys, 1);
	ck_assert_int_eq(put("colour", NULL, 0), STORE_OK);
	expect_both("value colour gone");
	ck_assert_int_eq(put("colour", NULL, 0), STORE_OK);
	expect_silence();
	ck_assert_uint_eq(rig_figures().registry_keys, 0);
	ck_assert_uint_eq(rig_figures().registry_bytes, 0);
}
END_TEST

START_TEST(a_value_goes_when_its_time_has_come)
{
	put("colour", "red", 1000);
	expect(0, "value colour=red");
	ck_assert_uint_eq(event->u.value.until_ms, clock_ms() + 1000);
	expect(1, "value colour=red");
	put("shape", "round", 0);
	expect_both("value shape=round");
	rig_advance(999);
	store->ops->tick(store);
	expect_silence();
	rig_advance(1);
	store->ops->tick(store);
	expect_both("value colour gone");
	rig_advance(UINT32_MAX);
	store->ops->tick(store);
	expect_silence();
}
END_TEST

START_TEST(a_value_that_is_put_again_lives_as_long_as_that_says)
{
	put("a", "1", 1000);
	put("a", "2", 3000);
	put("b", "1", 1000);
	put("b", "2", 0);
	put("c", "1", 0);
	put("c", "2", 1000);
	rig_deaf();
	rig_advance(2000);
	store->ops->tick(store);
	expect_both("value c gone");
	expect_silence();
	rig_advance(1000);
	store->ops->tick(store);
	expect_both("value a gone");
	ck_assert_uint_eq(rig_figures().registry_keys, 1);
}
END_TEST

START_TEST(a_time_that_never_comes_may_be_asked_for)
{
	put("a", "1", UINT64_MAX);
	expect(0, "value a=1");
	ck_assert_uint_eq(event->u.value.until_ms, UINT64_MAX);
	store->ops->tick(store);
	expect(0, "");
}
END_TEST

START_TEST(a_value_whose_time_has_come_is_gone_though_nothing_ticks)
{
	put("nick", "reserved", 1000);
	rig_deaf();
	rig_advance(1000);
	claim(0, "nick", "ali");
	expect(0, "value nick gone");
	expect(0, "value nick=ali");
	expect(0, "claimed OK ali");
	release("nick", "ali");
}
END_TEST

START_TEST(many_values_go_in_steps)
{
	char key[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "k%d", i);
		put(key, "v", 1000);
	}
	rig_deaf();
	rig_advance(1000);
	store->ops->tick(store);
	ck_assert_uint_eq(rig_figures().registry_keys, 0);
}
END_TEST

START_TEST(keys_belong_to_their_space)
{
	struct store_space *other = store->ops->space(store, "other");

	put("colour", "red", 0);
	rig_deaf();
	store->ops->put(store, other, "colour", NULL, 0);
	expect_silence();
	put("colour", NULL, 0);
	expect_both("value colour gone");
}
END_TEST

/* --- claims ------------------------------------------------------------- */

START_TEST(who_claims_a_key_is_told_when_he_can_read_it)
{
	int ticket;

	store->ops->claim(store, space, "nick", "ali", 1, &ticket);
	expect(1, "value nick=ali");
	expect(1, "claimed OK ali");
	ck_assert_ptr_eq(event->ticket, &ticket);
	expect(0, "value nick=ali");
	expect_silence();
	release("nick", "ali");
	expect_both("value nick gone");
	ck_assert_uint_eq(rig_figures().registry_bytes, 0);
}
END_TEST

START_TEST(a_key_has_one_holder_with_any_number_of_claims)
{
	claim(0, "nick", "ali");
	rig_deaf();
	claim(1, "nick", "ali");
	expect(1, "claimed OK ali");
	claim(1, "nick", "bob");
	expect(1, "claimed TAKEN ali");
	expect_silence();
	ck_assert_uint_eq(rig_figures().refused, 1);
	release("nick", "ali");
	expect_silence();
	claim(1, "nick", "bob");
	expect(1, "claimed TAKEN ali");
	release("nick", "ali");
	expect_both("value nick gone");
	claim(1, "nick", "bob");
	expect(0, "value nick=bob");
	release("nick", "bob");
}
END_TEST

START_TEST(a_key_that_was_put_is_taken_by_nobody)
{
	put("nick", "ali", 0);
	rig_deaf();
	claim(0, "nick", "ali");
	expect(0, "claimed TAKEN ");
	expect_silence();
}
END_TEST

START_TEST(a_key_that_is_claimed_is_not_put)
{
	claim(0, "nick", "ali");
	rig_deaf();
	ck_assert_int_eq(put("nick", "bob", 0), STORE_OK);
	ck_assert_int_eq(put("nick", NULL, 0), STORE_OK);
	expect_silence();
	ck_assert_uint_eq(rig_figures().refused, 2);
	release("nick", "ali");
	expect_both("value nick gone");
}
END_TEST

/* --- limits ------------------------------------------------------------- */

START_TEST(a_full_registry_takes_nothing_more)
{
	uint64_t one;

	put("a", "1", 0);
	one = rig_figures().registry_bytes;
	if (sizeof(void *) == 8) /* docs/DEVIATIONS.md, and three NULs */
		ck_assert_uint_eq(one, 160 + 2 * 112 + 2 * 1 + 1 + 3);
	set_bytes(2 * one);
	ck_assert_int_eq(put("b", "1", 0), STORE_OK);
	rig_deaf();
	ck_assert_int_eq(put("c", "1", 0), STORE_LIMIT);
	ck_assert_int_eq(put("b", "22", 0), STORE_LIMIT);
	claim(0, "c", "x");
	expect(0, "claimed LIMIT ");
	expect_silence();
	ck_assert_uint_eq(rig_figures().refused, 3);
	ck_assert_uint_eq(rig_figures().registry_bytes, 2 * one);
	ck_assert_int_eq(put("b", "2", 0), STORE_OK); /* as long as it was */
	ck_assert_int_eq(put("a", NULL, 0), STORE_OK);
	rig_deaf();
	claim(0, "c", "x");
	expect(0, "value c=x");
	expect(0, "claimed OK x");
	claim(1, "c", "x"); /* a further one costs nothing */
	expect(1, "value c=x");
	expect(1, "claimed OK x");
	release("c", "x");
	release("c", "x");
}
END_TEST

START_TEST(a_value_in_anothers_place_costs_what_it_is)
{
	uint64_t one;

	put("a", "1", 0);
	one = rig_figures().registry_bytes;
	put("a", "12345", 0);
	ck_assert_uint_eq(rig_figures().registry_bytes, one + 4);
	put("a", "", 0);
	ck_assert_uint_eq(rig_figures().registry_bytes, one - 1);
	put("a", NULL, 0);
	ck_assert_uint_eq(rig_figures().registry_bytes, 0);
}
END_TEST

START_TEST(the_largest_value_and_the_longest_names_are_told_whole)
{
	static char value[STORE_VALUE_MAX + 1], key[STORE_NAME_MAX + 1];
	static char holder[STORE_NAME_MAX + 1];

	memset(value, 'v', sizeof value - 1);
	memset(key, 'k', sizeof key - 1);
	memset(holder, 'h', sizeof holder - 1);
	ck_assert_int_eq(put(key, value, 0), STORE_OK);
	(void)rig_line(1);
	ck_assert_str_eq(event->u.value.key, key);
	ck_assert_str_eq(event->u.value.value, value);
	put(key, NULL, 0);
	rig_deaf();
	claim(0, key, holder);
	claim(0, key, "somebody else");
	(void)rig_line(0);
	(void)rig_line(0);
	(void)rig_line(0);
	ck_assert_int_eq(event->status, STORE_TAKEN);
	ck_assert_str_eq(event->u.claimed.holder, holder);
	release(key, holder);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_registry");
	TCase *tc = suite_case(s, "store_registry");

	tcase_add_checked_fixture(tc, rig_start, rig_end);
	tcase_add_test(tc, every_worker_is_told_of_a_value_and_of_its_end);
	tcase_add_test(tc, a_value_goes_when_its_time_has_come);
	tcase_add_test(
	    tc, a_value_that_is_put_again_lives_as_long_as_that_says);
	tcase_add_test(tc, a_time_that_never_comes_may_be_asked_for);
	tcase_add_test(
	    tc, a_value_whose_time_has_come_is_gone_though_nothing_ticks);
	tcase_add_test(tc, many_values_go_in_steps);
	tcase_add_test(tc, keys_belong_to_their_space);
	tcase_add_test(tc, who_claims_a_key_is_told_when_he_can_read_it);
	tcase_add_test(tc, a_key_has_one_holder_with_any_number_of_claims);
	tcase_add_test(tc, a_key_that_was_put_is_taken_by_nobody);
	tcase_add_test(tc, a_key_that_is_claimed_is_not_put);
	tcase_add_test(tc, a_full_registry_takes_nothing_more);
	tcase_add_test(tc, a_value_in_anothers_place_costs_what_it_is);
	tcase_add_test(
	    tc, the_largest_value_and_the_longest_names_are_told_whole);
	return suite_run_forked(s);
}
