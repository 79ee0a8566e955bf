/* SPDX-License-Identifier: MIT
 *
 * test_registry.c - values and claims across two workers. What one thread
 * puts and then publishes reaches each worker in that order: who has heard
 * the message sees the value.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "forum.h"
#include "suite.h"

static void
start(void)
{
	forum_start();
	forum_join(&forum.b, "subscribe news", "status=0");
}

/* Has b's worker seen all that a's has done so far? Then yes. */
static void
settle(void)
{
	visit_ask(&forum.a, "publish news seen", "publish=0");
	raw_expect(&forum.b, "seen");
}

START_TEST(what_is_put_is_seen_by_all_workers)
{
	struct raw other;

	visit_ask(&forum.a, "get k", "get=-");
	visit_ask(&forum.a, "put k 0 blue", "put=0");
	settle();
	visit_ask(&forum.b, "get k", "get=blue");
	visit_ask(&forum.a, "get k", "get=blue");
	raw_ws(&other, forum.d.port, "/other"); /* another space */
	visit_ask(&other, "get k", "get=-");
	raw_shut(&other);
	visit_ask(&forum.a, "put k 0 ", "put=0"); /* removes it */
	settle();
	visit_ask(&forum.b, "get k", "get=-");
	daemon_await(&forum.d, "cleat_registry_keys", 0);
}
END_TEST

START_TEST(a_value_ends_with_its_time)
{
	const char *text;

	visit_ask(&forum.a, "put k 100 blue", "put=0");
	visit_ask(&forum.a, "put stays 0 red", "put=0");
	do {
		raw_text(&forum.b, "get k");
		text = forum_hear(&forum.b, "get=");
	} while (strcmp(text, "get=-") != 0);
	daemon_await(&forum.d, "cleat_registry_keys", 1);
	visit_ask(&forum.b, "get stays", "get=red");
}
END_TEST

START_TEST(a_claim_is_one_holders)
{
	visit_ask(&forum.a, "claim nick ali", "claim=0");
	raw_expect(&forum.a, "claimed nick status=0 by ali");
	visit_ask(&forum.a, "claim nick ali", "claim=-8");
	settle();
	visit_ask(&forum.b, "get nick", "get=ali");
	visit_ask(&forum.b, "claim nick bea", "claim=0");
	raw_expect(&forum.b, "claimed nick status=-8 by ali");
	visit_ask(&forum.b, "claim nick ali", "claim=0"); /* the same holder */
	raw_expect(&forum.b, "claimed nick status=0 by ali");
	visit_ask(&forum.a, "release nick", "release=0");
	visit_ask(&forum.a, "release nick", "release=-7");
	visit_ask(&forum.a, "claim nick bea", "claim=0");
	raw_expect(&forum.a, "claimed nick status=-8 by ali");
	forum_reset(&forum.b);
	daemon_await(&forum.d, "cleat_registry_keys", 0);
	visit_ask(&forum.a, "claim nick bea", "claim=0");
	raw_expect(&forum.a, "claimed nick status=0 by bea");
}
END_TEST

START_TEST(a_key_is_either_put_or_claimed)
{
	visit_ask(&forum.a, "put k 0 blue", "put=0");
	visit_ask(&forum.a, "claim k ali", "claim=0");
	forum_hear(&forum.a, "claimed k status=-8");
	visit_ask(&forum.a, "claim nick ali", "claim=0");
	raw_expect(&forum.a, "claimed nick status=0 by ali");
	visit_ask(&forum.a, "put nick 0 bea", "put=0");
	settle();
	visit_ask(&forum.b, "get nick", "get=ali");
}
END_TEST

START_TEST(a_claim_that_still_waits_ends_with_its_connection)
{
	uint8_t bytes[128];
	struct raw c;
	size_t n = raw_build(bytes, 0x81, "claim nick eve", 14);

	n += raw_build(bytes + n, 0x81, "release nick", 12);
	n += raw_build(bytes + n, 0x81, "claim nick eve", 14);
	n += raw_build(bytes + n, 0x81, "close", 5);
	raw_ws(&c, forum.d.port, "/t");
	raw_put(&c, bytes, n);
	raw_expect(&c, "claim=0");
	raw_expect(&c, "release=0");
	raw_expect(&c, "claim=0");
	raw_expect_close(&c, 4000, "");
	raw_shut(&c);
	daemon_await(&forum.d, "cleat_connections{route=\"/t\"}", 2);
	daemon_await(&forum.d, "cleat_registry_keys", 0);
	visit_ask(&forum.a, "claim nick ali", "claim=0");
	raw_expect(&forum.a, "claimed nick status=0 by ali");
}
END_TEST

START_TEST(keys_values_and_holders_have_their_lengths)
{
	char command[8192];

	visit_ask(&forum.a, "put  0 x", "put=-3");
	visit_ask(&forum.a, "claim  x", "claim=-3");
	visit_ask(&forum.a, "claim k ", "claim=-3");
	visit_ask(&forum.a, "release ", "release=-3");
	visit_ask(&forum.a, "get ", "get=-");
	for (int more = 0; more < 2; more++) {
		snprintf(
		    command, sizeof command, "put k 0 %0*d", 4096 + more, 1);
		visit_ask(&forum.a, command, more ? "put=-3" : "put=0");
		snprintf(command, sizeof command, "claim h%d %0*d", more,
		    255 + more, 1);
		visit_ask(&forum.a, command, more ? "claim=-3" : "claim=0");
		if (!more)
			forum_hear(&forum.a, "claimed h0 status=0");
	}
}
END_TEST

START_TEST(max_topics_counts_claims_too)
{
	forum_start_with("", "max_topics = 1;");
	visit_ask(&forum.a, "claim one ali", "claim=0");
	raw_expect(&forum.a, "claimed one status=0 by ali");
	visit_ask(&forum.a, "claim two ali", "claim=-6");
	visit_ask(&forum.a, "release one", "release=0");
	visit_ask(&forum.a, "claim two ali", "claim=0");
	raw_expect(&forum.a, "claimed two status=0 by ali");
}
END_TEST

START_TEST(a_full_registry_refuses)
{
	char command[1024];

	forum_start_with("topics: { registry = \"2 KiB\"; };", "");
	snprintf(command, sizeof command, "put k 0 %0900d", 1);
	visit_ask(&forum.a, command, "put=0");
	snprintf(command, sizeof command, "put l 0 %0900d", 1);
	visit_ask(&forum.a, command, "put=-6");
	snprintf(command, sizeof command, "put l 0 %0250d", 1);
	visit_ask(&forum.a, command, "put=0");
	snprintf(command, sizeof command, "claim m %0255d", 1);
	visit_ask(&forum.a, command, "claim=0");
	forum_hear(&forum.a, "claimed m status=-6");
	visit_ask(&forum.a, "put k 0 ", "put=0");
	visit_ask(&forum.a, "claim m ali", "claim=0");
	forum_hear(&forum.a, "claimed m status=0");
	daemon_await(&forum.d, "cleat_topics_refused_total", 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registry");
	TCase *tc = suite_case(s, "registry");

	tcase_add_checked_fixture(tc, start, forum_stop);
	tcase_add_test(tc, what_is_put_is_seen_by_all_workers);
	tcase_add_test(tc, a_value_ends_with_its_time);
	tcase_add_test(tc, a_claim_is_one_holders);
	tcase_add_test(tc, a_key_is_either_put_or_claimed);
	tcase_add_test(tc, a_claim_that_still_waits_ends_with_its_connection);
	tcase_add_test(tc, keys_values_and_holders_have_their_lengths);

	tc = suite_case(s, "registry: limits");
	tcase_add_checked_fixture(tc, forum_prepare, forum_stop);
	tcase_add_test(tc, max_topics_counts_claims_too);
	tcase_add_test(tc, a_full_registry_refuses);
	return suite_run(s);
}
