/* SPDX-License-Identifier: MIT
 *
 * test_store_key.c - messages that are known by their key, and those that are
 * erased.
 */
#include "config.h"

#include <string.h>

#include "store_rig.h"
#include "../suite.h"

/* --- keys --------------------------------------------------------------- */

START_TEST(a_key_that_is_known_is_not_published_again)
{
	struct rig_sub a = rig_join(0, "news", NULL);

	rig_store("news", "a", "k");
	expect(0, "message a, stored");
	expect(0, "published OK seq=1 key=k");
	rig_store_words("news", "b");
	rig_store("news", "not heard", "k");
	expect(0, "published OK seq=1 key=k duplicate");
	ck_assert_uint_eq(event->u.published.epoch, a.epoch);
	expect_silence();
	ck_assert_uint_eq(rig_figures().duplicates, 1);
	rig_store("other", "another topic", "k");
	expect(0, "published OK seq=1 key=k");
	rig_leave(&a);
}
END_TEST

START_TEST(a_key_is_known_as_long_as_its_message)
{
	rig_remember(2, 0, 0);
	rig_store("news", "a", "k");
	rig_store_words("news", "b");
	rig_store("news", "a", "k");
	expect(0, "published OK seq=1 key=k duplicate");
	rig_store_words("news", "c");
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
	ck_assert_uint_eq(rig_figures().duplicates, 1);
	ck_assert_uint_eq(rig_figures().history_messages, 2);
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

	rig_store_words("news", "a b c");
	ck_assert_int_eq(erase("news", "minus-b", 2, NULL), STORE_OK);
	expect(0, "message minus-b, stored");
	expect(0, "published OK seq=4");
	ck_assert_uint_eq(rig_figures().history_messages, 3);
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

	rig_remember(2, 0, 0);
	rig_store_words("news", "a b c");
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
	ck_assert_uint_eq(rig_figures().topics, 1);
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

	rig_store_words("news", "a");
	ck_assert_int_eq(
	    store->ops->publish(store, space, "news", &msg), STORE_OK);
	expect(0, "message minus-a");
	ck_assert_uint_eq(rig_figures().history_messages, 0);
	msg.payload = rig_text("minus-a");
	ck_assert_int_eq(
	    store->ops->publish(store, space, "nowhere", &msg), STORE_OK);
	expect_silence();
	rig_leave(&a);
}
END_TEST

START_TEST(a_retry_of_an_erasure_is_a_duplicate)
{
	rig_store_words("news", "a b");
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
	Suite *s = suite_create("store_key");
	TCase *tc = suite_case(s, "store_key");

	tcase_add_checked_fixture(tc, rig_start, rig_end);
	tcase_add_test(tc, a_key_that_is_known_is_not_published_again);
	tcase_add_test(tc, a_key_is_known_as_long_as_its_message);
	tcase_add_test(tc, a_long_key_is_one_too);
	tcase_add_test(tc, what_is_erased_is_not_given_and_nothing_is_missed);
	tcase_add_test(tc, what_is_not_there_cannot_be_erased);
	tcase_add_test(tc, an_erasure_need_not_be_stored);
	tcase_add_test(tc, a_retry_of_an_erasure_is_a_duplicate);
	return suite_run_forked(s);
}
