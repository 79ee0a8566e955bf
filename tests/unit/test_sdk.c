/* SPDX-License-Identifier: MIT
 *
 * test_sdk.c - every function of the SDK, called by the probe on a real
 * connection.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleat.h"
#include "host/host_struct.h"
#include "host/outgoing.h"
#include "host_rig.h"

#define PROBE "routes = ( { path = \"/p/*\"; handler = \"probe\"; } );"

static struct host_rig rig;

static void
set_up(void)
{
	host_rig_init(&rig, 2);
	ck_assert_int_eq(host_rig_load(&rig, PROBE), 0);
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
	guest_expect(g, answer);
}

static unsigned long long
id_of(struct guest *g)
{
	unsigned opcode;

	guest_say(g, "id");
	return strtoull(guest_hear(g, &opcode) + 3, NULL, 10);
}

START_TEST(what_cannot_be_sent_is_refused)
{
	ask(host_rig_open(&rig, "/p/x"), "bad",
	    "text=-3 kind=-3 close=-3 part=-3");
}
END_TEST

/* Says a command twice, and counts the lines that the log has of it. */
static int
told(const char *command, const char *answer, const char *what)
{
	struct guest *g;

	host_rig_log(&rig);
	g = host_rig_open(&rig, "/p/x");
	for (int i = 0; i < 2; i++)
		ask(g, command, answer);
	return host_rig_logged(&rig, what);
}

START_TEST(the_log_says_once_that_a_text_is_not_utf8)
{
	ck_assert_int_eq(told("bad", "text=-3 kind=-3 close=-3 part=-3",
			     " error /p/*: the handler probe gave "
			     "send() a text that is not UTF-8"),
	    1);
}
END_TEST

START_TEST(the_log_says_so_of_another_connections_text)
{
	ck_assert_int_eq(told("send_to 0 x", "send_to=-2 bad=-3 none=-2",
			     " error /p/*: the handler probe gave "
			     "send_to() a text that is not UTF-8"),
	    1);
}
END_TEST

START_TEST(the_log_says_so_of_a_thread_that_could_be_anybodys)
{
	ck_assert_int_eq(told("thread", "called -5",
			     " error a thread of a handler's own gave "
			     "send_to() a text that is not UTF-8"),
	    1);
}
END_TEST

START_TEST(illegal_closes_are_refused)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "close 1006", "close=-3");
	ask(g, "close 999", "close=-3");
	ask(g, "close 5000", "close=-3");
}
END_TEST

START_TEST(a_close_leaves_with_its_reason_and_nothing_after_it)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	guest_say(g, "close 4000 good bye");
	guest_expect_close(g, 4000, "good bye");
	ck_assert_double_eq(host_rig_metric(&rig,
				"cleat_handler_probe_close_ok{route=\"/p/*\"}"),
	    1);
}
END_TEST

START_TEST(open_close_and_free_pair)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "state", "messages=1 open=1");
	guest_hang_up(g);
	g = host_rig_open(&rig, "/p/x");
	ask(g, "state", "messages=1 open=1");
	ck_assert_double_eq(
	    host_rig_metric(&rig, "cleat_handler_probe_closed{route=\"/p/*\"}"),
	    1);
	ck_assert_double_eq(
	    host_rig_metric(&rig, "cleat_handler_probe_freed{route=\"/p/*\"}"),
	    1);
	ck_assert_uint_eq(host_connections(rig.host), 1);
}
END_TEST

START_TEST(messages_go_out_as_they_are)
{
	struct guest *g = host_rig_open(&rig, "/p/x");
	unsigned opcode;

	ask(g, "echo h\xc3\xa4llo", "h\xc3\xa4llo");
	guest_say(g, "binary x");
	ck_assert_str_eq(guest_hear(g, &opcode), "x");
	ck_assert_uint_eq(opcode, WS_OP_BINARY);
	guest_say(g, "sendf 5000");
	ck_assert_uint_eq(strlen(guest_hear(g, &opcode)), 5000);
	ask(g, "has", "has=1 null=-3");
}
END_TEST

START_TEST(nothing_comes_between_the_parts_of_a_message)
{
	struct guest *g = host_rig_open(&rig, "/p/x");
	unsigned opcode;

	/* The split is inside a character. */
	guest_say(g, "part \xc3\xa4");
	ck_assert_str_eq(guest_hear(g, &opcode), "\xc3");
	ck_assert_str_eq(guest_hear(g, &opcode), "\xa4");
	ck_assert_uint_eq(opcode, WS_OP_CONTINUATION);
	guest_expect(g, "first=0 between=-3 to=0 last=0");
	guest_expect(g, "after");
}
END_TEST

START_TEST(a_pause_holds_messages_back)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "pause 50", "pause=0");
	guest_say(g, "echo later");
	host_rig_advance(&rig, 60);
	guest_expect(g, "resume=0");
	guest_expect(g, "later");
}
END_TEST

START_TEST(back_pressure_is_told_and_its_end_too)
{
	struct guest *g = host_rig_open(&rig, "/p/x");
	unsigned opcode;
	const char *heard;

	guest_say(g, "flood");
	while (strncmp(heard = guest_hear(g, &opcode), "flood", 5) != 0)
		ck_assert_uint_eq(opcode, WS_OP_BINARY);
	ck_assert_str_eq(heard, "flood=1 queued=1");
	guest_expect(g, "drained");
}
END_TEST

START_TEST(ids_reach_other_connections)
{
	struct guest *a = host_rig_open(&rig, "/p/a");
	struct guest *b = host_rig_open(&rig, "/p/b");
	char command[128];

	snprintf(command, sizeof(command), "send_to %llu hi", id_of(b));
	ask(a, command, "send_to=0 bad=-3 none=-2");
	guest_expect(b, "hi");
	snprintf(command, sizeof(command), "close_id %llu", id_of(b));
	ask(a, command, "close_id=0");
	guest_expect_close(b, 4001, "from afar");
}
END_TEST

START_TEST(only_so_much_is_under_way_between_connections)
{
	const cleat_id nobody = 12345; /* of the first worker */

	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < OUTGOING_MAX; i++)
			ck_assert_int_eq(
			    outgoing_close(rig.host, nobody, 4000, ""),
			    CLEAT_OK);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(
			    outgoing_send(rig.host, nobody, CLEAT_TEXT, "", 0),
			    CLEAT_ELIMIT);
		host_rig_run(&rig);
		ck_assert_uint_eq(rig.host->outgoing, 0);
		ck_assert_uint_eq(rig.host->outgoing_bytes, 0);
	}
}
END_TEST

START_TEST(what_the_last_connections_send_each_other_does_not_outlive_the_host)
{
	struct guest *g[2];
	char command[64];

	ck_assert_int_eq(host_rig_load(&rig, "routes = ( { path = \"/all\"; "
					     "handler = \"shared\"; } );"),
	    0);
	for (int i = 0; i < 2; i++)
		g[i] = host_rig_open(&rig, "/all");
	for (int i = 0; i < 2; i++) {
		snprintf(command, sizeof(command), "heir %llu", id_of(g[!i]));
		ask(g[i], command, "heir");
	}
	host_stop(rig.host);
	ck_assert_uint_eq(rig.host->outgoing, 0);
}
END_TEST

START_TEST(variables_outlive_on_open_if_they_should)
{
	struct guest *g = host_rig_knock(&rig, "/p/room/1?q=a%20b",
	    "Cookie: x=y; sid=s3\nUser-Agent: test\n");

	guest_enter(g);
	ask(g, "request", "query=a b cookie=s3 now=0");
	ask(g, "var PATH_INFO", "PATH_INFO=/room/1");
	ask(g, "var HTTP_USER_AGENT", "HTTP_USER_AGENT=(null)");
}
END_TEST

START_TEST(time_passes_and_timers_fire)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "time", "now=1 wall=1 random=1");
	guest_say(g, "after 20");
	host_rig_advance(&rig, 30);
	guest_expect(g, "called 0");
	guest_say(g, "every 10");
	host_rig_advance(&rig, 10);
	guest_expect(g, "tick 1");
	host_rig_advance(&rig, 10);
	guest_expect(g, "tick 2");
	host_rig_advance(&rig, 10);
	guest_expect(g, "cancel=0 again=-7");
}
END_TEST

/* Longer than epoll can wait at a time. */
START_TEST(a_timer_may_be_far_away)
{
	static const char posted[] =
	    "cleat_handler_probe_posted{route=\"/far\"}";
	struct guest *g;

	ck_assert_int_eq(
	    host_rig_load(&rig,
		"routes = ( { path = \"/far\"; handler = \"probe\"; "
		"ping_every = 0; pong_within = 0; } );"),
	    0);
	g = host_rig_open(&rig, "/far");
	guest_say(g, "after 4294967296");
	guest_say(g, "after 2147483649");
	host_rig_advance(&rig, 2147483648);
	ck_assert_double_eq(host_rig_metric(&rig, posted), -1);
	host_rig_advance(&rig, 1);
	guest_expect(g, "called 0");
	host_rig_advance(&rig, 2147483646);
	ck_assert_double_eq(host_rig_metric(&rig, posted), 1);
	host_rig_advance(&rig, 1);
	guest_expect(g, "called 0");
	ck_assert_double_eq(host_rig_metric(&rig, posted), 2);
}
END_TEST

START_TEST(a_timer_beyond_all_time_never_comes)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "pause 18446744073709551615", "pause=0");
	host_rig_advance(&rig, 1000);
	guest_say(g, "echo is anybody there");
	ck_assert_double_eq(
	    host_rig_metric(
		&rig, "cleat_messages_total{route=\"/p/*\",dir=\"in\"}"),
	    1);
}
END_TEST

START_TEST(posts_jobs_and_threads_come_back)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "post", "post=0");
	guest_expect(g, "called 0");
	ask(g, "job 1", "called 17");
	ask(g, "thread", "called -5");
}
END_TEST

START_TEST(a_descriptor_is_watched)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "watch", "none=-7 bad=-3 watch=0");
	guest_expect(g, "ready=1 n=1 byte=w off=0");
}
END_TEST

START_TEST(a_watch_outlives_its_descriptor_without_harm)
{
	ask(host_rig_open(&rig, "/p/x"), "watch_closed", "watch=0 off=0");
}
END_TEST

START_TEST(the_config_is_read_anew_by_a_reload)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "conf", "word=default size=-1 on=0 ratio=0.5 items=0 answer=0");
	ck_assert_int_eq(
	    host_rig_load(&rig,
		"routes = ( { path = \"/p/*\"; handler = \"probe\"; config: { "
		"word = \"w\"; limits: { size = \"2 KiB\"; }; on = true; "
		"ratio = 2; items = [ \"a\", \"b\" ]; }; } );"),
	    0);
	ask(g, "conf", "word=w size=2048 on=1 ratio=2 items=2 answer=0");
	ck_assert_double_eq(host_rig_metric(&rig,
				"cleat_handler_probe_reloaded{route=\"/p/*\"}"),
	    1);
}
END_TEST

START_TEST(a_module_is_loaded_for_a_handler)
{
	struct guest *g;

	ck_assert_int_eq(host_rig_load(&rig,
			     "routes = ( { path = \"/m\"; handler = \"probe\"; "
			     "config: { module = \"module\"; }; } );"),
	    0);
	g = host_rig_open(&rig, "/m");
	ask(g, "conf", "word=default size=-1 on=0 ratio=0.5 items=0 answer=42");
}
END_TEST

START_TEST(a_handler_counts_and_logs)
{
	struct guest *g = host_rig_open(&rig, "/p/x");

	ask(g, "metric own_count", "counted");
	ask(g, "metric Bad-Name", "counted");
	ask(g, "metric callback_seconds_count", "counted");
	ask(g, "log a line", "logged");
	ck_assert_double_eq(
	    host_rig_metric(&rig, "cleat_handler_own_count{route=\"/p/*\"}"),
	    2);
	ck_assert_double_eq(
	    host_rig_metric(
		&rig, "cleat_handler_callback_seconds_count{route=\"/p/*\"}"),
	    -1);
	ck_assert_double_eq(
	    host_rig_metric(&rig, "cleat_connections{route=\"/p/*\"}"), 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { what_cannot_be_sent_is_refused,
		the_log_says_once_that_a_text_is_not_utf8,
		the_log_says_so_of_another_connections_text,
		the_log_says_so_of_a_thread_that_could_be_anybodys,
		illegal_closes_are_refused,
		a_close_leaves_with_its_reason_and_nothing_after_it,
		open_close_and_free_pair, messages_go_out_as_they_are,
		nothing_comes_between_the_parts_of_a_message,
		a_pause_holds_messages_back,
		back_pressure_is_told_and_its_end_too,
		ids_reach_other_connections,
		only_so_much_is_under_way_between_connections,
		what_the_last_connections_send_each_other_does_not_outlive_the_host,
		variables_outlive_on_open_if_they_should,
		time_passes_and_timers_fire, a_timer_may_be_far_away,
		a_timer_beyond_all_time_never_comes,
		posts_jobs_and_threads_come_back, a_descriptor_is_watched,
		a_watch_outlives_its_descriptor_without_harm,
		the_config_is_read_anew_by_a_reload,
		a_module_is_loaded_for_a_handler, a_handler_counts_and_logs };

	return host_rig_main(
	    "sdk", set_up, tear_down, tests, sizeof(tests) / sizeof(tests[0]));
}
