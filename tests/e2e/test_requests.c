/* SPDX-License-Identifier: MIT
 *
 * test_requests.c - what a handler says to a handshake, and what it learns
 * about the request.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;

static void
start(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/across.so", "across.so");
	visit_start(&d, "max_pending = 2; trusted_proxies = [ \"127.0.0.1\" ];",
	    "keep_vars = [ \"HTTP_USER_AGENT\", \"HTTPS\" ];\n"
	    "handshake_timeout = \"150 ms\";",
	    ", { path = \"/polite\"; handler = \"probe\"; refuse = \"close\";\n"
	    "  handshake_timeout = \"50 ms\"; },\n"
	    "{ path = \"/across/*\"; handler = \"across\"; }");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- handshakes ---------------------------------------------------------- */

START_TEST(a_handler_refuses_with_any_status)
{
	static const int statuses[] = { 400, 401, 403, 418, 429, 503, 599 };
	char rest[64];
	struct raw r;

	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		snprintf(
		    rest, sizeof rest, "/?mode=refuse&status=%d", statuses[i]);
		ck_assert_int_eq(visit_enter(&d, &r, visit_bases[_i], rest, ""),
		    statuses[i]);
		raw_shut(&r);
	}
	ck_assert_int_eq(
	    visit_enter(&d, &r, visit_bases[_i], "/?mode=broken", ""), 500);
	raw_shut(&r);
	daemon_log(&d, "on_handshake", "probe", " 7,", NULL);
	visit_await(&d, "cleat_handler_probe_freed", visit_bases[_i], 8);
	ck_assert(visit_counted(
		      &d, "cleat_handler_probe_opened", visit_bases[_i]) == -1);
}
END_TEST

START_TEST(a_decision_may_come_later_and_from_any_thread)
{
	struct raw r;

	ck_assert_int_eq(
	    visit_enter(&d, &r, visit_bases[_i], "/?mode=later", ""), 101);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=threaded");
	raw_shut(&r);
	ck_assert_int_eq(
	    visit_enter(&d, &r, visit_bases[_i], "/?mode=thread", ""), 101);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=threaded");
	raw_shut(&r);
	ck_assert_int_eq(
	    visit_enter(&d, &r, visit_bases[_i], "/?mode=twice", ""), 101);
	raw_shut(&r);
}
END_TEST

START_TEST(a_decision_that_does_not_come_is_503_in_time)
{
	struct raw r;

	ck_assert_int_eq(
	    visit_enter(&d, &r, visit_bases[_i], "/?mode=never", ""), 503);
	daemon_log(&d, "refused", "status=503", "why=timeout", NULL);
	raw_shut(&r);
}
END_TEST

START_TEST(what_decide_says_is_there_to_the_end)
{
	char head[4096], path[64];
	struct raw r;

	snprintf(path, sizeof path, "%s/?mode=details", visit_bases[_i]);
	visit_knock(&d, &r, path, "");
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 101);
	ck_assert_ptr_nonnull(strstr(head, "\r\nX-Probe: yes\r\n"));
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ada");
	visit_ask(&r, "var AUTH_role", "AUTH_role=admin");
	visit_ask(&r, "var AUTH_plan", "AUTH_plan=pro");
	visit_ask(&r, "var AUTH_none", "AUTH_none=(null)");
	raw_shut(&r);
}
END_TEST

START_TEST(a_browser_is_told_by_a_close_code)
{
	static const struct {
		const char *query;
		int code;
		const char *reason;
	} rows[] = {
		{ "?mode=refuse&status=401", 4401, "Not authorized" },
		{ "?mode=refuse&status=403", 4403, "refused" },
		{ "?mode=refuse&status=418", 1008, "refused" },
		{ "?mode=refuse&status=503", 1013, "" },
		{ "?mode=never", 1013, "did not decide in time" },
	};
	struct raw r;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_int_eq(
		    visit_enter(&d, &r, "/polite", rows[i].query, ""), 101);
		raw_expect_close(&r, rows[i].code, rows[i].reason);
		raw_shut(&r);
	}
	daemon_await(&d, "cleat_handler_probe_freed{route=\"/polite\"}", 5);
	ck_assert(daemon_metric(&d,
		      "cleat_handler_probe_opened{route=\"/polite\"}") == -1);
}
END_TEST

START_TEST(max_pending_may_wait_and_one_more_is_503)
{
	struct raw r[2], more, speaker;
	char head[4096];

	ck_assert_int_eq(visit_enter(&d, &speaker, "/across", "/", ""), 101);
	for (int i = 0; i < 2; i++)
		visit_knock(&d, &r[i], "/across/?wait=1", "");
	daemon_await(&d, "cleat_handshakes_pending", 2);
	ck_assert_int_eq(
	    visit_enter(&d, &more, "/across", "/?wait=1", ""), 503);
	char body[64] = "";
	raw_take(&more, body, strlen("Too many connections"));
	ck_assert_str_eq(body, "Too many connections");
	raw_shut(&more);
	/* A place that has become free is given again. */
	visit_ask(&speaker, "decide 403", "decide=0");
	daemon_await(&d, "cleat_handshakes_pending", 1);
	visit_knock(&d, &more, "/across/?wait=1", "");
	daemon_await(&d, "cleat_handshakes_pending", 2);
	visit_ask(&speaker, "decide 0", "decide=0");
	visit_ask(&speaker, "decide 0", "decide=0");
	visit_ask(&speaker, "decide 0", "decide=-2");
	int refused = raw_head(&r[0], head, sizeof head) == 403;
	ck_assert_int_eq(
	    raw_head(&r[1], head, sizeof head), refused ? 101 : 403);
	ck_assert_int_eq(raw_head(&more, head, sizeof head), 101);
	for (int i = 0; i < 2; i++)
		raw_shut(&r[i]);
	raw_shut(&more);
	raw_shut(&speaker);
}
END_TEST

/* --- what the client has asked for --------------------------------------- */

START_TEST(variables_are_those_of_cgi)
{
	static const struct {
		const char *name, *begin;
	} rows[] = {
		{ "REQUEST_METHOD", "GET" },
		{ "REQUEST_URI", "/across/room/1?show=REQUEST_URI" },
		{ "SCRIPT_NAME", "/across" },
		{ "PATH_INFO", "/room/1" },
		{ "QUERY_STRING", "show=QUERY_STRING" },
		{ "REMOTE_ADDR", "127.0.0.1" },
		{ "REMOTE_PORT", "" },
		{ "SERVER_NAME", "localhost" },
		{ "SERVER_PORT", "" },
		{ "SERVER_PROTOCOL", "HTTP/1.1" },
		{ "SERVER_SOFTWARE", "cleat/" },
		{ "GATEWAY_INTERFACE", "CGI/1.1" },
		{ "HTTP_HOST", "localhost" },
		{ "HTTP_X_FANCY", "yes, it is" },
		{ "REMOTE_USER", "(null)" },
		{ "CLEAT_PROTOCOL", "(null)" },
		{ "HTTP_NONE", "(null)" },
		{ "", "(null)" },
	};
	char rest[96], begin[96];
	struct raw r;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(rest, sizeof rest, "/room/1?show=%s", rows[i].name);
		snprintf(
		    begin, sizeof begin, "%s=%s", rows[i].name, rows[i].begin);
		ck_assert_int_eq(visit_enter(&d, &r, "/across", rest,
				     "X-Fancy: yes, it is\r\n"),
		    101);
		struct raw_frame f = raw_next(&r);
		ck_assert_int_eq(f.opcode, 1);
		ck_assert_msg(
		    strncmp((char *)f.data, begin, strlen(begin)) == 0,
		    "%s, not %s", (char *)f.data, begin);
		ck_assert(rows[i].begin[0] || i == 17 ||
			  (f.data[strlen(begin)] >= '1' &&
			      f.data[strlen(begin)] <= '9'));
		raw_shut(&r);
	}
}
END_TEST

START_TEST(a_trusted_proxy_says_who_asks)
{
	struct raw r;

	ck_assert_int_eq(visit_enter(&d, &r, visit_bases[_i], "/x",
			     "X-Forwarded-For: 10.9.9.9, 203.0.113.7\r\n"
			     "X-Forwarded-Proto: https\r\n"),
	    101);
	visit_ask(&r, "var REMOTE_ADDR", "REMOTE_ADDR=203.0.113.7");
	visit_ask(&r, "var HTTPS", "HTTPS=on");
	daemon_log(&d, "upgraded", "203.0.113.7", NULL);
	raw_shut(&r);
	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(&r, "var REMOTE_ADDR", "REMOTE_ADDR=127.0.0.1");
	visit_ask(&r, "var HTTPS", "HTTPS=(null)");
	raw_shut(&r);
}
END_TEST

START_TEST(query_and_cookie_are_decoded_and_kept_vars_stay)
{
	struct raw r;

	ck_assert_int_eq(
	    visit_enter(&d, &r, visit_bases[_i], "/room/1?x&q=a%20b+c&q=second",
		"Cookie: x=y; sid=s3\r\nUser-Agent: me/1\r\n"
		"X-Other: gone\r\n"),
	    101);
	visit_ask(&r, "request", "query=a b c cookie=s3 now=0");
	visit_ask(&r, "var PATH_INFO", "PATH_INFO=/room/1");
	visit_ask(&r, "var REMOTE_ADDR", "REMOTE_ADDR=127.0.0.1");
	visit_ask(&r, "var HTTP_USER_AGENT", "HTTP_USER_AGENT=me/1");
	visit_ask(&r, "var HTTP_X_OTHER", "HTTP_X_OTHER=(null)");
	raw_shut(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("requests");
	TCase *c = suite_case(s, "of clients");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_loop_test(
	    c, a_handler_refuses_with_any_status, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, a_decision_may_come_later_and_from_any_thread, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, a_decision_that_does_not_come_is_503_in_time, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, what_decide_says_is_there_to_the_end, 0, VISIT_BASES);
	tcase_add_test(c, a_browser_is_told_by_a_close_code);
	tcase_add_test(c, max_pending_may_wait_and_one_more_is_503);
	tcase_add_test(c, variables_are_those_of_cgi);
	tcase_add_loop_test(c, a_trusted_proxy_says_who_asks, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, query_and_cookie_are_decoded_and_kept_vars_stay, 0, VISIT_BASES);
	return suite_run(s);
}
