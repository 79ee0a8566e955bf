/* SPDX-License-Identifier: MIT
 *
 * test_topic_limits.c - what topics refuse, and what a slow reader misses.
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

/* --- limits and mistakes ------------------------------------------------- */

START_TEST(what_cannot_be_right_is_refused)
{
	static const char *const wrong[][2] = {
		{ "publish key=k news x", "publish=-3" }, /* needs store */
		{ "publish erase=1 news x", "publish=-3" },
		{ "publish stamp=1 news x@", "publish=-3" },
		{ "publish store stamp=2 news x@", "publish=-3" },
		{ "publish store stamp=1 news xyz", "publish=-3" },
		{ "publish store stamp=1 stamp_epoch=2 news x@@",
		    "publish=-3" },
		{ "publish store stamp=1 stamp_epoch=1 news x@", "publish=-3" },
		{ "publish lose=3 news x", "publish=-3" },
		{ "publish nobody news x", "publish=-3" },
		{ "publish  x", "publish=-3" }, /* no name */
		{ "publish ne\x01ws x", "publish=-3" },
		{ "publish ne\xc2\x85ws x", "publish=-3" },
		{ "subscribe ", "subscribe=-3" },
		{ "subscribe info=x news", "subscribe=-3" }, /* no member */
		{ "subscribe first=x news", "subscribe=-3" },
		{ "subscribe member= news", "subscribe=-3" },
		{ "unsubscribe news", "unsubscribe=-7" },
		{ "evict news ", "evict=-3" },
		{ "topics ", "topics=0 has=0" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		visit_ask(&forum.a, wrong[i][0], wrong[i][1]);
	forum_join(&forum.a, "subscribe news", "status=0");
	visit_ask(&forum.a, "subscribe news", "subscribe=-8");
	visit_ask(&forum.a, "thread", "here=-5 -5 -5 -5 any=0 0 0");
}
END_TEST

START_TEST(names_and_values_have_their_lengths)
{
	char command[8192], name[257];

	memset(name, 'n', 256);
	name[255] = '\0';
	snprintf(command, sizeof command, "publish %s x", name);
	visit_ask(&forum.a, command, "publish=0");
	snprintf(command, sizeof command, "publish %sn x", name);
	visit_ask(&forum.a, command, "publish=-3");
	for (int more = 0; more < 2; more++) {
		snprintf(command, sizeof command,
		    "subscribe member=m info=%0*d t%d", 4096 + more, 1, more);
		visit_ask(
		    &forum.a, command, more ? "subscribe=-3" : "subscribe=0");
		if (!more)
			forum_hear(&forum.a, "status=0");
		snprintf(command, sizeof command,
		    "subscribe member=m first=%0*d u%d", 4096 + more, 1, more);
		visit_ask(
		    &forum.a, command, more ? "subscribe=-3" : "subscribe=0");
		if (!more)
			forum_hear(&forum.a, "status=0");
	}
}
END_TEST

START_TEST(max_topics_and_not_one_more)
{
	forum_start_with("", "max_topics = 2;");
	forum_join(&forum.a, "subscribe one", "status=0");
	forum_join(&forum.a, "subscribe two", "status=0");
	visit_ask(&forum.a, "subscribe three", "subscribe=-6");
	visit_ask(&forum.a, "unsubscribe one", "unsubscribe=0");
	forum_join(&forum.a, "subscribe three", "status=0");
}
END_TEST

START_TEST(topics_max_and_not_one_more)
{
	forum_start_with("topics: { max = 2; };", "");
	forum_join(&forum.a, "subscribe one", "status=0");
	forum_join(&forum.b, "subscribe two", "status=0");
	forum_join(&forum.a, "subscribe three", "subscribed three status=-6");
	visit_ask(&forum.a, "topics three", "topics=1 one has=0");
	visit_ask(&forum.b, "unsubscribe two", "unsubscribe=0");
	daemon_await(&forum.d, "cleat_topics", 1);
	forum_join(&forum.a, "subscribe three", "status=0");
}
END_TEST

START_TEST(a_history_has_its_bounds)
{
	forum_start_with("", "history_messages = 2;");
	for (int i = 0; i < 3; i++)
		visit_ask(&forum.a, "publish store news x", "publish=0");
	forum_join(
	    &forum.b, "subscribe epoch=0 news", "seq=3 missed=2 complete=0");
	daemon_await(&forum.d, "cleat_history_messages", 2);
}
END_TEST

/* --- slow readers -------------------------------------------------------- */

/* The limits of those below: what the sockets hold comes on top. */
#define SLOW                                                 \
	"queue_bytes = \"1 MiB\"; queue_messages = 100000; " \
	"queue_high = 50; queue_low = 25;"

static double
dropped(const char *reason)
{
	char name[128];

	snprintf(name, sizeof name,
	    "cleat_dropped_total{route=\"/t\",reason=\"%s\"}", reason);
	return daemon_metric(&forum.d, name);
}

/* Publishes until at least one is lost for this reason. */
static void
publish_until_lost(const char *command, const char *reason)
{
	for (int i = 0; i < 400 && dropped(reason) < 1; i++) {
		raw_text(&forum.a, command);
		forum_hear(&forum.a, "burst=0 after 8");
	}
	ck_assert(dropped(reason) >= 1);
}

START_TEST(a_slow_reader_misses_what_may_be_lost_first_and_then_next)
{
	struct raw_frame f;

	forum_start_with("", SLOW);
	forum_join(&forum.b, "subscribe news", "status=0");
	publish_until_lost("burst 8 16384 lose=1 news", "lose_first");
	ck_assert(dropped("lose_next") == 0);
	publish_until_lost("burst 8 16384 lose=2 news", "lose_next");
	/* What is kept still goes into the queue. */
	visit_ask(&forum.a, "publish news kept", "publish=0");
	do
		f = raw_next(&forum.b);
	while (f.opcode == 1 && strcmp((char *)f.data, "kept") != 0);
	ck_assert_int_eq(f.opcode, 1);
	ck_assert(dropped("queue") == 0);
}
END_TEST

START_TEST(a_slow_reader_of_what_is_kept_is_closed_with_1013)
{
	struct raw_frame f;

	forum_start_with("", SLOW);
	forum_join(&forum.b, "subscribe news", "status=0");
	for (int i = 0; i < 400; i++) {
		raw_text(&forum.a, "burst 8 16384 news");
		forum_hear(&forum.a, "burst=0 after 8");
	}
	do
		f = raw_next(&forum.b);
	while (f.opcode == 1);
	ck_assert_int_eq(f.opcode, 8);
	ck_assert_int_eq(f.code, 1013);
}
END_TEST

START_TEST(what_is_stored_is_never_dropped_but_closes)
{
	unsigned long next = 0;
	struct raw_frame f;

	forum_start_with(
	    "", SLOW "queue_policy = \"drop\"; history_messages = 0;");
	forum_join(&forum.b, "subscribe news", "status=0");
	publish_until_lost("burst 8 16384 news", "queue");
	visit_ask(
	    &forum.a, "burst 1000 16000 store news", "burst=0 after 1000");
	/* Those that came, by their size: none is missing before the close. */
	for (f = raw_next(&forum.b); f.opcode == 1; f = raw_next(&forum.b))
		if (f.len < 16384)
			ck_assert_uint_eq(
			    strtoul((char *)f.data, NULL, 10), next++);
	ck_assert_uint_lt(next, 1000);
	ck_assert_int_eq(f.opcode, 8);
	ck_assert_int_eq(f.code, 1013);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("topic limits");
	TCase *tc = suite_case(s, "mistakes");

	tcase_add_checked_fixture(tc, forum_start, forum_stop);
	tcase_add_test(tc, what_cannot_be_right_is_refused);
	tcase_add_test(tc, names_and_values_have_their_lengths);

	tc = suite_case(s, "limits");

	tcase_add_checked_fixture(tc, forum_prepare, forum_stop);
	tcase_add_test(tc, max_topics_and_not_one_more);
	tcase_add_test(tc, topics_max_and_not_one_more);
	tcase_add_test(tc, a_history_has_its_bounds);
	tcase_add_test(
	    tc, a_slow_reader_misses_what_may_be_lost_first_and_then_next);
	tcase_add_test(tc, a_slow_reader_of_what_is_kept_is_closed_with_1013);
	tcase_add_test(tc, what_is_stored_is_never_dropped_but_closes);
	return suite_run(s);
}
