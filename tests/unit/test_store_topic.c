/* SPDX-License-Identifier: MIT
 *
 * test_store_topic.c - who is told what, in which order; members; limits.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_rig.h"
#include "../suite.h"

static const uint64_t on_worker_1 = (uint64_t)1 << 48 | 7;

/* --- publishing --------------------------------------------------------- */

START_TEST(nobody_hears_what_nobody_has_subscribed)
{
	ck_assert_int_eq(rig_say("news", "hello"), STORE_OK);
	expect_silence();
	ck_assert_uint_eq(rig_figures().topics, 0);
	ck_assert_uint_eq(rig_figures().published, 1);
}
END_TEST

START_TEST(each_worker_that_listens_gets_a_message_once)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct rig_sub b = rig_join(0, "news", NULL);

	rig_say("news", "one");
	expect(0, "message one");
	expect_silence();
	struct rig_sub c = rig_join(1, "news", NULL);
	rig_say("news", "two");
	expect(0, "message two");
	expect(1, "message two");
	rig_leave(&a);
	rig_say("news", "three");
	expect(0, "message three");
	expect(1, "message three");
	rig_leave(&b);
	rig_say("news", "four");
	expect(1, "message four");
	expect_silence();
	rig_leave(&c);
	expect_silence();
}
END_TEST

START_TEST(names_belong_to_their_space)
{
	struct store_space *other = store->ops->space(store, "other");
	struct rig_sub a = rig_join(0, "news", NULL);
	struct store_message msg = { .payload = rig_text("elsewhere") };

	ck_assert_ptr_ne(other, space);
	ck_assert_ptr_eq(store->ops->space(store, "other"), other);
	ck_assert_int_eq(
	    store->ops->publish(store, other, "news", &msg), STORE_OK);
	rig_say("new", "another name");
	expect_silence();
	rig_leave(&a);
}
END_TEST

START_TEST(what_a_publisher_asked_for_is_told_to_the_hubs)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct store_message msg = { .payload = rig_text("hello"),
		.lose = STORE_LOSE_FIRST,
		.except = 9 };

	store->ops->publish(store, space, "news", &msg);
	expect(0, "message hello, first, not to 9");
	msg.payload = rig_text("hello");
	msg.store = true; /* which is never lost */
	store->ops->publish(store, space, "news", &msg);
	expect(0, "message hello, stored, not to 9");
	rig_leave(&a);
}
END_TEST

START_TEST(the_answer_comes_behind_the_message_on_the_publishers_worker)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct rig_sub b = rig_join(1, "news", NULL);
	struct store_message msg = {
		.payload = rig_text("hello"), .from = on_worker_1, .key = "k"
	};

	store->ops->publish(store, space, "news", &msg);
	expect(0, "message hello");
	expect(1, "message hello");
	expect(1, "published OK key=k");
	ck_assert_str_eq(event->u.published.topic, "news");
	ck_assert_uint_eq(event->u.published.conn, on_worker_1);
	expect_silence();
	rig_store("news", "again", NULL);
	expect(0, "message again, stored");
	expect(0, "published OK seq=1");
	ck_assert_uint_eq(event->u.published.epoch, a.epoch);
	expect(1, "message again, stored");
	rig_leave(&a);
	rig_leave(&b);
}
END_TEST

START_TEST(an_answer_to_a_worker_that_does_not_exist_is_nobodys)
{
	struct store_message msg = { .payload = rig_text("hello"),
		.from = (uint64_t)RIG_WORKERS << 48 | 1 };

	ck_assert_int_eq(
	    store->ops->publish(store, space, "news", &msg), STORE_OK);
	expect_silence();
}
END_TEST

START_TEST(stamps_are_written_where_they_are_asked_for)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct store_message msg = {
		.store = true, .stamp = 5, .stamp_epoch = 26
	};
	char text[] = "{\"s\":###################0,###################0}";
	char right[sizeof text];

	msg.payload = rig_text(text);
	snprintf(right, sizeof right, "{\"s\":%20d,%20" PRIu64 "}", 1, a.epoch);
	store->ops->publish(store, space, "news", &msg);
	(void)rig_line(0);
	ck_assert_uint_eq(
	    event->u.message.payload->len - event->u.message.payload->head,
	    strlen(text));
	ck_assert_mem_eq(
	    event->u.message.payload->frame + event->u.message.payload->head,
	    right, strlen(text));
	rig_leave(&a);
}
END_TEST

/* --- the life of a topic ------------------------------------------------ */

START_TEST(a_topic_lives_while_it_is_heard_or_remembers)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct rig_sub b;

	rig_leave(&a);
	ck_assert_uint_eq(rig_figures().topics, 0);
	b = rig_join(0, "news", NULL);
	ck_assert_uint_gt(b.epoch, a.epoch);
	ck_assert_uint_lt(b.epoch, (uint64_t)1 << 53);
	rig_store("news", "one", NULL);
	rig_deaf();
	rig_leave(&b);
	ck_assert_uint_eq(rig_figures().topics, 1);
	a = rig_join(0, "news", NULL);
	ck_assert_uint_eq(a.epoch, b.epoch);
	ck_assert_uint_eq(a.seq, 1);
	rig_leave(&a);
}
END_TEST

START_TEST(leave_is_answered_once_each)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct rig_sub b = rig_join(0, "news", NULL);

	store->ops->leave(store, a.topic, NULL, 0);
	store->ops->leave(store, b.topic, NULL, 0);
	expect(0, "left");
	expect(0, "left");
	expect_silence();
}
END_TEST

START_TEST(a_ticket_comes_back_as_it_was_given)
{
	struct store_join j = rig_a_join(1, "news");
	struct rig_sub a;

	j.ticket = &j;
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	expect(1, "joined OK seq=0 members=0 complete");
	ck_assert_ptr_eq(event->ticket, &j);
	a = rig_sub(1);
	rig_leave(&a);
}
END_TEST

START_TEST(a_store_may_end_with_everybody_in_it)
{
	struct store_join j = rig_a_join(0, "news");

	j.member = "ali";
	j.last = rig_text("ali has left");
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	payload_unref(&j.last);
	rig_store("news", "one", "key");
	store->ops->put(store, space, "colour", "red", 5);
	store->ops->claim(store, space, "nick", "ali", 0, NULL);
}
END_TEST

/* --- limits ------------------------------------------------------------- */

START_TEST(beyond_the_limit_there_is_no_further_topic)
{
	struct store_limits l = { 2, UINT64_MAX, UINT64_MAX };
	struct store_join j = rig_a_join(0, "c");
	struct rig_sub a, b, c;

	store->ops->set_limits(store, &l);
	a = rig_join(0, "a", NULL);
	b = rig_join(0, "b", NULL);
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	expect(0, "joined LIMIT");
	ck_assert_int_eq(rig_store("d", "two", NULL), STORE_OK);
	expect(0, "published LIMIT");
	ck_assert_uint_eq(rig_figures().refused, 2);
	ck_assert_uint_eq(rig_figures().topics, 2);
	rig_store("b", "what is there goes on", NULL);
	expect(0, "message what is there goes on, stored");
	expect(0, "published OK seq=1");
	rig_leave(&a);
	c = rig_join(0, "c", NULL);
	rig_leave(&b);
	rig_leave(&c);
}
END_TEST

/* A flood of names costs the space that they are of. */
START_TEST(for_one_more_the_longest_idle_of_the_fullest_space_is_forgotten)
{
	struct store_limits l = { 4, UINT64_MAX, UINT64_MAX };
	struct store_space *other = store->ops->space(store, "other");
	struct store_history h = { .messages = 100 };
	struct store_message msg = { .store = true,
		.payload = rig_text("elsewhere") };
	struct rig_sub held;

	store->ops->set_limits(store, &l);
	store->ops->set_history(store, other, &h);
	ck_assert_int_eq(
	    store->ops->publish(store, other, "a", &msg), STORE_OK);
	rig_store_words("a", "one");
	rig_store_words("b", "one");
	held = rig_join(0, "c", NULL);
	rig_store_words("a", "two"); /* so b has been idle longest */
	rig_store_words("d", "one");
	ck_assert_uint_eq(rig_figures().topics, 4);
	ck_assert_uint_eq(rig_figures().forgotten, 1);
	ck_assert_uint_eq(rig_figures().refused, 0);
	/* What only erases makes no topic. */
	msg.payload = rig_text("gone");
	msg.erase = 1;
	ck_assert_int_eq(
	    store->ops->publish(store, other, "x", &msg), STORE_OK);
	ck_assert_uint_eq(rig_figures().refused, 1);
	ck_assert_uint_eq(rig_figures().forgotten, 1);
	/* Two are idle here, one there. */
	rig_store_words("b", "anew");
	ck_assert_uint_eq(rig_figures().forgotten, 3);
	/* Now as many there, and then more. */
	msg.erase = 0;
	msg.payload = rig_text("elsewhere, too");
	ck_assert_int_eq(
	    store->ops->publish(store, other, "e", &msg), STORE_OK);
	msg.payload = rig_text("once more");
	ck_assert_int_eq(
	    store->ops->publish(store, other, "f", &msg), STORE_OK);
	ck_assert_uint_eq(rig_figures().forgotten, 5);
	rig_store("b", "goes on", NULL);
	expect(0, "published OK seq=2");
	ck_assert_uint_eq(rig_figures().forgotten, 5);
	rig_leave(&held);
}
END_TEST

START_TEST(when_too_much_is_under_way_publications_are_refused)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	struct rig_sub b;

	rig_deaf();
	for (int i = 0; i < 65536; i++)
		ck_assert_int_eq(rig_say("news", "x"), STORE_OK);
	ck_assert_int_eq(rig_say("news", "x"), STORE_LIMIT);
	ck_assert_int_eq(rig_store("news", "x", NULL), STORE_LIMIT);
	ck_assert_uint_eq(rig_figures().refused, 2);
	/* All else goes on, behind it. */
	ck_assert_int_eq(store->ops->put(store, space, "k", "v", 0), STORE_OK);
	rig_deaf();
	ck_assert_int_eq(rig_say("news", "y"), STORE_OK);
	expect(0, "message y");
	b = rig_join(1, "news", NULL);
	rig_leave(&a);
	rig_leave(&b);
}
END_TEST

START_TEST(bytes_under_way_are_bounded_too)
{
	struct rig_sub a = rig_join(0, "news", NULL);
	size_t n = 64 << 20;
	char *data = calloc(1, n);
	struct payload *big = payload_new(2, data, n), *text = rig_text("x");
	size_t last;
	struct store_message msg = { 0 };

	rig_deaf();
	for (int i = 0; i < 4; i++) {
		msg.payload = payload_ref(big);
		ck_assert_int_eq(
		    store->ops->publish(store, space, "news", &msg), STORE_OK);
	}
	ck_assert_int_eq(rig_say("news", "x"), STORE_LIMIT);
	store_event_free((rig_line(0), event));
	event = NULL;
	ck_assert_int_eq(rig_say("news", "x"), STORE_OK);
	rig_deaf();
	/* To the byte: all but what one more takes, and then that one. */
	for (int i = 0; i < 3; i++) {
		msg.payload = payload_ref(big);
		ck_assert_int_eq(
		    store->ops->publish(store, space, "news", &msg), STORE_OK);
	}
	last = (256 << 20) - 3 * big->len - (big->len - n) - text->len;
	msg.payload = payload_new(2, data, last);
	ck_assert_int_eq(
	    store->ops->publish(store, space, "news", &msg), STORE_OK);
	ck_assert_int_eq(rig_say("news", "x"), STORE_OK);
	ck_assert_int_eq(rig_say("news", "x"), STORE_LIMIT);
	payload_unref(&big);
	payload_unref(&text);
	free(data);
	rig_deaf();
	rig_leave(&a);
}
END_TEST

START_TEST(a_flood_of_anything_else_is_refused_at_twice_that)
{
	struct store_join j = rig_a_join(0, "news");
	struct rig_sub a = rig_join(0, "news", "ali");

	rig_deaf();
	for (int i = 0; i < 65536; i++)
		ck_assert_int_eq(
		    store->ops->put(store, space, "k", NULL, 0), STORE_OK);
	expect_silence(); /* there was no such key */
	for (int i = 0; i < 65536; i++)
		ck_assert_int_eq(
		    store->ops->put(store, space, "k", "v", 0), STORE_OK);
	ck_assert_int_eq(
	    store->ops->put(store, space, "k", "v", 0), STORE_LIMIT);
	ck_assert_int_eq(store->ops->join(store, &j), STORE_LIMIT);
	ck_assert_int_eq(
	    store->ops->claim(store, space, "c", "ali", 0, NULL), STORE_LIMIT);
	ck_assert_int_eq(
	    store->ops->evict(store, space, "news", "ali", ""), STORE_LIMIT);
	ck_assert_uint_eq(rig_figures().refused, 4);
	/* Who goes can always take back what was put. */
	ck_assert_uint_eq(rig_figures().registry_keys, 1);
	ck_assert_int_eq(store->ops->put(store, space, "k", NULL, 0), STORE_OK);
	ck_assert_uint_eq(rig_figures().registry_keys, 0);
	rig_deaf();
	rig_leave(&a);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_topic");
	TCase *tc = suite_case(s, "store_topic");

	tcase_add_checked_fixture(tc, rig_start, rig_end);
	tcase_add_test(tc, nobody_hears_what_nobody_has_subscribed);
	tcase_add_test(tc, each_worker_that_listens_gets_a_message_once);
	tcase_add_test(tc, names_belong_to_their_space);
	tcase_add_test(tc, what_a_publisher_asked_for_is_told_to_the_hubs);
	tcase_add_test(
	    tc, the_answer_comes_behind_the_message_on_the_publishers_worker);
	tcase_add_test(
	    tc, an_answer_to_a_worker_that_does_not_exist_is_nobodys);
	tcase_add_test(tc, stamps_are_written_where_they_are_asked_for);
	tcase_add_test(tc, a_topic_lives_while_it_is_heard_or_remembers);
	tcase_add_test(tc, leave_is_answered_once_each);
	tcase_add_test(tc, a_ticket_comes_back_as_it_was_given);
	tcase_add_test(tc, a_store_may_end_with_everybody_in_it);
	tcase_add_test(tc, beyond_the_limit_there_is_no_further_topic);
	tcase_add_test(tc,
	    for_one_more_the_longest_idle_of_the_fullest_space_is_forgotten);
	tcase_add_test(tc, when_too_much_is_under_way_publications_are_refused);
	tcase_add_test(tc, bytes_under_way_are_bounded_too);
	tcase_add_test(tc, a_flood_of_anything_else_is_refused_at_twice_that);
	return suite_run_forked(s);
}
