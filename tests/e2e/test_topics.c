/* SPDX-License-Identifier: MIT
 *
 * test_topics.c - topics through the real host: who hears what, in which
 * order, across two workers, a reload and a stop.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "forum.h"
#include "suite.h"

/* --- publishing ---------------------------------------------------------- */

START_TEST(what_is_published_reaches_the_subscribers_of_all_workers)
{
	forum_join(&forum.a, "subscribe news", "subscribed news status=0");
	forum_join(&forum.b, "subscribe news", "subscribed news status=0");
	visit_ask(&forum.a, "publish news hello", "publish=0");
	raw_expect(&forum.a, "hello");
	raw_expect(&forum.b, "hello");
	visit_ask(&forum.b, "unsubscribe news", "unsubscribe=0");
	visit_ask(&forum.b, "publish news again", "publish=0");
	raw_expect(&forum.a, "again");
	visit_ask(
	    &forum.b, "topics news", "topics=0 has=0"); /* and nothing before */
}
END_TEST

START_TEST(a_space_is_shared_by_the_routes_that_name_it_and_by_no_other)
{
	struct raw same, other;

	raw_ws(&same, forum.d.port, "/same");
	raw_ws(&other, forum.d.port, "/other");
	forum_join(&same, "subscribe news", "status=0");
	forum_join(&other, "subscribe news", "status=0");
	visit_ask(&forum.a, "publish news ours", "publish=0");
	raw_expect(&same, "ours");
	visit_ask(&other, "topics news", "topics=1 news has=1");
	raw_shut(&same);
	raw_shut(&other);
}
END_TEST

START_TEST(who_publishes_may_be_left_out_and_told)
{
	forum_join(&forum.a, "subscribe news", "status=0");
	forum_join(&forum.b, "subscribe news", "status=0");
	visit_ask(&forum.a, "publish except news one", "publish=0");
	raw_expect(&forum.b, "one");
	visit_ask(&forum.a, "publish from news two", "publish=0");
	raw_expect(&forum.a, "two");
	raw_expect(&forum.a, "published news status=0 seq=0 key=- duplicate=0");
	raw_expect(&forum.b, "two");
}
END_TEST

START_TEST(what_is_stored_has_a_seq_and_its_stamps)
{
	unsigned long long epoch =
	    forum_join(&forum.a, "subscribe news", "subscribed news status=0");
	char expected[128];

	visit_ask(&forum.a,
	    "publish store from stamp=4 stamp_epoch=27 news seq:@ e:@",
	    "publish=0");
	snprintf(expected, sizeof expected, "seq:%20d e:%20llu", 1, epoch);
	raw_expect(&forum.a, expected);
	raw_expect(&forum.a, "published news status=0 seq=1 key=- duplicate=0");
}
END_TEST

START_TEST(a_key_makes_a_retry_harmless)
{
	forum_join(&forum.b, "subscribe news", "status=0");
	for (int i = 0; i < 2; i++)
		visit_ask(
		    &forum.a, "publish store key=k1 news once", "publish=0");
	visit_ask(&forum.a, "publish store from key=k1 news once", "publish=0");
	raw_expect(
	    &forum.a, "published news status=0 seq=1 key=k1 duplicate=1");
	raw_expect(&forum.b, "once");
	visit_ask(&forum.a, "publish store news next", "publish=0");
	raw_expect(&forum.b, "next");
}
END_TEST

START_TEST(what_is_erased_is_not_sent_again)
{
	visit_ask(&forum.a, "publish store news one", "publish=0");
	visit_ask(&forum.a, "publish store news two", "publish=0");
	visit_ask(
	    &forum.a, "publish store from erase=1 news gone", "publish=0");
	raw_expect(&forum.a, "published news status=0 seq=3 key=- duplicate=0");
	visit_ask(
	    &forum.a, "publish store from erase=1 news gone", "publish=0");
	raw_expect(
	    &forum.a, "published news status=-7 seq=0 key=- duplicate=0");
	forum_join(
	    &forum.b, "subscribe epoch=0 news", "seq=3 missed=2 complete=0");
	raw_expect(&forum.b, "two");
	raw_expect(&forum.b, "gone");
}
END_TEST

START_TEST(who_comes_back_gets_what_he_missed_and_then_what_follows)
{
	unsigned long long epoch;
	char command[128];
	struct raw c;

	epoch =
	    forum_join(&forum.b, "subscribe news", "seq=0 missed=0 complete=1");
	visit_ask(&forum.a, "publish store news one", "publish=0");
	raw_expect(&forum.b, "one");
	raw_shut(&forum.b);
	visit_ask(&forum.a, "publish store news two", "publish=0");
	visit_ask(&forum.a, "publish store news three", "publish=0");
	raw_ws(&forum.b, forum.d.port, "/t");
	snprintf(
	    command, sizeof command, "subscribe epoch=%llu seq=1 news", epoch);
	forum_join(&forum.b, command, "seq=3 missed=2 complete=1");
	visit_ask(&forum.a, "publish store news four", "publish=0");
	raw_expect(&forum.b, "two");
	raw_expect(&forum.b, "three");
	raw_expect(&forum.b, "four");
	/* Fewer than there were. */
	raw_ws(&c, forum.d.port, "/t");
	snprintf(command, sizeof command,
	    "subscribe epoch=%llu seq=1 max=1 news", epoch);
	forum_join(&c, command, "seq=4 missed=1 complete=0");
	raw_expect(&c, "four");
	raw_shut(&c);
}
END_TEST

START_TEST(another_run_is_another_epoch)
{
	unsigned long long epoch =
	    forum_join(&forum.a, "subscribe news", "subscribed news status=0");
	char command[128];

	visit_ask(&forum.a, "publish store news one", "publish=0");
	raw_expect(&forum.a, "one");
	forum_stop();
	forum_start();
	snprintf(
	    command, sizeof command, "subscribe epoch=%llu seq=1 news", epoch);
	ck_assert_uint_ne(
	    forum_join(&forum.a, command, "seq=0 missed=0 complete=0"), epoch);
}
END_TEST

/* A worker that was kept from it for too long says the rest in its next round:
 * so not each time, but as a rule. */
START_TEST(the_messages_of_a_turn_leave_together_and_in_order)
{
	enum { N = 100, TRIES = 50 };
	char expected[32];
	uint8_t bytes[N * 8];
	struct raw c; /* on the worker of a */
	size_t n = 0;
	bool together = false;

	raw_ws(&c, forum.d.port, "/t");
	visit_ask(&c, "id", "worker 0");
	forum_join(&c, "subscribe news", "status=0");
	for (int i = 0; i < N; i++) {
		snprintf(expected, sizeof expected, "%d ", i);
		n += 2 + strlen(expected);
	}
	ck_assert_uint_lt(n, sizeof bytes);
	for (int i = 0; i < TRIES && !together; i++) {
		visit_ask(&forum.a, "burst 100 0 news", "burst=0 after 100");
		/* One segment: they are all there at once. */
		ck_assert_int_eq(recv(c.fd, bytes, 1, MSG_PEEK), 1);
		together = (size_t)recv(c.fd, bytes, sizeof bytes,
			       MSG_PEEK | MSG_DONTWAIT) == n;
		for (int k = 0; k < N; k++) {
			snprintf(expected, sizeof expected, "%d ", k);
			raw_expect(&c, expected);
		}
	}
	ck_assert(together);
	raw_shut(&c);
}
END_TEST

START_TEST(nothing_comes_between_the_parts_of_a_message)
{
	struct raw_frame f;

	forum_join(&forum.a, "subscribe news", "status=0");
	raw_text(&forum.a, "part first begin");
	f = raw_next(&forum.a);
	ck_assert(f.opcode == 1 && f.fin == 0);
	visit_ask(&forum.b, "publish news one", "publish=0");
	visit_ask(&forum.b, "publish store from news two", "publish=0");
	forum_hear(&forum.b,
	    "published news status=0 seq=1"); /* a's worker has it, too: */
	raw_text(&forum.a, "part last end");  /* the mail is in order */
	f = raw_next(&forum.a);
	ck_assert(f.opcode == 0 && f.fin == 1);
	raw_expect(&forum.a, "one");
	raw_expect(&forum.a, "two");
}
END_TEST

/* --- reload and stop ----------------------------------------------------- */

START_TEST(topics_outlive_a_reload_and_a_handler_that_is_replaced)
{
	struct raw c;

	forum_join(&forum.a, "subscribe news", "status=0");
	daemon_config(&forum.d,
	    "workers = 2; routes = ( { path = \"/t\"; handler = \"topics\";"
	    " config: { put = \"k\"; }; } );");
	daemon_reload(&forum.d);
	raw_ws(&c, forum.d.port, "/t");
	visit_ask(&c, "publish store news both", "publish=0");
	raw_expect(&forum.a, "both"); /* of the instance before */
	forum_join(&c, "subscribe epoch=0 news", "seq=1 missed=1");
	raw_expect(&c, "both");
	visit_ask(&c, "get k", "get=loaded");
	visit_ask(&forum.a, "publish news old", "publish=0");
	raw_expect(&forum.a, "old");
	raw_expect(&c, "old");
	raw_shut(&forum.a);
	raw_shut(&forum.b);
	/* What is left of it answers that it is gone. */
	daemon_await(
	    &forum.d, "cleat_handler_topics_unloaded{route=\"/t\"}", 2);
	raw_shut(&c);
}
END_TEST

START_TEST(another_space_is_another_instance)
{
	struct raw c;

	forum_join(&forum.a, "subscribe news", "status=0");
	daemon_config(&forum.d,
	    "workers = 2; routes = ( { path = \"/t\"; handler = \"topics\";"
	    " space = \"elsewhere\"; } );");
	daemon_reload(&forum.d);
	raw_ws(&c, forum.d.port, "/t");
	forum_join(&c, "subscribe news", "status=0");
	visit_ask(&c, "publish news new", "publish=0");
	raw_expect(&c, "new");
	visit_ask(&forum.a, "publish news old", "publish=0");
	raw_expect(&forum.a, "old");
	visit_ask(&c, "topics news", "topics=1 news has=1");
	raw_shut(&c);
}
END_TEST

START_TEST(a_stop_in_the_middle_leaves_nothing)
{
	struct raw many[20];

	for (int i = 0; i < 20; i++) {
		raw_ws(&many[i], forum.d.port, "/t");
		raw_text(&many[i], "subscribe member=m last=bye room");
		raw_text(&many[i], "subscribe farewell");
		raw_text(&many[i], "claim key me");
	}
	raw_text(&forum.a, "burst 1000 100 store farewell");
	daemon_signal(&forum.d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&forum.d), 0);
	for (int i = 0; i < 20; i++)
		raw_shut(&many[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("topics");
	TCase *tc = suite_case(s, "topics");

	tcase_add_checked_fixture(tc, forum_start, forum_stop);
	tcase_add_test(
	    tc, what_is_published_reaches_the_subscribers_of_all_workers);
	tcase_add_test(
	    tc, a_space_is_shared_by_the_routes_that_name_it_and_by_no_other);
	tcase_add_test(tc, who_publishes_may_be_left_out_and_told);
	tcase_add_test(tc, what_is_stored_has_a_seq_and_its_stamps);
	tcase_add_test(tc, a_key_makes_a_retry_harmless);
	tcase_add_test(tc, what_is_erased_is_not_sent_again);
	tcase_add_test(
	    tc, who_comes_back_gets_what_he_missed_and_then_what_follows);
	tcase_add_test(tc, another_run_is_another_epoch);
	tcase_add_test(tc, the_messages_of_a_turn_leave_together_and_in_order);
	tcase_add_test(tc, nothing_comes_between_the_parts_of_a_message);
	tcase_add_test(
	    tc, topics_outlive_a_reload_and_a_handler_that_is_replaced);
	tcase_add_test(tc, another_space_is_another_instance);
	tcase_add_test(tc, a_stop_in_the_middle_leaves_nothing);
	return suite_run(s);
}
