/* SPDX-License-Identifier: MIT
 *
 * test_store_history.c - what is remembered and for how long, given again
 * behind a seq, known by its key, erased.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_rig.h"
#include "../suite.h"

static struct store_figures
figures(void)
{
	struct store_figures f;

	store->ops->figures(store, &f);
	return f;
}

static void
set_history(uint64_t messages, uint64_t bytes, uint64_t age_ms)
{
	struct store_history h = { messages, bytes, age_ms };

	store->ops->set_history(store, space, &h);
}

static void
set_history_in_all(uint64_t bytes)
{
	struct store_limits l = { UINT64_MAX, bytes, UINT64_MAX };

	store->ops->set_limits(store, &l);
}

/* Stores words, each in a message of its own, and forgets what is told. */
static void
say(const char *topic, const char *words)
{
	char *copy = strdup(words), *rest = copy, *word;

	while ((word = strsep(&rest, " ")))
		ck_assert_int_eq(rig_store(topic, word, NULL), STORE_OK);
	free(copy);
	rig_deaf();
}

/* What a join with resume is told. */
static const char *
resume(const char *topic, uint64_t epoch, uint64_t seq, uint32_t max)
{
	struct store_join j = rig_a_join(1, topic);
	static char line[8192];
	struct rig_sub s;

	j.resume = true;
	j.epoch = epoch;
	j.seq = seq;
	j.max = max;
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	snprintf(line, sizeof line, "%s", rig_line(1));
	s = rig_sub(1);
	rig_leave(&s);
	return line;
}

#define expect_resume(topic, epoch, seq, max, said) \
	ck_assert_str_eq(resume(topic, epoch, seq, max), said)

/* --- resuming ----------------------------------------------------------- */

START_TEST(without_resume_nothing_is_sent_and_nothing_is_missed)
{
	struct rig_sub a;

	say("news", "a b c");
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

	say("news", "a b c");
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
	say("news", "a b");
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

	say("news", "a b");
	expect_resume("news", a.epoch, 3, 0, "joined OK seq=2 members=0 [a b]");
	rig_leave(&a);
}
END_TEST

START_TEST(at_most_max_are_given_the_newest)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	say("news", "a b c");
	expect_resume("news", a.epoch, 0, 2, "joined OK seq=3 members=0 [b c]");
	expect_resume(
	    "news", a.epoch, 1, 2, "joined OK seq=3 members=0 complete [b c]");
	rig_leave(&a);
}
END_TEST

START_TEST(what_has_been_forgotten_is_missed)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	set_history(2, 0, 0);
	say("news", "a b c");
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

	set_history(0, 0, 0);
	a = rig_join(0, "news", NULL);
	rig_store("news", "a", NULL);
	expect(0, "message a, stored");
	expect(0, "published OK seq=1");
	say("news", "b");
	ck_assert_uint_eq(figures().history_messages, 0);
	ck_assert_uint_eq(figures().forgotten, 0);
	expect_resume("news", a.epoch, 0, 0, "joined OK seq=2 members=0");
	expect_resume(
	    "news", a.epoch, 2, 0, "joined OK seq=2 members=0 complete");
	rig_leave(&a);
	ck_assert_uint_eq(figures().topics, 0);
	rig_store("news", "nobody hears it", NULL);
	expect(0, "published OK seq=1");
	ck_assert_uint_eq(figures().topics, 0);
}
END_TEST

START_TEST(a_history_is_bounded_by_its_bytes)
{
	uint64_t one;

	say("news", "a");
	one = figures().history_bytes;
	ck_assert_uint_gt(one, 0);
	set_history(100, 3 * one, 0);
	say("news", "b c");
	ck_assert_uint_eq(figures().history_bytes, 3 * one);
	say("news", "d");
	ck_assert_uint_eq(figures().history_messages, 3);
	ck_assert_uint_eq(figures().forgotten, 1);
	expect_resume("news", 0, 0, 0, "joined OK seq=4 members=0 [b c d]");
	set_history(100, 3 * one - 1, 0); /* holds at once */
	ck_assert_uint_eq(figures().history_messages, 2);
}
END_TEST

START_TEST(a_message_that_is_too_large_is_not_remembered)
{
	set_history(100, 200, 0);
	say("news", "a");
	char big[300];
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	rig_store("news", big, NULL);
	expect(0, "published OK seq=2");
	ck_assert_uint_eq(figures().history_messages, 0);
	ck_assert_uint_eq(figures().topics, 0);
}
END_TEST

START_TEST(what_is_too_old_is_forgotten_by_the_tick)
{
	set_history(100, 0, 1000);
	say("news", "a");
	rig_advance(500);
	say("news", "b");
	say("other", "c");
	rig_advance(499);
	store->ops->tick(store);
	ck_assert_uint_eq(figures().history_messages, 3);
	rig_advance(1);
	store->ops->tick(store);
	ck_assert_uint_eq(figures().history_messages, 2);
	rig_advance(500);
	store->ops->tick(store);
	ck_assert_uint_eq(figures().history_messages, 0);
	ck_assert_uint_eq(figures().topics, 0);
	ck_assert_uint_eq(figures().history_bytes, 0);
}
END_TEST

START_TEST(what_is_too_old_is_not_given_though_nothing_ticks)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	set_history(100, 0, 1000);
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
	set_history(10000, 0, 1000);
	for (int i = 0; i < 1000; i++)
		say("news", "a");
	rig_advance(1000);
	store->ops->tick(store);
	ck_assert_uint_eq(figures().history_messages, 0);
	ck_assert_uint_eq(figures().forgotten, 1000);
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
	say("a", "1");
	one = figures().history_bytes;
	set_history_in_all(4 * one);
	say("b", "2");
	say("a", "3 4");
	ck_assert_uint_eq(figures().history_messages, 4);
	ck_assert_int_eq(
	    store->ops->publish(store, other, "c", &msg), STORE_OK);
	ck_assert_uint_eq(figures().history_messages, 4);
	expect_resume("a", a.epoch, 0, 0, "joined OK seq=3 members=0 [3 4]");
	say("a", "6"); /* 2, the only one of b, which so ends */
	ck_assert_uint_eq(figures().topics, 2);
	set_history_in_all(one); /* holds at once */
	ck_assert_uint_eq(figures().history_messages, 1);
	expect_resume(
	    "a", a.epoch, 3, 0, "joined OK seq=4 members=0 complete [6]");
	rig_leave(&a);
}
END_TEST

START_TEST(a_reload_that_remembers_less_forgets_the_rest)
{
	say("a", "1 2 3");
	say("b", "1");
	set_history(1, 0, 0);
	ck_assert_uint_eq(figures().history_messages, 2);
	set_history(0, 0, 0);
	ck_assert_uint_eq(figures().history_messages, 0);
	ck_assert_uint_eq(figures().topics, 0);
}
END_TEST

/* --- keys --------------------------------------------------------------- */

START_TEST(a_key_that_is_known_is_not_published_again)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	rig_store("news", "a", "k");
	expect(0, "message a, stored");
	expect(0, "published OK seq=1 key=k");
	say("news", "b");
	rig_store("news", "not heard", "k");
	expect(0, "published OK seq=1 key=k duplicate");
	ck_assert_uint_eq(event->u.published.epoch, a.epoch);
	expect_silence();
	ck_assert_uint_eq(figures().duplicates, 1);
	rig_store("other", "another topic", "k");
	expect(0, "published OK seq=1 key=k");
	rig_leave(&a);
}
END_TEST

START_TEST(a_key_is_known_as_long_as_its_message)
{
	set_history(2, 0, 0);
	rig_store("news", "a", "k");
	say("news", "b");
	rig_store("news", "a", "k");
	expect(0, "published OK seq=1 key=k duplicate");
	say("news", "c");
	rig_store("news", "a", "k");
	expect(0, "published OK seq=4 key=k");
}
END_TEST

START_TEST(a_long_key_is_one_too)
{
	char key[256];

	memset(key, 'k', 255);
	key[255] = '\0';
	rig_store("news", "a", key);
	key[254] = 'l';
	rig_store("news", "a", key);
	rig_store("news", "a", key);
	rig_deaf();
	ck_assert_uint_eq(figures().duplicates, 1);
	ck_assert_uint_eq(figures().history_messages, 2);
}
END_TEST

/* --- erasing ------------------------------------------------------------ */

static int
erase(const char *topic, const char *text, uint64_t seq, const char *key)
{
	struct store_message msg = { .payload = rig_text(text),
		.store = true,
		.from = 5,
		.key = key,
		.erase = seq };

	return store->ops->publish(store, space, topic, &msg);
}

START_TEST(what_is_erased_is_not_given_and_nothing_is_missed)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	say("news", "a b c");
	ck_assert_int_eq(erase("news", "minus-b", 2, NULL), STORE_OK);
	expect(0, "message minus-b, stored");
	expect(0, "published OK seq=4");
	ck_assert_uint_eq(figures().history_messages, 3);
	expect_resume("news", a.epoch, 1, 0,
	    "joined OK seq=4 members=0 complete [c minus-b]");
	expect_resume("news", a.epoch, 0, 0,
	    "joined OK seq=4 members=0 complete [a c minus-b]");
	rig_leave(&a);
}
END_TEST

START_TEST(what_is_not_there_cannot_be_erased)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	set_history(2, 0, 0);
	say("news", "a b c");
	ck_assert_int_eq(erase("news", "x", 1, NULL), STORE_OK); /* forgotten */
	expect(0, "published NOENT");
	erase("news", "x", 4, NULL); /* its own it would be */
	expect(0, "published NOENT");
	erase("news", "minus-b", 2, NULL);
	rig_deaf();
	erase("news", "x", 2, NULL); /* twice */
	expect(0, "published NOENT");
	erase("nowhere", "x", 1, NULL);
	expect(0, "published NOENT");
	expect_silence();
	ck_assert_uint_eq(figures().topics, 1);
	expect_resume("news", a.epoch, 2, 0,
	    "joined OK seq=4 members=0 complete [c minus-b]");
	rig_leave(&a);
}
END_TEST

START_TEST(an_erasure_need_not_be_stored)
{
	struct store_message msg = { .payload = rig_text("minus-a"),
		.erase = 1 };
	struct rig_sub a = rig_join(0, "news", NULL);

	say("news", "a");
	ck_assert_int_eq(
	    store->ops->publish(store, space, "news", &msg), STORE_OK);
	expect(0, "message minus-a");
	ck_assert_uint_eq(figures().history_messages, 0);
	msg.payload = rig_text("minus-a");
	ck_assert_int_eq(
	    store->ops->publish(store, space, "nowhere", &msg), STORE_OK);
	expect_silence();
	rig_leave(&a);
}
END_TEST

START_TEST(a_retry_of_an_erasure_is_a_duplicate)
{
	say("news", "a b");
	erase("news", "minus-a", 1, "k");
	expect(0, "published OK seq=3 key=k");
	erase("news", "minus-a", 1, "k");
	expect(0, "published OK seq=3 key=k duplicate");
	/* With its message a key is forgotten. */
	erase("news", "minus-k", 3, NULL);
	expect(0, "published OK seq=4");
	rig_store("news", "c", "k");
	expect(0, "published OK seq=5 key=k");
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
	tcase_add_test(tc, a_key_that_is_known_is_not_published_again);
	tcase_add_test(tc, a_key_is_known_as_long_as_its_message);
	tcase_add_test(tc, a_long_key_is_one_too);
	tcase_add_test(tc, what_is_erased_is_not_given_and_nothing_is_missed);
	tcase_add_test(tc, what_is_not_there_cannot_be_erased);
	tcase_add_test(tc, an_erasure_need_not_be_stored);
	tcase_add_test(tc, a_retry_of_an_erasure_is_a_duplicate);
	return suite_run_forked(s);
}
