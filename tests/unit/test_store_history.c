/* SPDX-License-Identifier: MIT
 *
 * test_store_history.c - what is remembered and for how long, and given again
 * behind a seq.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_rig.h"
#include "../suite.h"

static void
set_history_in_all(uint64_t bytes)
{
	struct store_limits l = { UINT64_MAX, bytes, UINT64_MAX };

	store->ops->set_limits(store, &l);
}

/* --- resuming ----------------------------------------------------------- */

START_TEST(without_resume_nothing_is_sent_and_nothing_is_missed)
{
	struct rig_sub a;

	rig_store_words("news", "a b c");
	a = rig_join(0, "news", NULL);
	ck_assert_uint_eq(a.seq, 3);
	ck_assert_uint_eq(event->u.joined.n_missed, 0);
	ck_assert(event->u.joined.complete);
	rig_leave(&a);
}
END_TEST

START_TEST(what_is_behind_a_seq_is_given_again_in_order)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	rig_store_words("news", "a b c");
	expect_resume("news", a.epoch, 0, 0,
	    "joined OK seq=3 members=0 complete [a b c]");
	expect_resume(
	    "news", a.epoch, 2, 0, "joined OK seq=3 members=0 complete [c]");
	expect_resume(
	    "news", a.epoch, 3, 0, "joined OK seq=3 members=0 complete");
	rig_leave(&a);
}
END_TEST

START_TEST(what_is_missed_comes_as_it_was_published)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct payload *p;

	rig_store("news", "a", NULL);
	expect(0, "message a, stored");
	p = payload_ref(event->u.message.payload);
	struct store_join j = rig_a_join(1, "news");
	j.resume = true;
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	(void)rig_line(1);
	ck_assert_ptr_eq(event->u.joined.missed[0], p);
	payload_unref(&p);
	struct rig_sub b = rig_sub(1);
	rig_deaf();
	rig_leave(&a);
	rig_leave(&b);
}
END_TEST

START_TEST(of_another_epoch_all_is_given_and_it_is_not_complete)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	expect_resume("news", 0, 0, 0, "joined OK seq=0 members=0");
	rig_store_words("news", "a b");
	expect_resume("news", 0, 0, 0, "joined OK seq=2 members=0 [a b]");
	expect_resume(
	    "news", a.epoch - 1, 1, 0, "joined OK seq=2 members=0 [a b]");
	rig_leave(&a);
}
END_TEST

/* Nobody has seen it: whoever says so means another history. */
START_TEST(behind_a_seq_that_has_not_been_all_is_given)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	rig_store_words("news", "a b");
	expect_resume("news", a.epoch, 3, 0, "joined OK seq=2 members=0 [a b]");
	rig_leave(&a);
}
END_TEST

START_TEST(at_most_max_are_given_the_newest)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	rig_store_words("news", "a b c");
	expect_resume("news", a.epoch, 0, 2, "joined OK seq=3 members=0 [b c]");
	expect_resume(
	    "news", a.epoch, 1, 2, "joined OK seq=3 members=0 complete [b c]");
	rig_leave(&a);
}
END_TEST

START_TEST(what_has_been_forgotten_is_missed)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	rig_remember(2, 0, 0);
	rig_store_words("news", "a b c");
	expect_resume("news", a.epoch, 0, 0, "joined OK seq=3 members=0 [b c]");
	expect_resume(
	    "news", a.epoch, 1, 0, "joined OK seq=3 members=0 complete [b c]");
	rig_leave(&a);
}
END_TEST

/* --- bounds ------------------------------------------------------------- */

START_TEST(a_space_that_remembers_nothing_numbers_all_the_same)
{
	struct rig_sub a;

	rig_remember(0, 0, 0);
	a = rig_join(0, "news", NULL);
	rig_store("news", "a", NULL);
	expect(0, "message a, stored");
	expect(0, "published OK seq=1");
	rig_store_words("news", "b");
	ck_assert_uint_eq(rig_figures().history_messages, 0);
	ck_assert_uint_eq(rig_figures().forgotten, 0);
	expect_resume("news", a.epoch, 0, 0, "joined OK seq=2 members=0");
	expect_resume(
	    "news", a.epoch, 2, 0, "joined OK seq=2 members=0 complete");
	rig_leave(&a);
	ck_assert_uint_eq(rig_figures().topics, 0);
	rig_store("news", "nobody hears it", NULL);
	expect(0, "published OK seq=1");
	ck_assert_uint_eq(rig_figures().topics, 0);
}
END_TEST

START_TEST(a_history_is_bounded_by_its_bytes)
{
	uint64_t one;

	rig_store_words("news", "a");
	one = rig_figures().history_bytes;
	if (sizeof(void *) == 8) /* docs/DEVIATIONS.md; the frame is 3 bytes */
		ck_assert_uint_eq(one, 144 + 3);
	rig_remember(100, 3 * one, 0);
	rig_store_words("news", "b c");
	ck_assert_uint_eq(rig_figures().history_bytes, 3 * one);
	rig_store_words("news", "d");
	ck_assert_uint_eq(rig_figures().history_messages, 3);
	ck_assert_uint_eq(rig_figures().forgotten, 1);
	expect_resume("news", 0, 0, 0, "joined OK seq=4 members=0 [b c d]");
	rig_remember(100, 3 * one - 1, 0); /* holds at once */
	ck_assert_uint_eq(rig_figures().history_messages, 2);
}
END_TEST

START_TEST(a_message_that_is_too_large_is_not_remembered)
{
	rig_remember(100, 200, 0);
	rig_store_words("news", "a");
	char big[300];
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	rig_store("news", big, NULL);
	expect(0, "published OK seq=2");
	ck_assert_uint_eq(rig_figures().history_messages, 0);
	ck_assert_uint_eq(rig_figures().topics, 0);
}
END_TEST

START_TEST(what_is_too_old_is_forgotten_by_the_tick)
{
	rig_remember(100, 0, 1000);
	rig_store_words("news", "a");
	rig_advance(500);
	rig_store_words("news", "b");
	rig_store_words("other", "c");
	rig_advance(499);
	store->ops->tick(store);
	ck_assert_uint_eq(rig_figures().history_messages, 3);
	rig_advance(1);
	store->ops->tick(store);
	ck_assert_uint_eq(rig_figures().history_messages, 2);
	rig_advance(500);
	store->ops->tick(store);
	ck_assert_uint_eq(rig_figures().history_messages, 0);
	ck_assert_uint_eq(rig_figures().topics, 0);
	ck_assert_uint_eq(rig_figures().history_bytes, 0);
}
END_TEST

START_TEST(what_is_too_old_is_not_given_though_nothing_ticks)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	rig_remember(100, 0, 1000);
	ck_assert_int_eq(rig_store("news", "a", "key"), STORE_OK);
	rig_advance(1000);
	expect_resume("news", a.epoch, 0, 0, "joined OK seq=1 members=0");
	rig_store("news", "b", "key2");
	rig_advance(1000);
	rig_deaf();
	rig_store("news", "b", "key2"); /* whose first is forgotten */
	expect(0, "message b, stored");
	expect(0, "published OK seq=3 key=key2");
	rig_leave(&a);
}
END_TEST

START_TEST(many_are_forgotten_in_steps)
{
	rig_remember(10000, 0, 1000);
	for (int i = 0; i < 1000; i++)
		rig_store_words("news", "a");
	rig_advance(1000);
	store->ops->tick(store);
	ck_assert_uint_eq(rig_figures().history_messages, 0);
	ck_assert_uint_eq(rig_figures().forgotten, 1000);
}
END_TEST

START_TEST(of_all_topics_the_oldest_is_forgotten_first)
{
	struct rig_sub a = rig_join(0, "a", NULL);
	struct store_space *other = store->ops->space(store, "other");
	struct store_history h = { .messages = 10 };
	struct store_message msg = { .payload = rig_text("5"), .store = true };
	uint64_t one;

	store->ops->set_history(store, other, &h);
	rig_store_words("a", "1");
	one = rig_figures().history_bytes;
	set_history_in_all(4 * one);
	rig_store_words("b", "2");
	rig_store_words("a", "3 4");
	ck_assert_uint_eq(rig_figures().history_messages, 4);
	ck_assert_int_eq(
	    store->ops->publish(store, other, "c", &msg), STORE_OK);
	ck_assert_uint_eq(rig_figures().history_messages, 4);
	expect_resume("a", a.epoch, 0, 0, "joined OK seq=3 members=0 [3 4]");
	rig_store_words("a", "6"); /* 2, the only one of b, which so ends */
	ck_assert_uint_eq(rig_figures().topics, 2);
	set_history_in_all(one); /* holds at once */
	ck_assert_uint_eq(rig_figures().history_messages, 1);
	expect_resume(
	    "a", a.epoch, 3, 0, "joined OK seq=4 members=0 complete [6]");
	rig_leave(&a);
}
END_TEST

START_TEST(a_reload_that_remembers_less_forgets_the_rest)
{
	rig_store_words("a", "1 2 3");
	rig_store_words("b", "1");
	rig_remember(1, 0, 0);
	ck_assert_uint_eq(rig_figures().history_messages, 2);
	rig_remember(0, 0, 0);
	ck_assert_uint_eq(rig_figures().history_messages, 0);
	ck_assert_uint_eq(rig_figures().topics, 0);
}
END_TEST

START_TEST(so_does_one_with_more_topics_than_a_step_takes)
{
	char name[16];

	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "t%d", i);
		rig_store_words(name, "1 2");
	}
	rig_remember(1, 0, 0);
	ck_assert_uint_eq(rig_figures().history_messages, 500);
	ck_assert_uint_eq(rig_figures().topics, 500);
	rig_remember(0, 0, 0);
	ck_assert_uint_eq(rig_figures().history_messages, 0);
	ck_assert_uint_eq(rig_figures().topics, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_history");
	TCase *tc = suite_case(s, "store_history");

	tcase_add_checked_fixture(tc, rig_start, rig_end);
	tcase_add_test(
	    tc, without_resume_nothing_is_sent_and_nothing_is_missed);
	tcase_add_test(tc, what_is_behind_a_seq_is_given_again_in_order);
	tcase_add_test(tc, what_is_missed_comes_as_it_was_published);
	tcase_add_test(
	    tc, of_another_epoch_all_is_given_and_it_is_not_complete);
	tcase_add_test(tc, behind_a_seq_that_has_not_been_all_is_given);
	tcase_add_test(tc, at_most_max_are_given_the_newest);
	tcase_add_test(tc, what_has_been_forgotten_is_missed);
	tcase_add_test(tc, a_space_that_remembers_nothing_numbers_all_the_same);
	tcase_add_test(tc, a_history_is_bounded_by_its_bytes);
	tcase_add_test(tc, a_message_that_is_too_large_is_not_remembered);
	tcase_add_test(tc, what_is_too_old_is_forgotten_by_the_tick);
	tcase_add_test(tc, what_is_too_old_is_not_given_though_nothing_ticks);
	tcase_add_test(tc, many_are_forgotten_in_steps);
	tcase_add_test(tc, of_all_topics_the_oldest_is_forgotten_first);
	tcase_add_test(tc, a_reload_that_remembers_less_forgets_the_rest);
	tcase_add_test(tc, so_does_one_with_more_topics_than_a_step_takes);
	return suite_run_forked(s);
}
