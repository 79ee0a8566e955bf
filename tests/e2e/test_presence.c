/* SPDX-License-Identifier: MIT
 *
 * test_presence.c - members, evictions, and subscriptions that end early.
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

/* --- presence ------------------------------------------------------------ */

START_TEST(a_member_appears_with_its_first_connection_and_goes_with_the_last)
{
	struct raw c;

	forum_join(&forum.a, "subscribe room", "members=0");
	forum_join(&forum.b,
	    "subscribe member=ali info=blue first=+ali last=-ali room",
	    "members=1");
	raw_expect(&forum.a, "+ali");
	raw_ws(&c, forum.d.port, "/t");
	forum_join(&c,
	    "subscribe member=ali info=red first=+ali last=-ali room",
	    "members=1");
	visit_ask(&forum.a, "members room", "members=1 ali(red)2");
	forum_reset(&forum.b);
	visit_ask(&c, "publish room still", "publish=0");
	raw_expect(&forum.a, "still");
	raw_expect(&c, "still");
	forum_reset(&c);
	raw_expect(&forum.a, "-ali");
	visit_ask(&forum.a, "members room", "members=0");
}
END_TEST

START_TEST(an_eviction_ends_all_subscriptions_of_a_member)
{
	struct raw c;

	raw_ws(&c, forum.d.port, "/t");
	forum_join(
	    &forum.a, "subscribe member=ali last=-ali room", "members=1");
	forum_join(&forum.b, "subscribe member=bea room", "members=2");
	forum_join(&c, "subscribe member=ali last=-ali room", "members=2");
	visit_ask(&forum.b, "evict room ali too loud", "evict=0");
	raw_expect(&forum.a, "unsubscribed room: too loud has=0");
	raw_expect(&c, "unsubscribed room: too loud has=0");
	raw_expect(&forum.b, "-ali");
	visit_ask(&forum.b, "publish room now", "publish=0");
	raw_expect(&forum.b, "now");
	visit_ask(&forum.a, "topics", "topics=0 has=0");
	visit_ask(&forum.b, "evict room nobody", "evict=0");
	raw_shut(&c);
}
END_TEST

START_TEST(a_subscription_that_still_waits_can_be_evicted)
{
	uint8_t bytes[256];
	const char *join = "subscribe member=ali room";
	const char *evict = "evict room ali out";
	size_t n = raw_build(bytes, 0x81, join, strlen(join));

	/* In one turn: what the store has decided is not known yet. */
	n += raw_build(bytes + n, 0x81, evict, strlen(evict));
	raw_put(&forum.a, bytes, n);
	raw_expect(&forum.a, "subscribe=0");
	raw_expect(&forum.a, "evict=0");
	forum_hear(&forum.a, "subscribed room status=0");
	raw_expect(&forum.a, "unsubscribed room: out has=0");
}
END_TEST

/* --- subscriptions and connections that end early ------------------------ */

START_TEST(a_subscription_that_still_waits_can_be_ended)
{
	uint8_t bytes[256];
	size_t n = raw_build(bytes, 0x81, "subscribe room", 14);

	n += raw_build(bytes + n, 0x81, "unsubscribe room", 16);
	n += raw_build(bytes + n, 0x81, "subscribe room", 14);
	raw_put(&forum.a, bytes, n);
	raw_expect(&forum.a, "subscribe=0");
	raw_expect(&forum.a, "unsubscribe=0");
	raw_expect(&forum.a, "subscribe=0");
	forum_hear(&forum.a, "subscribed room status=0"); /* once */
	visit_ask(&forum.a, "publish room hi", "publish=0");
	raw_expect(&forum.a, "hi"); /* once */
	visit_ask(&forum.a, "topics room", "topics=1 room has=1");
}
END_TEST

START_TEST(on_subscribed_may_end_what_has_just_begun)
{
	visit_ask(&forum.a, "publish store leave-at-once x", "publish=0");
	visit_ask(&forum.a, "publish store close-at-once x", "publish=0");
	forum_join(&forum.a, "subscribe epoch=0 leave-at-once", "missed=1");
	visit_ask(&forum.a, "topics", "topics=0 has=0");
	forum_join(&forum.a, "subscribe epoch=0 close-at-once", "missed=1");
	raw_expect_close(&forum.a, 4001, "");
	daemon_await(&forum.d, "cleat_topic_subscriptions", 0);
}
END_TEST

START_TEST(a_closed_connection_has_no_topics_and_gets_none)
{
	forum_join(&forum.a, "subscribe farewell", "status=0");
	forum_join(&forum.b, "subscribe farewell", "status=0");
	raw_text(&forum.a, "close");
	raw_expect_close(&forum.a, 4000, "");
	raw_expect(&forum.b, "bye"); /* said in on_close */
	daemon_await(&forum.d, "cleat_handler_topics_gone{route=\"/t\"}", 1);
	daemon_await(&forum.d, "cleat_topic_subscriptions", 1);
}
END_TEST

START_TEST(who_closes_is_told_of_nothing_any_more)
{
	static const char *const last[] = { "subscribe close-at-once",
		"subscribe room", "claim k me", "publish from room x" };
	uint8_t bytes[256];
	size_t n = 0;

	for (size_t i = 0; i < 4; i++)
		n += raw_build(bytes + n, 0x81, last[i], strlen(last[i]));
	raw_put(&forum.a, bytes, n);
	raw_expect(&forum.a, "subscribe=0");
	raw_expect(&forum.a, "subscribe=0");
	raw_expect(&forum.a, "claim=0");
	raw_expect(&forum.a, "publish=0");
	forum_hear(&forum.a, "subscribed close-at-once status=0");
	raw_expect_close(&forum.a, 4001, "");
	daemon_await(&forum.d, "cleat_topic_subscriptions", 0);
	daemon_await(&forum.d, "cleat_registry_keys", 0);
	ck_assert(daemon_metric(
		      &forum.d, "cleat_handler_topics_late{route=\"/t\"}") < 0);
}
END_TEST

START_TEST(all_topics_can_be_left_while_they_are_walked)
{
	forum_join(&forum.a, "subscribe one", "status=0");
	forum_join(&forum.a, "subscribe two", "status=0");
	forum_join(&forum.a, "subscribe stop", "status=0");
	forum_join(&forum.a, "subscribe four", "status=0");
	visit_ask(&forum.a, "topics four", "topics=4 one two stop has=1");
	visit_ask(&forum.a, "leave_all", "left 4, 0");
	daemon_await(&forum.d, "cleat_topics", 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("presence");
	TCase *tc = suite_case(s, "presence");

	tcase_add_checked_fixture(tc, forum_start, forum_stop);
	tcase_add_test(tc,
	    a_member_appears_with_its_first_connection_and_goes_with_the_last);
	tcase_add_test(tc, an_eviction_ends_all_subscriptions_of_a_member);
	tcase_add_test(tc, a_subscription_that_still_waits_can_be_evicted);
	tcase_add_test(tc, a_subscription_that_still_waits_can_be_ended);
	tcase_add_test(tc, on_subscribed_may_end_what_has_just_begun);
	tcase_add_test(tc, a_closed_connection_has_no_topics_and_gets_none);
	tcase_add_test(tc, who_closes_is_told_of_nothing_any_more);
	tcase_add_test(tc, all_topics_can_be_left_while_they_are_walked);
	return suite_run(s);
}
