/* SPDX-License-Identifier: MIT
 *
 * test_door.c - who may come in, who may not, and what they are told.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "host_rig.h"

static struct host_rig rig;

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
serve(const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "routes = ( { path = \"/p\"; handler = \"probe\"; %s } );", more);
	ck_assert_int_eq(host_rig_load(&rig, text), 0);
}

/* Knocks, is refused, leaves. */
static struct guest *
refused(const char *target, const char *headers, int status)
{
	struct guest *g = host_rig_knock(&rig, target, headers);

	ck_assert_int_eq(g->answered, 1);
	ck_assert_int_eq(g->verdict.status, status);
	ck_assert_ptr_nonnull(g->body);
	guest_leave(g);
	return g;
}

/* Knocks on a route with refuse = "close". */
static void
closed(const char *target, const char *headers, int code, const char *reason)
{
	struct guest *g = host_rig_knock(&rig, target, headers);

	guest_enter(g);
	guest_expect_close(g, code, reason);
	guest_hang_up(g);
}

static double
result(const char *label)
{
	char line[128];

	snprintf(line, sizeof(line),
	    "cleat_connections_total{route=\"/p\",result=\"%s\"}", label);
	return host_rig_metric(&rig, line);
}

START_TEST(a_foreign_origin_is_refused)
{
	serve("");
	refused("/p", "Origin: https://evil.example\n", 403);
	ck_assert_double_eq(result("origin"), 1);
	ck_assert_uint_eq(host_connections(rig.host), 0);
}
END_TEST

START_TEST(one_guest_too_many_is_told_to_come_back)
{
	struct guest *first, *g;

	serve("max_connections = 1;");
	first = host_rig_open(&rig, "/p");
	g = refused("/p", NULL, 503);
	ck_assert_str_eq(g->body, "Too many connections");
	ck_assert_str_eq(g->headers, "Retry-After: 5\r\n");
	guest_hang_up(first);
	host_rig_open(&rig, "/p");
}
END_TEST

START_TEST(the_limit_of_all_routes_counts_too)
{
	ck_assert_int_eq(
	    host_rig_load(&rig,
		"max_connections = 1; routes = ( { path = \"/p\"; handler = "
		"\"probe\"; }, { path = \"/q\"; handler = \"probe\"; } );"),
	    0);
	host_rig_open(&rig, "/q");
	refused("/p", NULL, 503);
}
END_TEST

/* All guests of the rig come from one address. */
START_TEST(an_address_has_only_so_many)
{
	struct guest *first, *g;

	ck_assert_int_eq(
	    host_rig_load(&rig,
		"max_per_address = 2; routes = ( { path = \"/p\"; handler = "
		"\"probe\"; }, { path = \"/q\"; handler = \"probe\"; } );"),
	    0);
	first = host_rig_open(&rig, "/p");
	host_rig_open(&rig, "/q");
	g = refused("/p", NULL, 429);
	ck_assert_str_eq(g->body, "Too many connections from this address");
	ck_assert_str_eq(g->headers, "Retry-After: 5\r\n");
	ck_assert_double_eq(result("crowd"), 1);
	guest_hang_up(first);
	host_rig_open(&rig, "/p");
	refused("/q", NULL, 429);
}
END_TEST

START_TEST(an_address_has_only_so_many_handshakes_each_second)
{
	struct guest *g;

	ck_assert_int_eq(
	    host_rig_load(&rig,
		"handshake_rate = 1; handshake_burst = 2; routes = ( { path = "
		"\"/p\"; handler = \"probe\"; }, { path = \"/q\"; handler = "
		"\"probe\"; refuse = \"close\"; } );"),
	    0);
	/* One that is refused for another reason is a handshake, too. */
	refused("/p", "Origin: https://evil.example\n", 403);
	host_rig_open(&rig, "/q");
	g = refused("/p", NULL, 429);
	ck_assert_str_eq(g->body, "Too many handshakes from this address");
	ck_assert_str_eq(g->headers, "Retry-After: 1\r\n");
	closed("/q", NULL, 1013, "Too many handshakes from this address");
	ck_assert_double_eq(result("rate"), 1);
	host_rig_advance(&rig, 1000);
	host_rig_open(&rig, "/p");
	refused("/p", NULL, 429);
}
END_TEST

START_TEST(knocks_count_until_they_leave)
{
	struct guest *g;

	serve("max_connections = 1;");
	g = host_rig_knock(&rig, "/p", NULL);
	refused("/p", NULL, 503);
	guest_leave(g);
	host_rig_open(&rig, "/p");
}
END_TEST

START_TEST(the_handler_refuses)
{
	serve("");
	refused("/p?mode=refuse", NULL, 403);
	refused("/p?mode=refuse&status=401", NULL, 401);
	refused("/p?mode=refuse&status=418", NULL, 418);
	refused("/p?mode=broken", NULL, 500);
	ck_assert_double_eq(result("handler"), 2);
	ck_assert_double_eq(result("unauthorized"), 1);
	ck_assert_double_eq(result("broken"), 1);
	ck_assert_double_eq(
	    host_rig_metric(&rig, "cleat_handler_probe_freed{route=\"/p\"}"),
	    4);
}
END_TEST

START_TEST(a_browser_is_told_by_a_close_frame)
{
	serve("refuse = \"close\"; max_connections = 1;");
	closed("/p", "Origin: https://evil.example\n", 4403,
	    "This origin may not connect here; see the key \"origins\".");
	closed("/p?mode=refuse&status=401", NULL, 4401, "Not authorized.");
	closed("/p?mode=refuse&status=403", NULL, 4403,
	    "The handler refused the connection.");
	closed("/p?mode=refuse&status=429", NULL, 1013,
	    "The handler refused the connection.");
	closed("/p?mode=refuse&status=418", NULL, 1008,
	    "The handler refused the connection.");
	closed("/p?mode=broken", NULL, 1011,
	    "The handler answered with something that is no HTTP status.");
	host_rig_open(&rig, "/p");
	closed("/p", NULL, 1013, "Too many connections");
	ck_assert_double_eq(
	    host_rig_metric(&rig, "cleat_handler_probe_opened{route=\"/p\"}"),
	    1);
	ck_assert_uint_eq(host_connections(rig.host), 1);
}
END_TEST

START_TEST(who_does_not_decide_in_time_has_refused)
{
	struct guest *g;

	serve("handshake_timeout = \"1 s\";");
	g = host_rig_knock(&rig, "/p?mode=never", NULL);
	host_rig_advance(&rig, 900);
	ck_assert_int_eq(g->answered, 0);
	host_rig_advance(&rig, 200);
	ck_assert_int_eq(g->verdict.status, 503);
	guest_leave(g);
	ck_assert_double_eq(result("timeout"), 1);
}
END_TEST

START_TEST(only_so_many_may_wait)
{
	struct guest *first;

	ck_assert_int_eq(
	    host_rig_load(&rig,
		"max_pending = 1; routes = ( { path = \"/p\"; handler = "
		"\"probe\"; } );"),
	    0);
	first = host_rig_knock(&rig, "/p?mode=never", NULL);
	refused("/p", NULL, 503);
	ck_assert_double_eq(result("pending"), 1);
	host_rig_advance(&rig, 11000);
	guest_leave(first);
}
END_TEST

START_TEST(a_draining_host_refuses_and_so_do_those_that_wait)
{
	struct guest *g;

	serve("");
	g = host_rig_knock(&rig, "/p?mode=never", NULL);
	host_drain(rig.host);
	host_rig_run(&rig);
	ck_assert_int_eq(g->verdict.status, 503);
	guest_leave(g);
	refused("/p", NULL, 503);
	ck_assert(!host_ready(rig.host));
}
END_TEST

START_TEST(details_reach_the_answer_and_the_variables)
{
	struct guest *g;

	serve("");
	g = host_rig_knock(&rig, "/p?mode=details", NULL);
	ck_assert_str_eq(g->headers, "X-Probe: yes\r\n");
	guest_enter(g);
	guest_say(g, "var REMOTE_USER");
	guest_expect(g, "REMOTE_USER=ada");
	guest_say(g, "var AUTH_plan");
	guest_expect(g, "AUTH_plan=pro");
	guest_hang_up(g);
	g = host_rig_knock(&rig, "/p?mode=twice", NULL);
	guest_enter(g);
}
END_TEST

START_TEST(a_timer_decides_later)
{
	struct guest *g;

	serve("");
	g = host_rig_knock(&rig, "/p?mode=later", NULL);
	ck_assert_int_eq(g->answered, 0);
	host_rig_advance(&rig, 10);
	guest_enter(g);
	guest_say(g, "var REMOTE_USER");
	guest_expect(g, "REMOTE_USER=threaded");
}
END_TEST

START_TEST(a_thread_decides_later)
{
	struct guest *g;

	serve("");
	g = host_rig_knock(&rig, "/p?mode=thread", NULL);
	for (int i = 0; i < 1000000 && g->answered == 0; i++)
		host_rig_run(&rig);
	guest_enter(g);
	guest_say(g, "var REMOTE_USER");
	guest_expect(g, "REMOTE_USER=threaded");
}
END_TEST

/* He has had his CLEAT_OK: only the log can tell him. */
START_TEST(a_thread_that_decides_wrongly_is_told_by_the_log)
{
	struct guest *g;

	host_rig_log(&rig);
	serve("");
	g = host_rig_knock(&rig, "/p?mode=stranger", NULL);
	for (int i = 0; i < 1000000 && g->answered == 0; i++)
		host_rig_run(&rig);
	ck_assert_int_eq(
	    host_rig_logged(&rig, "the client did not offer this subprotocol"),
	    1);
	/* And it may still be decided. */
	guest_enter(g);
	guest_say(g, "var REMOTE_USER");
	guest_expect(g, "REMOTE_USER=threaded");
}
END_TEST

START_TEST(kept_variables_answer_to_the_end)
{
	struct guest *g;

	serve("keep_vars = [ \"HTTP_USER_AGENT\" ];");
	g = host_rig_knock(&rig, "/p", "User-Agent: test\n");
	guest_enter(g);
	guest_say(g, "var HTTP_USER_AGENT");
	guest_expect(g, "HTTP_USER_AGENT=test");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { a_foreign_origin_is_refused,
		one_guest_too_many_is_told_to_come_back,
		an_address_has_only_so_many, the_limit_of_all_routes_counts_too,
		an_address_has_only_so_many_handshakes_each_second,
		knocks_count_until_they_leave, the_handler_refuses,
		a_browser_is_told_by_a_close_frame,
		who_does_not_decide_in_time_has_refused, only_so_many_may_wait,
		a_draining_host_refuses_and_so_do_those_that_wait,
		details_reach_the_answer_and_the_variables,
		a_timer_decides_later, a_thread_decides_later,
		a_thread_that_decides_wrongly_is_told_by_the_log,
		kept_variables_answer_to_the_end };

	return host_rig_main(
	    "door", set_up, tear_down, tests, sizeof(tests) / sizeof(tests[0]));
}
