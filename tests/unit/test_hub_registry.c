/* SPDX-License-Identifier: MIT
 *
 * test_hub_registry.c - claims and values on one worker, and its beat.
 */
#include "config.h"

#include "base/clock.h"
#include "hub_rig.h"
#include "net/worker.h"
#include "../suite.h"

static int
claim(int i, size_t max)
{
	struct hub_place p = hub_rig_place(i);

	return hub_claim(&p, space, "k", "ali", max);
}

static void
claim_answered(int status, const char *holder)
{
	struct store_event *e = store_says(STORE_CLAIMED, status);

	e->ticket = asked.ticket;
	e->u.claimed.holder = holder;
	hub_event(hub, e);
}

START_TEST(a_claim_is_released_exactly_when_it_was_held)
{
	struct hub_place p = hub_rig_place(0);

	ck_assert_int_eq(claim(0, 0), STORE_LIMIT);
	ck_assert_int_eq(claim(0, 1), STORE_OK);
	ck_assert_int_eq(claim(0, 1), STORE_TAKEN);
	claim_answered(STORE_TAKEN, "bea");
	person_expect(0, "claimed k -8 bea;");
	ck_assert_int_eq(hub_release(&p, "k"), STORE_NOENT);
	ck_assert_int_eq(claim(0, 1), STORE_OK);
	claim_answered(STORE_OK, "ali");
	person_expect(0, "claimed k 0 ali;");
	ck_assert_int_eq(hub_release(&p, "k"), STORE_OK);
	ck_assert_uint_eq(asked.releases, 1);
	/* Given up while it waits: released when it has come. */
	ck_assert_int_eq(claim(0, 1), STORE_OK);
	ck_assert_int_eq(hub_release(&p, "k"), STORE_OK);
	ck_assert_uint_eq(asked.releases, 1);
	claim_answered(STORE_OK, "ali");
	person_expect(0, "");
	ck_assert_uint_eq(asked.releases, 2);
	ck_assert_int_eq(claim(0, 1), STORE_OK);
	hub_leave(&people[0].client);
	claim_answered(STORE_TAKEN, "bea");
	ck_assert_uint_eq(asked.releases, 2);
}
END_TEST

START_TEST(who_is_told_of_a_claim_may_release_it_at_once)
{
	struct hub_place p = hub_rig_place(0);

	people[0].leaves = true;
	ck_assert_int_eq(claim(0, 1), STORE_OK);
	claim_answered(STORE_OK, "ali");
	person_expect(0, "claimed k 0 ali;"); /* read behind its release */
	ck_assert_uint_eq(asked.releases, 1);
	ck_assert_int_eq(hub_release(&p, "k"), STORE_NOENT);
}
END_TEST

static void
value(const char *text, uint64_t until_ms)
{
	struct store_event *e = store_says(STORE_VALUE, 0);

	e->u.value.space = space;
	e->u.value.key = "k";
	e->u.value.value = text;
	e->u.value.until_ms = until_ms;
	hub_event(hub, e);
}

START_TEST(a_value_is_seen_until_its_end)
{
	ck_assert_ptr_null(hub_get(hub, space, "k"));
	value("blue", 0);
	ck_assert_str_eq(hub_get(hub, space, "k"), "blue");
	ck_assert_ptr_null(hub_get(hub, (void *)&hub, "k")); /* elsewhere */
	value("red", clock_ms() + 10);
	ck_assert_str_eq(hub_get(hub, space, "k"), "red");
	now_ns += 9999999;
	ck_assert_str_eq(hub_get(hub, space, "k"), "red");
	now_ns += 1;
	ck_assert_ptr_null(hub_get(hub, space, "k"));
	value("blue", 0);
	value(NULL, 0);
	ck_assert_ptr_null(hub_get(hub, space, "k"));
	value("left over", 0); /* and freed at the end */
}
END_TEST

START_TEST(the_store_is_ticked_once_a_second)
{
	now_ns += 999000000;
	worker_round(worker, false);
	ck_assert_uint_eq(asked.ticks, 0);
	now_ns += 1000000;
	worker_round(worker, false);
	worker_round(worker, false);
	ck_assert_uint_eq(asked.ticks, 1);
	now_ns += 1000000000;
	worker_round(worker, false);
	ck_assert_uint_eq(asked.ticks, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hub registry");
	TCase *tc = suite_case(s, "hub registry");

	tcase_add_checked_fixture(tc, hub_rig_init, hub_rig_fini);
	tcase_add_test(tc, a_claim_is_released_exactly_when_it_was_held);
	tcase_add_test(tc, who_is_told_of_a_claim_may_release_it_at_once);
	tcase_add_test(tc, a_value_is_seen_until_its_end);
	tcase_add_test(tc, the_store_is_ticked_once_a_second);
	return suite_run_forked(s);
}
