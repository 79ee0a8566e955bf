/* SPDX-License-Identifier: MIT
 *
 * test_callers.c - what is remembered of an address, for how long, and what a
 * flood of others does to it.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/clock.h"
#include "host/callers.h"
#include "net/address.h"
#include "../suite.h"

static struct callers callers;
static uint64_t now_ns;

static uint64_t
standing_clock(void)
{
	return now_ns;
}

static void
advance(uint64_t ms)
{
	now_ns += ms * 1000000;
}

static void
start(void)
{
	now_ns = UINT64_C(5000000000);
	clock_replace(standing_clock);
	ck_assert_int_eq(callers_init(&callers), 0);
}

static void
end(void)
{
	callers_fini(&callers);
	clock_replace(NULL);
}

static struct address
at(const char *text)
{
	struct address a;

	ck_assert(address_parse(&a, text, strlen(text)));
	return a;
}

static uint64_t
come(const char *from)
{
	struct address a = at(from);

	return callers_come(&callers, &a);
}

/* For how long; whoever is not is not counted for being asked. */
static uint64_t
barred(const char *from)
{
	struct address a = at(from);
	uint64_t wait = callers_try(&callers, &a);

	if (wait == 0)
		callers_take_back(&callers, &a);
	return wait;
}

/* As soon as it may. */
static void
fails_from(const struct address *a)
{
	uint64_t wait;

	while ((wait = callers_try(&callers, a)) > 0)
		advance(wait);
}

static void
fails(const char *from)
{
	struct address a = at(from);

	fails_from(&a);
}

static void
rate(uint64_t each_second, uint64_t burst)
{
	callers_set(&callers,
	    &(struct callers_rules){ .rate = each_second, .burst = burst });
}

static void
logins(uint64_t free, uint64_t first_ms, uint64_t most_ms)
{
	callers_set(&callers,
	    &(struct callers_rules){
		.free = free, .first_ms = first_ms, .most_ms = most_ms });
}

/* Somebody else, of 2^32. */
static struct address
other(uint32_t i)
{
	struct address a = { .bits = 128, .bytes = { 0x20, 0x01 } };

	memcpy(a.bytes + 4, &i, sizeof i);
	return a;
}

/* --- handshakes ---------------------------------------------------------- */

START_TEST(a_burst_may_come_and_then_so_many_each_second)
{
	rate(10, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(come("192.0.2.1"), 0);
	ck_assert_uint_eq(come("192.0.2.1"), 100);
	advance(99);
	ck_assert_uint_eq(come("192.0.2.1"), 1);
	advance(1);
	ck_assert_uint_eq(come("192.0.2.1"), 0);
	ck_assert_uint_eq(come("192.0.2.1"), 100);
	/* The bucket does not run over. */
	advance(60000);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(come("192.0.2.1"), 0);
	ck_assert_uint_gt(come("192.0.2.1"), 0);
}
END_TEST

START_TEST(each_address_has_its_own_bucket)
{
	rate(1, 1);
	ck_assert_uint_eq(come("192.0.2.1"), 0);
	ck_assert_uint_eq(come("192.0.2.2"), 0);
	ck_assert_uint_gt(come("::ffff:192.0.2.1"), 0);
	ck_assert_uint_eq(come("2001:db8:1:2::1"), 0);
	ck_assert_uint_gt(come("2001:db8:1:2:ffff::9"), 0);
	ck_assert_uint_eq(come("2001:db8:1:3::1"), 0);
}
END_TEST

START_TEST(without_rules_all_may_come_and_try)
{
	for (int i = 0; i < 1000; i++) {
		ck_assert_uint_eq(come("192.0.2.1"), 0);
		fails("192.0.2.1");
		ck_assert_uint_eq(barred("192.0.2.1"), 0);
	}
}
END_TEST

/* --- failed logins -------------------------------------------------------- */

START_TEST(some_failures_are_free_and_then_it_waits)
{
	logins(3, 1000, 10000);
	for (int i = 0; i < 3; i++) {
		fails("192.0.2.1");
		ck_assert_uint_eq(barred("192.0.2.1"), 0);
	}
	fails("192.0.2.1");
	ck_assert_uint_eq(barred("192.0.2.1"), 1000);
	ck_assert_uint_eq(barred("192.0.2.2"), 0);
	advance(999);
	ck_assert_uint_eq(barred("192.0.2.1"), 1);
	advance(1);
	ck_assert_uint_eq(barred("192.0.2.1"), 0);
}
END_TEST

START_TEST(the_wait_doubles_up_to_its_bound)
{
	uint64_t wait = 0;

	logins(0, 1000, 20000);
	for (uint64_t s = 1; s <= 16; s *= 2) {
		fails("192.0.2.1");
		ck_assert_uint_eq(barred("192.0.2.1"), s * 1000);
	}
	for (int i = 0; i < 50; i++) {
		fails("192.0.2.1");
		ck_assert_uint_ge(barred("192.0.2.1"), wait);
		wait = barred("192.0.2.1");
	}
	ck_assert_uint_eq(wait, 20000);
}
END_TEST

/* Each may be the right one, so nobody waits for the verdict on another; but
 * there are no more of them than might fail. */
START_TEST(guesses_at_the_same_time_count_from_the_start)
{
	struct address a = at("192.0.2.1");

	logins(2, 1000, 20000);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(callers_try(&callers, &a), 0);
	ck_assert_uint_eq(callers_try(&callers, &a), 1000);
	callers_take_back(&callers, &a);
	ck_assert_uint_eq(callers_try(&callers, &a), 0);
	ck_assert_uint_eq(callers_try(&callers, &a), 1000);
	/* Whoever is right all the time never waits. */
	for (int i = 0; i < 100; i++) {
		struct address b = at("192.0.2.2");

		ck_assert_uint_eq(callers_try(&callers, &b), 0);
		callers_take_back(&callers, &b);
	}
}
END_TEST

START_TEST(failures_are_forgotten_one_by_one)
{
	logins(2, 1000, 10000);
	for (int i = 0; i < 4; i++)
		fails("192.0.2.1");
	ck_assert_uint_eq(barred("192.0.2.1"), 2000);
	advance(10000);
	ck_assert_uint_eq(barred("192.0.2.1"), 0);
	fails("192.0.2.1");
	ck_assert_uint_eq(barred("192.0.2.1"), 2000);
	advance(40000);
	fails("192.0.2.1");
	ck_assert_uint_eq(barred("192.0.2.1"), 0);
}
END_TEST

/* However long one has gone on, there is an end to the wait, and to what is
 * remembered. */
START_TEST(nobody_is_barred_for_ever)
{
	logins(0, 1000, 3600000);
	for (int i = 0; i < 100000; i++)
		fails("192.0.2.1");
	ck_assert_uint_eq(barred("192.0.2.1"), 3600000);
	advance(3600000);
	ck_assert_uint_eq(barred("192.0.2.1"), 0);
	advance(UINT64_C(3600000) * 70);
	fails("192.0.2.1");
	ck_assert_uint_eq(barred("192.0.2.1"), 1000);
}
END_TEST

/* --- a flood -------------------------------------------------------------- */

enum { FLOOD = 2 * CALLERS_SETS * CALLERS_WAYS };

START_TEST(a_flood_of_addresses_pushes_no_offender_out)
{
	uint64_t waits = 0;

	callers_set(&callers, &(struct callers_rules){ .rate = 1,
				  .burst = 3,
				  .free = 1,
				  .first_ms = 1000,
				  .most_ms = 60000 });
	for (int i = 0; i < 3; i++)
		fails("192.0.2.1");
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(come("192.0.2.2"), 0);
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct address a = other(i);

		waits += callers_come(&callers, &a);
	}
	ck_assert_uint_eq(barred("192.0.2.1"), 2000);
	ck_assert_uint_gt(come("192.0.2.2"), 0);
	/* Nor does one that fails, but less often. */
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct address a = other(i);

		waits += callers_try(&callers, &a);
	}
	ck_assert_uint_eq(waits, 0);
	ck_assert_uint_eq(barred("192.0.2.1"), 2000);
}
END_TEST

/* The table is full of offenders: who comes now is remembered all the same. */
START_TEST(a_full_table_has_room_for_one_more)
{
	uint64_t waits = 0;

	logins(3, 1000, 60000);
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct address a = other(i);

		for (int n = 0; n < 3; n++)
			waits += callers_try(&callers, &a);
	}
	ck_assert_uint_eq(waits, 0);
	for (int i = 0; i < 3; i++) {
		fails("192.0.2.1");
		ck_assert_uint_eq(barred("192.0.2.1"), 0);
	}
	fails("192.0.2.1");
	ck_assert_uint_eq(barred("192.0.2.1"), 1000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("callers");
	TCase *c = suite_case(s, "callers");

	tcase_add_checked_fixture(c, start, end);
	tcase_add_test(c, a_burst_may_come_and_then_so_many_each_second);
	tcase_add_test(c, each_address_has_its_own_bucket);
	tcase_add_test(c, without_rules_all_may_come_and_try);
	tcase_add_test(c, some_failures_are_free_and_then_it_waits);
	tcase_add_test(c, the_wait_doubles_up_to_its_bound);
	tcase_add_test(c, guesses_at_the_same_time_count_from_the_start);
	tcase_add_test(c, failures_are_forgotten_one_by_one);
	tcase_add_test(c, nobody_is_barred_for_ever);
	tcase_add_test(c, a_flood_of_addresses_pushes_no_offender_out);
	tcase_add_test(c, a_full_table_has_room_for_one_more);
	return suite_run_forked(s);
}
