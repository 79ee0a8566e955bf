/* SPDX-License-Identifier: MIT
 *
 * test_examples.c - the examples in the comments of cleat.h and cleat_json.h
 * do what they promise.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "host_rig.h"

static struct host_rig rig;

static void
set_up(void)
{
	host_rig_init(&rig, 1);
}

static void
tear_down(void)
{
	host_rig_fini(&rig);
}

static struct guest *
visit(const char *handler, const char *config, const char *query,
    const char *headers)
{
	char text[1024], target[128];
	struct guest *g;

	snprintf(text, sizeof(text),
	    "routes = ( { path = \"/x\"; handler = \"%s\"; "
	    "config: { %s }; } );",
	    handler, config);
	if (host_rig_load(&rig, text) != 0)
		ck_abort_msg("%s", rig.err.text);
	snprintf(target, sizeof(target), "/x%s", query);
	g = host_rig_knock(&rig, target, headers);
	for (int i = 0; i < 1000000 && g->answered == 0; i++)
		host_rig_run(&rig);
	if (g->verdict.status == 101)
		guest_enter(g);
	else
		guest_leave(g);
	return g;
}

START_TEST(the_header_s_echo_echoes)
{
	struct guest *g = visit("header/echo.so", "", "", NULL);

	guest_say(g, "hello");
	guest_expect(g, "hello");
}
END_TEST

START_TEST(the_header_s_counter_counts)
{
	struct guest *g = visit("header/counter.so", "", "", NULL);

	guest_say(g, "hello");
	guest_expect(g, "message 1, 5 bytes");
	guest_say(g, "");
	guest_expect(g, "message 2, 0 bytes");
}
END_TEST

START_TEST(the_header_s_clock_ticks)
{
	struct guest *g =
	    visit("header/clock.so", "every = 20; word = \"tock\";", "", NULL);

	host_rig_advance(&rig, 25);
	guest_expect(g, "tock");
	ck_assert_int_eq(
	    host_rig_check(&rig,
		"routes = ( { path = \"/x\"; handler = \"header/clock.so\"; "
		"config: { every = 1; }; } );"),
	    -1);
	ck_assert_ptr_nonnull(
	    strstr(rig.err.text, "every: must be at least 10 ms"));
}
END_TEST

START_TEST(the_header_s_door_knows_its_guests)
{
	struct guest *g = visit("header/door.so", "", "?token=x", NULL);

	ck_assert_int_eq(g->verdict.status, 401);
	g = visit("header/door.so", "", "?token=sesame", NULL);
	guest_expect(g, "welcome, ali (guest)");
}
END_TEST

START_TEST(the_header_s_sum_adds_up_pieces)
{
	struct guest *g = visit("header/sum.so", "", "", NULL);

	guest_say_binary(g, "\1\2\3", 3);
	guest_expect(g, "6");
	guest_say_binary(g, "\1", 1);
	guest_expect(g, "1");
}
END_TEST

START_TEST(the_header_s_slow_work_is_answered_later)
{
	struct guest *g = visit("header/slow.so", "", "", NULL);

	guest_say(g, "123456789");
	guest_expect(g, "3");
}
END_TEST

START_TEST(the_header_s_room_knows_who_is_there_and_what_was_missed)
{
	struct guest *a = visit("header/room.so", "", "?name=ali", NULL), *b;

	guest_expect(a, "1 here, 0 missed");
	guest_say(a, "hello");
	guest_expect(a, "hello");
	b = host_rig_open(&rig, "/x?name=bea");
	guest_expect(a, "somebody comes");
	guest_expect(b, "2 here, 1 missed");
	guest_expect(b, "hello");
	guest_say(b, "hi");
	guest_expect(a, "hi");
	guest_expect(b, "hi");
}
END_TEST

START_TEST(the_json_header_s_sum_is_told_thrice_a_second)
{
	struct guest *g = visit("header/add.so", "", "", NULL);

	for (int i = 0; i < 3; i++) {
		guest_say(g, "{\"a\":1,\"b\":2}");
		guest_expect(g, "{\"sum\":3}");
	}
	guest_say(g, "{}");
	guest_expect(g, "{\"error\":\"slower, please\"}");
	guest_say(g, "[]");
	guest_expect_close(g, 1007, "not an object");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { the_header_s_echo_echoes,
		the_header_s_counter_counts, the_header_s_clock_ticks,
		the_header_s_door_knows_its_guests,
		the_header_s_sum_adds_up_pieces,
		the_header_s_slow_work_is_answered_later,
		the_header_s_room_knows_who_is_there_and_what_was_missed,
		the_json_header_s_sum_is_told_thrice_a_second };

	return host_rig_main("examples", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
