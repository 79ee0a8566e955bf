/* SPDX-License-Identifier: MIT
 *
 * test_reload.c - SIGHUP: what stays, what comes beside it, what is refused,
 * and that nobody who is connected is the worse for it.
 */
#include "config.h"

#include <check.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static void
prepare(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/across.so", "across.so");
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	daemon_install(&d, "tests/plugins/header/clock.so", "clock.so");
}

static void
clean(void)
{
	daemon_end(&d);
}

static void
ask(struct raw *r, const char *command, const char *answer)
{
	raw_text(r, command);
	raw_expect(r, answer);
}

/* --- routes -------------------------------------------------------------- */

START_TEST(sighup_brings_a_dropped_handler_while_others_talk_on)
{
	struct raw old, new;

	daemon_start(&d, ECHO_ROUTE);
	raw_ws(&old, d.port, "/echo");
	raw_open(&new, d.port);
	ck_assert_int_eq(raw_upgrade(&new, "/fresh", NULL), 404);
	raw_shut(&new);

	daemon_install(&d, "plugins/echo.so", "fresh.so");
	daemon_config(&d,
	    "routes = ( { path = \"/echo\"; handler = \"echo\"; },\n"
	    "           { path = \"/fresh\"; handler = \"fresh\"; } );");
	daemon_reload(&d);
	raw_ws(&new, d.port, "/fresh");
	raw_text(&new, "new");
	raw_expect(&new, "new");
	raw_text(&old, "old");
	raw_expect(&old, "old");

	/* A route that goes: no new connections, the old one talks on. */
	daemon_config(
	    &d, "routes = ( { path = \"/fresh\"; handler = \"fresh\"; } );");
	daemon_reload(&d);
	raw_text(&old, "still old");
	raw_expect(&old, "still old");
	struct raw none;
	raw_open(&none, d.port);
	ck_assert_int_eq(raw_upgrade(&none, "/echo", NULL), 404);
	raw_shut(&none);
	raw_shut(&old);
	raw_shut(&new);
}
END_TEST

START_TEST(a_bad_file_changes_nothing_and_says_why)
{
	struct raw r;

	daemon_start(&d, ECHO_ROUTE);
	raw_ws(&r, d.port, "/echo");
	daemon_config(&d,
	    "routes = ( { path = \"/new\"; handler = \"echo\"; },\n"
	    "           { path = \"/bad\"; handler = \"missing\"; } );");
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "cleat.conf:5: ", "missing.so", NULL);
	daemon_await(&d, "cleat_config_last_reload_success", 0);
	raw_text(&r, "unmoved");
	raw_expect(&r, "unmoved");
	raw_shut(&r);
	raw_open(&r, d.port);
	ck_assert_int_eq(raw_upgrade(&r, "/new", NULL), 404);
	raw_shut(&r);
	raw_ws(&r, d.port, "/echo");
	raw_shut(&r);

	daemon_config(&d, ECHO_ROUTE);
	daemon_signal(&d, SIGHUP);
	daemon_await(&d, "cleat_config_last_reload_success", 1);
}
END_TEST

START_TEST(new_limits_are_for_new_connections)
{
	struct raw old, new;

	daemon_start(&d, ECHO_ROUTE);
	raw_ws(&old, d.port, "/echo");
	daemon_config(&d, "routes = ( { path = \"/echo\"; handler = \"echo\";\n"
			  "             max_message = 3; } );");
	daemon_reload(&d);
	raw_ws(&new, d.port, "/echo");
	raw_text(&new, "long");
	raw_expect_close(&new, 1009, "");
	raw_text(&old, "long");
	raw_expect(&old, "long");
	raw_shut(&old);
	raw_shut(&new);
}
END_TEST

/* --- what a handler remembers -------------------------------------------- */

START_TEST(an_unchanged_route_remembers)
{
	struct raw old, new;

	daemon_start(&d,
	    "workers = 1;\n"
	    "routes = ( { path = \"/hits\"; handler = \"across\"; } );\n");
	raw_ws(&old, d.port, "/hits");
	ask(&old, "hits", "static=1 route=1");
	daemon_reload(&d);
	ask(&old, "hits", "static=2 route=2");
	/* Limits are the connection's, not the handler's. */
	daemon_config(&d,
	    "workers = 1;\n"
	    "routes = ( { path = \"/hits\"; handler = \"across\";\n"
	    "             max_message = 100; },\n"
	    "           { path = \"/echo\"; handler = \"echo\"; } );\n");
	daemon_reload(&d);
	raw_ws(&new, d.port, "/hits");
	ask(&new, "hits", "static=3 route=3");
	ask(&old, "hits", "static=4 route=4");
	raw_shut(&old);
	raw_shut(&new);
}
END_TEST

START_TEST(a_changed_file_serves_new_connections_beside_the_old)
{
	char path[300];
	struct raw old, new;

	daemon_start(&d,
	    "workers = 1;\n"
	    "routes = ( { path = \"/hits\"; handler = \"across\"; } );\n");
	raw_ws(&old, d.port, "/hits");
	ask(&old, "hits", "static=1 route=1");
	/* Another build: the same code, and one byte more. It is written over
	 * the file in use, which must not matter. */
	snprintf(path, sizeof path, "%s/across.so", d.plugins);
	FILE *f = fopen(path, "ae");
	ck_assert_ptr_nonnull(f);
	fputc(0, f);
	ck_assert_int_eq(fclose(f), 0);
	ask(&old, "hits", "static=2 route=2");
	daemon_reload(&d);
	raw_ws(&new, d.port, "/hits");
	ask(&new, "hits", "static=1 route=1");
	ask(&old, "hits", "static=3 route=3");
	/* The old one goes with its last connection. */
	raw_shut(&old);
	daemon_log(&d, " unloaded ", "handler=across", NULL);
	ask(&new, "hits", "static=2 route=2");
	raw_shut(&new);
}
END_TEST

START_TEST(on_reload_gets_a_changed_config)
{
	struct raw old, new;

	daemon_start(&d, "routes = ( { path = \"/p\"; handler = \"probe\";\n"
			 "             config: { word = \"one\"; }; } );\n");
	raw_ws(&old, d.port, "/p");
	ask(&old, "conf", "word=one size=-1 on=0 ratio=0.5 items=0 answer=0");
	daemon_config(&d,
	    "routes = ( { path = \"/p\"; handler = \"probe\";\n"
	    "             config: { word = \"two\"; on = true; }; } );\n");
	daemon_reload(&d);
	daemon_await(&d, "cleat_handler_probe_reloaded{route=\"/p\"}", 1);
	ask(&old, "conf", "word=two size=-1 on=1 ratio=0.5 items=0 answer=0");
	/* The same instance: it knows both. */
	raw_ws(&new, d.port, "/p");
	daemon_await(&d, "cleat_handler_probe_opened{route=\"/p\"}", 2);
	ask(&new, "state", "messages=1 open=2");
	daemon_reload(&d);
	ask(&new, "echo done", "done");
	ck_assert(daemon_metric(
		      &d, "cleat_handler_probe_reloaded{route=\"/p\"}") == 1);
	raw_shut(&old);
	raw_shut(&new);
}
END_TEST

#define CLOCK(every, word)                                       \
	"routes = ( { path = \"/clock\"; handler = \"clock\";\n" \
	"  config: {\n"                                          \
	"    every = " every "; word = \"" word "\"; }; } );\n"

START_TEST(without_on_reload_a_new_instance_has_the_changed_config)
{
	struct raw old, new;

	daemon_start(&d, CLOCK("10", "tick"));
	raw_ws(&old, d.port, "/clock");
	raw_expect(&old, "tick");
	daemon_config(&d, CLOCK("10", "tock"));
	daemon_reload(&d);
	raw_ws(&new, d.port, "/clock");
	raw_expect(&new, "tock");
	/* Each goes on with its own. */
	for (int i = 0; i < 3; i++) {
		raw_expect(&old, "tick");
		raw_expect(&new, "tock");
	}
	raw_shut(&old);
	daemon_log(&d, " unloaded ", "handler=clock", "route=/clock", NULL);
	raw_expect(&new, "tock");
	raw_shut(&new);
}
END_TEST

START_TEST(a_config_that_on_load_refuses_changes_nothing)
{
	struct raw r;

	daemon_start(&d, CLOCK("10", "tick"));
	daemon_config(&d, CLOCK("9", "tock"));
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload refused, nothing has changed: ",
	    "/cleat.conf:6: every: must be at least 10 ms", NULL);
	raw_ws(&r, d.port, "/clock");
	raw_expect(&r, "tick");
	raw_shut(&r);
	/* And once it is mended, it is taken. */
	daemon_config(&d, CLOCK("11", "tock"));
	daemon_reload(&d);
	raw_ws(&r, d.port, "/clock");
	raw_expect(&r, "tock");
	raw_shut(&r);
}
END_TEST

/* --- conf.d -------------------------------------------------------------- */

static void
put_route(const char *name, const char *text)
{
	daemon_write(&d, name, text, strlen(text));
}

START_TEST(files_of_conf_d_come_and_go)
{
	char path[300];
	struct raw r, other;

	snprintf(path, sizeof path, "%s/conf.d", d.dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	daemon_start(&d, ECHO_ROUTE);
	put_route("conf.d/10-more.conf",
	    "routes = ( { path = \"/more\"; handler = \"echo\"; } );\n");
	daemon_reload(&d);
	raw_ws(&r, d.port, "/more");
	ask(&r, "hello", "hello");

	put_route("conf.d/20-bad.conf",
	    "routes = (\n  { path = \"/more\"; handler = \"echo\"; } );\n");
	daemon_signal(&d, SIGHUP);
	daemon_log(
	    &d, "reload refused", "/conf.d/20-bad.conf:2: ", "/more", NULL);
	put_route("conf.d/20-bad.conf", "");
	snprintf(path, sizeof path, "%s/conf.d/10-more.conf", d.dir);
	ck_assert_int_eq(remove(path), 0);
	daemon_reload(&d);
	raw_open(&other, d.port);
	ck_assert_int_eq(raw_upgrade(&other, "/more", NULL), 404);
	raw_shut(&other);
	ask(&r, "still here", "still here");
	raw_shut(&r);
}
END_TEST

START_TEST(what_cannot_be_changed_by_a_reload_is_said)
{
	static const char *const waits[] = { "user: ", "workers: ",
		"job_threads, job_queue: ", "log.file: ", "status: " };
	const struct passwd *me = getpwuid(geteuid());
	char text[512];

	ck_assert_ptr_nonnull(me);
	daemon_start(&d, ECHO_ROUTE);
	snprintf(text, sizeof text,
	    "user = \"%s\"; workers = 3; job_queue = 7;\n"
	    "log: { file = \"%s/other.log\"; };\n"
	    "status: { port = 9; };\n" ECHO_ROUTE,
	    me->pw_name, d.dir);
	daemon_config(&d, text);
	daemon_signal(&d, SIGHUP);
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
		daemon_log(
		    &d, waits[i], "the change waits for a restart", NULL);
}
END_TEST

START_TEST(so_does_another_mode_of_the_status_socket)
{
	char text[512];

	for (int mode = 0600; mode <= 0640; mode += 040) {
		snprintf(text, sizeof text,
		    "status: { address = \"unix:%s/status.sock\"; "
		    "mode = \"%04o\"; };\n" ECHO_ROUTE,
		    d.dir, (unsigned)mode);
		if (mode == 0600)
			daemon_start(&d, text);
		else
			daemon_config(&d, text);
	}
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "status: the change waits for a restart", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reload");
	TCase *c = suite_case(s, "of a daemon");

	tcase_add_checked_fixture(c, prepare, clean);
	tcase_add_test(c, sighup_brings_a_dropped_handler_while_others_talk_on);
	tcase_add_test(c, a_bad_file_changes_nothing_and_says_why);
	tcase_add_test(c, new_limits_are_for_new_connections);
	tcase_add_test(c, an_unchanged_route_remembers);
	tcase_add_test(c, a_changed_file_serves_new_connections_beside_the_old);
	tcase_add_test(c, on_reload_gets_a_changed_config);
	tcase_add_test(
	    c, without_on_reload_a_new_instance_has_the_changed_config);
	tcase_add_test(c, a_config_that_on_load_refuses_changes_nothing);
	tcase_add_test(c, files_of_conf_d_come_and_go);
	tcase_add_test(c, what_cannot_be_changed_by_a_reload_is_said);
	tcase_add_test(c, so_does_another_mode_of_the_status_socket);
	return suite_run(s);
}
