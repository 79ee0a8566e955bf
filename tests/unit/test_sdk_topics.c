/* SPDX-License-Identifier: MIT
 *
 * test_sdk_topics.c - what of topics only shows when rounds are counted: a
 * message in parts, loading, checking; and publishing from outside.
 */
#include "config.h"

#include <string.h>

#include "cleat.h"
#include "host_rig.h"
#include "net/loop.h"

static struct host_rig rig;

#define SLOW	      "messages are read too slowly, please connect again"
#define ROUTE	      "{ path = \"/t\"; handler = \"topics\"; "
#define ROUTES(route) "routes = ( " route " } );"

static void
set_up(void)
{
	host_rig_init(&rig, 2);
}

static void
tear_down(void)
{
	host_rig_fini(&rig);
}

static void
ask(struct guest *g, const char *command, const char *answer)
{
	guest_say(g, command);
	host_rig_run(&rig);
	guest_expect(g, answer);
}

static void
join(struct guest *g, const char *command)
{
	unsigned opcode;

	ask(g, command, "subscribe=0");
	ck_assert_ptr_nonnull(strstr(guest_hear(g, &opcode), " status=0 "));
}

START_TEST(a_handler_of_abi_0_1_publishes_and_is_told_nothing_new)
{
	struct guest *g;

	ck_assert_int_eq(
	    host_rig_load(&rig,
		"routes = ( { path = \"/\"; handler = \"older_minor\"; } );"),
	    0);
	g = host_rig_open(&rig, "/");
	guest_say(g, "hello");
	host_rig_run(&rig);
	guest_expect(g, "hello");
}
END_TEST

/* In parts; then so many publications, stored or not. */
static struct guest *
begin_parts(const char *limits, const char *burst, const char *answer)
{
	char route[256];
	struct guest *g, *other;
	unsigned opcode;

	snprintf(route, sizeof(route), ROUTES(ROUTE "%s"), limits);
	ck_assert_int_eq(host_rig_load(&rig, route), 0);
	g = host_rig_open(&rig, "/t");
	other = host_rig_open(&rig, "/t");
	join(g, "subscribe news");
	guest_say(g, "part first begin");
	host_rig_run(&rig);
	ck_assert_str_eq(guest_hear(g, &opcode), "begin");
	ask(other, burst, answer);
	host_rig_run(&rig);
	return g;
}

START_TEST(as_much_waits_behind_a_message_in_parts_as_fits_into_a_queue)
{
	struct guest *g = begin_parts(
	    "queue_messages = 4;", "burst 4 0 store news", "burst=0 after 4");
	unsigned opcode;

	guest_say(g, "part last end");
	host_rig_run(&rig);
	ck_assert_str_eq(guest_hear(g, &opcode), "end");
	guest_expect(g, "0 ");
	guest_expect(g, "1 ");
	guest_expect(g, "2 ");
	guest_expect(g, "3 ");
}
END_TEST

START_TEST(one_more_of_what_is_stored_closes)
{
	struct guest *g = begin_parts("queue_messages = 4; queue_policy = "
				      "\"drop\";",
	    "burst 5 0 store news", "burst=0 after 5");

	guest_expect_close(g, 1013, SLOW);
}
END_TEST

START_TEST(one_more_of_what_is_not_stored_is_dropped_if_the_policy_says_so)
{
	struct guest *g = begin_parts("queue_messages = 4; queue_policy = "
				      "\"drop\";",
	    "burst 6 0 news", "burst=0 after 6");
	unsigned opcode;

	guest_say(g, "part last end");
	host_rig_run(&rig);
	ck_assert_str_eq(guest_hear(g, &opcode), "end");
	for (char i = '0'; i < '4'; i++)
		guest_expect(g, (char[]){ i, ' ', '\0' });
	ask(g, "topics", "topics=1 news has=0");
	ck_assert_double_eq(
	    host_rig_metric(
		&rig, "cleat_dropped_total{route=\"/t\",reason=\"queue\"}"),
	    2);
}
END_TEST

START_TEST(the_bytes_that_wait_are_bounded_too)
{
	struct guest *g = begin_parts(
	    "queue_bytes = 1024;", "burst 3 400 news", "burst=0 after 3");

	guest_expect_close(g, 1013, SLOW);
}
END_TEST

#define PUT ROUTES(ROUTE "config: { put = \"k\"; };")

START_TEST(an_on_load_may_put)
{
	ck_assert_int_eq(host_rig_load(&rig, PUT), 0);
	ask(host_rig_open(&rig, "/t"), "get k", "get=loaded");
}
END_TEST

START_TEST(a_check_has_nowhere_to_put_it_and_minds_not)
{
	ck_assert_int_eq(host_rig_check(&rig, PUT), 0);
}
END_TEST

START_TEST(the_first_on_load_has_its_bounds_already)
{
	ck_assert_int_ne(
	    host_rig_load(&rig, "topics: { registry = 1; };" ROUTES(
				    ROUTE "config: { put = \"k\"; };")),
	    0);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "on_load returned -6"));
}
END_TEST

START_TEST(what_the_last_connections_give_back_does_not_outlive_the_host)
{
	struct guest *g;

	ck_assert_int_eq(host_rig_load(&rig, ROUTES(ROUTE)), 0);
	for (int i = 0; i < 4; i++) {
		g = host_rig_open(&rig, "/t");
		join(g, "subscribe member=m last=bye news");
		ask(g, "claim k me", "claim=0");
	}
	/* Each worker still tells the others, who may have stopped. */
	host_stop(rig.host);
	for (unsigned i = 0; i < rig.n; i++)
		ck_assert(!loop_pending(worker_loop(rig.workers[i])));
}
END_TEST

static int
publish(const char *name)
{
	int result =
	    host_publish(rig.host, name, CLEAT_TEXT, name, strlen(name), NULL);

	host_rig_run(&rig);
	return result;
}

START_TEST(from_outside_a_name_begins_with_its_space_the_longest_counts)
{
	struct guest *g, *h;

	ck_assert_int_eq(publish("a/news"), CLEAT_ENOENT);
	ck_assert_int_eq(
	    host_rig_load(&rig,
		"routes = ( { path = \"/a/b/*\"; handler = \"topics\"; },"
		"{ path = \"/a\"; handler = \"topics\"; } );"),
	    0);
	g = host_rig_open(&rig, "/a");
	h = host_rig_open(&rig, "/a/b/c");
	join(g, "subscribe news");
	join(g, "subscribe b/news");
	join(h, "subscribe news");
	ck_assert_int_eq(publish("a/news"), CLEAT_OK);
	guest_expect(g, "a/news");
	ck_assert_int_eq(publish("a/b/news"), CLEAT_OK);
	guest_expect(h, "a/b/news");
	ask(g, "topics news", "topics=2 news b/news has=1");
	ck_assert_int_eq(publish("ab/news"), CLEAT_ENOENT);
	ck_assert_int_eq(publish("a"), CLEAT_ENOENT);
	ck_assert_int_eq(publish("a/"), CLEAT_EINVAL);
	ck_assert_int_eq(publish("a/\xff"), CLEAT_EINVAL);
	ck_assert_int_eq(
	    host_publish(rig.host, "a/news", CLEAT_TEXT, "\xff", 1, NULL),
	    CLEAT_EINVAL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_handler_of_abi_0_1_publishes_and_is_told_nothing_new,
		as_much_waits_behind_a_message_in_parts_as_fits_into_a_queue,
		one_more_of_what_is_stored_closes,
		one_more_of_what_is_not_stored_is_dropped_if_the_policy_says_so,
		the_bytes_that_wait_are_bounded_too, an_on_load_may_put,
		a_check_has_nowhere_to_put_it_and_minds_not,
		the_first_on_load_has_its_bounds_already,
		what_the_last_connections_give_back_does_not_outlive_the_host,
		from_outside_a_name_begins_with_its_space_the_longest_counts
	};

	return host_rig_main("sdk topics", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
