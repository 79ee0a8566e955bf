/* SPDX-License-Identifier: MIT
 *
 * test_auth_handler.c - a handler that decides who comes in to another one.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;

#define ROUTES(role)                                                           \
	GUARD_ROUTE(                                                           \
	    "/room", "handler = \"usher\"; config: { role = \"" role "\"; };") \
	"," GUARD_ROUTE("/admin",                                              \
	    "handler = \"usher\";"                                             \
	    "allow = [ \"role=admin\", \"user=max\" ];") "," GUARD_ROUTE("/br" \
									 "ie"  \
									 "f",  \
	    "handler = \"usher\";"                                             \
	    "config: { expires = \"50 ms\"; };") ","                           \
						 "{ path = \"/close\"; "       \
						 "handler = \"probe\"; "       \
						 "refuse = \"close\";"         \
						 "  auth: { handler = "        \
						 "\"usher\"; }; },"            \
						 "{ path = \"/late\"; "        \
						 "handler = \"probe\";"        \
						 "  handshake_timeout = "      \
						 "\"100 ms\"; auth: { "        \
						 "handler = \"usher\"; }; }"

static void
start(void)
{
	guard_prepare(&d);
	daemon_install(&d, "tests/plugins/usher.so", "usher.so");
	guard_start(&d, "", ROUTES("guest"));
}

static void
stop(void)
{
	guard_end(&d);
}

static void
enter(struct raw *r, const char *path)
{
	char head[2048];

	ck_assert_int_eq(guard_knock(&d, r, path, NULL, head), 101);
}

START_TEST(what_the_handler_refuses_is_refused_in_its_words)
{
	char head[2048], body[512] = "";
	struct raw r;

	ck_assert_int_eq(guard_knock(&d, &r, "/room?who=no", NULL, head), 401);
	ck_assert_ptr_nonnull(strstr(head, "\r\nWWW-Authenticate: Usher\r\n"));
	raw_take(&r, body, 13);
	ck_assert_ptr_nonnull(strstr(body, "Say the word."));
	raw_shut(&r);
	ck_assert_int_eq(
	    guard_knock(&d, &r, "/room?later=no", NULL, head), 401);
	raw_shut(&r);
	/* Without words: a 401 says what it asks for all the same. */
	ck_assert_int_eq(guard_knock(&d, &r, "/room", NULL, head), 401);
	ck_assert_ptr_nonnull(
	    strstr(head, "\r\nWWW-Authenticate: Bearer realm=\"cleat\"\r\n"));
	raw_shut(&r);
	ck_assert_int_eq(guard_status(&d, "/room?who=teapot", NULL), 418);
	ck_assert_int_eq(guard_status(&d, "/room?who=wide", NULL), 500);
	ck_assert_int_eq(guard_status(&d, "/late?who=never", NULL), 503);
	enter(&r, "/close?who=no");
	raw_expect_close(&r, 4401, "Say the word.");
	raw_shut(&r);
	daemon_await(&d, "cleat_handler_probe_opened{route=\"/room\"}", -1);
}
END_TEST

START_TEST(whom_the_handler_lets_in_the_other_one_knows)
{
	static const char *const paths[] = { "/room?who=ann",
		"/room?later=ann" };
	struct raw r;

	for (int i = 0; i < 2; i++) {
		enter(&r, paths[i]);
		visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ann");
		visit_ask(&r, "var AUTH_role", "AUTH_role=guest");
		visit_ask(&r, "var AUTH_TYPE", "AUTH_TYPE=(null)");
		visit_ask(&r, "state", "messages=4 open=1");
		raw_close(&r, 1000, "");
		raw_expect_close(&r, 1000, "");
		raw_shut(&r);
		daemon_await(
		    &d, "cleat_handler_usher_freed{route=\"/room\"}", i + 1);
		daemon_await(
		    &d, "cleat_handler_probe_freed{route=\"/room\"}", i + 1);
	}
}
END_TEST

/* The other one is asked, too, and has the last word. */
START_TEST(both_handlers_decide)
{
	struct raw r;

	ck_assert_int_eq(
	    guard_status(&d, "/room?who=ann&mode=refuse&status=409", NULL),
	    409);
	enter(&r, "/room?who=ann&mode=details");
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ada");
	visit_ask(&r, "var AUTH_role", "AUTH_role=admin");
	raw_shut(&r);
}
END_TEST

START_TEST(allow_is_asked_behind_it)
{
	ck_assert_int_eq(guard_status(&d, "/admin?who=ann", NULL), 403);
	ck_assert_int_eq(guard_status(&d, "/admin?later=ann", NULL), 403);
	ck_assert_int_eq(guard_status(&d, "/admin?later=max", NULL), 101);
}
END_TEST

START_TEST(whom_it_lets_in_for_a_while_must_leave)
{
	struct raw r;

	enter(&r, "/brief?who=ann");
	raw_expect_close(&r, 4419, "expired");
	raw_shut(&r);
}
END_TEST

START_TEST(a_reload_changes_what_decides)
{
	char text[4096];
	struct raw r, old;

	enter(&old, "/room?who=ann");
	snprintf(text, sizeof text, "routes = ( %s );\n", ROUTES("boss"));
	daemon_config(&d, text);
	daemon_reload(&d);
	enter(&r, "/room?who=ann");
	visit_ask(&r, "var AUTH_role", "AUTH_role=boss");
	visit_ask(&old, "var AUTH_role", "AUTH_role=guest");
	daemon_await(&d, "cleat_handler_usher_unloaded{route=\"/room\"}", 1);
	daemon_await(&d, "cleat_handler_usher_loaded{route=\"/brief\"}", 1);
	raw_shut(&r);
	raw_shut(&old);
}
END_TEST

/* Those that it has not decided about are told so. */
START_TEST(a_stop_refuses_who_waits)
{
	char head[2048];
	struct raw r;

	raw_open(&r, d.port);
	raw_puts(&r, "GET /room?who=never HTTP/1.1\r\nHost: localhost\r\n"
		     "Upgrade: websocket\r\nConnection: Upgrade\r\n"
		     "Sec-WebSocket-Version: 13\r\n"
		     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	daemon_await(&d, "cleat_handshakes_pending", 1);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 503);
	raw_shut(&r);
	ck_assert_int_eq(daemon_wait(&d), 0);
}
END_TEST

START_TEST(a_handler_that_decides_nothing_is_refused)
{
	static const char conf[] =
	    "listen = ( { port = 0; } ); plugins: { dir = \"plugins\"; };"
	    "routes = ( { path = \"/a\"; handler = \"probe\";"
	    " auth: { handler = \"%s\"; %s }; } );";
	const char *const args[] = { "-t", "-c", d.conf, NULL };
	char text[512], said[4096];

	daemon_install(&d, "plugins/echo.so", "mute.so");
	snprintf(text, sizeof text, conf, "mute", "");
	daemon_write(&d, "cleat.conf", text, strlen(text));
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 78);
	ck_assert_ptr_nonnull(strstr(said, "decides nothing"));
	snprintf(
	    text, sizeof text, conf, "usher", "config: { roles = \"x\"; };");
	daemon_write(&d, "cleat.conf", text, strlen(text));
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 78);
	ck_assert_ptr_nonnull(strstr(said, "roles"));
	snprintf(text, sizeof text, conf, "none", "");
	daemon_write(&d, "cleat.conf", text, strlen(text));
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 78);
	ck_assert_ptr_nonnull(strstr(said, "none.so"));
	snprintf(text, sizeof text, conf, "usher", "");
	daemon_write(&d, "cleat.conf", text, strlen(text));
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("auth/handler");
	TCase *tc = suite_case(s, "handler");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, what_the_handler_refuses_is_refused_in_its_words);
	tcase_add_test(tc, whom_the_handler_lets_in_the_other_one_knows);
	tcase_add_test(tc, both_handlers_decide);
	tcase_add_test(tc, allow_is_asked_behind_it);
	tcase_add_test(tc, whom_it_lets_in_for_a_while_must_leave);
	tcase_add_test(tc, a_reload_changes_what_decides);
	tcase_add_test(tc, a_stop_refuses_who_waits);
	tcase_add_test(tc, a_handler_that_decides_nothing_is_refused);
	return suite_run_forked(s);
}
