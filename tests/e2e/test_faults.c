/* SPDX-License-Identifier: MIT
 *
 * test_faults.c - handlers that crash, hang or are none.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleat.h"
#include "daemon.h"
#include "holding.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;
static char text[1 << 16];

static void
prepare(void)
{
	daemon_prepare(&d);
}

static void
clean(void)
{
	daemon_end(&d);
}

/* --- crashes ------------------------------------------------------------- */

#define DOOMED_ROUTE     \
	"workers = 1;\n" \
	"routes = ( { path = \"/doom/*\"; handler = \"doomed\"; } );\n"

static void
expect_death(int sig)
{
	int status = daemon_wait(&d);

	ck_assert_msg(HOLDING_SANITIZED
			  ? status != 0
			  : WIFSIGNALED(status) && WTERMSIG(status) == sig,
	    "ended with %#x: %s", (unsigned)status, d.log);
	/* One line says it, and is not part of another. */
	char *line = strstr(d.log, "cleatd: SIG");
	ck_assert_ptr_nonnull(line);
	ck_assert(line == d.log || line[-1] == '\n');
	ck_assert_ptr_null(strstr(line + 1, "cleatd: SIG"));
	daemon_forget(&d);
}

static void
start_doomed(void)
{
	daemon_install(&d, "tests/plugins/doomed.so", "doomed.so");
	daemon_start(&d, DOOMED_ROUTE);
}

static void
die_by(const char *how, const char *line, int sig)
{
	struct raw r;

	start_doomed();
	raw_ws(&r, d.port, "/doom/1");
	raw_text(&r, "alive");
	raw_expect(&r, "alive");
	raw_text(&r, how);
	daemon_log(
	    &d, line, " handler=doomed version=6.66 ", " route=/doom/* ", NULL);
	expect_death(sig);
	raw_shut(&r);
}

START_TEST(a_crash_is_named_with_its_connection_and_kills)
{
	char expected[128];
	struct raw r;
	unsigned long id;

	start_doomed();
	raw_ws(&r, d.port, "/doom/1");
	const char *line = daemon_log(&d, " upgraded ", NULL);
	const char *conn = strstr(line, "conn=");
	ck_assert_ptr_nonnull(conn);
	id = strtoul(conn + 5, NULL, 10);
	raw_text(&r, "fault");
	snprintf(expected, sizeof expected,
	    "cleatd: SIGSEGV handler=doomed version=6.66 callback=on_message "
	    "route=/doom/* conn=%lu",
	    id);
	ck_assert_str_eq(daemon_log(&d, "SIGSEGV", NULL), expected);
	expect_death(SIGSEGV);
	raw_shut(&r);
}
END_TEST

START_TEST(abort_in_a_handler_is_named)
{
	die_by("abort", "cleatd: SIGABRT", SIGABRT);
}
END_TEST

START_TEST(a_handler_without_stack_left_is_named)
{
	die_by("stack", "cleatd: SIGSEGV", SIGSEGV);
}
END_TEST

START_TEST(a_crash_on_a_thread_for_jobs_is_named)
{
	die_by("job", " callback=job_work ", SIGSEGV);
}
END_TEST

START_TEST(a_crash_in_a_timer_is_named)
{
	die_by("timer", " callback=timer ", SIGSEGV);
}
END_TEST

START_TEST(a_crash_in_on_open_is_named)
{
	struct raw r;

	start_doomed();
	raw_open(&r, d.port);
	raw_upgrade(&r, "/doom/1?at=open", NULL);
	daemon_log(&d, "SIGSEGV", " callback=on_open ", NULL);
	expect_death(SIGSEGV);
	raw_shut(&r);
}
END_TEST

/* --- the watchdog -------------------------------------------------------- */

#define HANGING_ROUTES                                                   \
	"workers = 2; stall = \"300 ms\"; drain_timeout = \"500 ms\";\n" \
	"routes = ( { path = \"/hang\"; handler = \"probe\"; },\n"       \
	"           { path = \"/echo\"; handler = \"echo\"; } );\n"

START_TEST(a_held_worker_is_named_and_so_is_its_release)
{
	struct raw held, other;

	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	daemon_start(&d, HANGING_ROUTES);
	raw_ws(&held, d.port, "/hang");
	raw_ws(&other, d.port, "/echo");
	raw_text(&held, "hold 1000");
	daemon_log(&d, " warn ", " stalled ", " worker=0", " handler=probe",
	    " callback=on_message", " route=/hang", " conn=", NULL);
	/* The other worker never noticed. */
	raw_text(&other, "and I?");
	raw_expect(&other, "and I?");
	raw_expect(&held, "held");
	const char *line = daemon_log(&d, " freed ", " handler=probe", NULL);
	ck_assert_ptr_nonnull(strstr(line, " ms="));
	ck_assert_int_ge(strtol(strstr(line, " ms=") + 4, NULL, 10), 300);
	raw_shut(&held);
	raw_shut(&other);
}
END_TEST

START_TEST(a_callback_that_is_not_too_long_is_not_named)
{
	struct raw r;

	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	daemon_start(&d,
	    "stall = \"1 min\";\n"
	    "routes = ( { path = \"/hang\"; handler = \"probe\"; } );\n");
	raw_ws(&r, d.port, "/hang");
	raw_text(&r, "hold 200");
	raw_expect(&r, "held");
	raw_shut(&r);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_ptr_null(strstr(d.log, "stalled"));
}
END_TEST

START_TEST(a_handler_that_never_returns_does_not_stop_a_stop)
{
	struct raw r;

	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	daemon_start(&d, HANGING_ROUTES);
	raw_ws(&r, d.port, "/hang");
	raw_text(&r, "hold 3600000");
	daemon_log(&d, " stalled ", " handler=probe", NULL);
	daemon_signal(&d, SIGTERM);
	int status = daemon_wait(&d);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ck_assert_ptr_nonnull(strstr(d.log, "still holds its worker"));
	raw_shut(&r);
}
END_TEST

START_TEST(without_a_watchdog_a_stop_ends_all_the_same)
{
	struct raw r;

	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	daemon_start(&d,
	    "stall = 0; drain_timeout = \"100 ms\";\n"
	    "routes = ( { path = \"/hang\"; handler = \"probe\"; } );");
	raw_ws(&r, d.port, "/hang");
	raw_text(&r, "hold 3600000");
	daemon_await(&d, "cleat_messages_total{route=\"/hang\",dir=\"in\"}", 1);
	daemon_signal(&d, SIGTERM);
	int status = daemon_wait(&d);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	ck_assert_ptr_nonnull(strstr(d.log, "a handler does not return"));
	raw_shut(&r);
}
END_TEST

/* --- files that are no handlers ------------------------------------------ */

/* `cleatd -t` says exactly this about the handler x.so, at its line. */
static void
expect_refused(const char *sentence)
{
	const char *const args[] = { "-t", "-c", d.conf, NULL };
	char expected[1024];

	daemon_config(&d, "listen = ( { port = 0; } );\n"
			  "routes = ( { path = \"/x\";\n"
			  "  handler = \"x\"; } );");
	ck_assert_int_eq(daemon_run(text, sizeof text, args), 78);
	snprintf(
	    expected, sizeof expected, "%s:6: x.so: %s\n", d.conf, sentence);
	ck_assert_str_eq(text, expected);
}

#define TEXT_OF(n) #n
#define TEXT(n)	   TEXT_OF(n)
#define MINOR	   TEXT(CLEAT_ABI_MINOR)

static const struct {
	const char *file, *sentence;
} villains[] = {
	{ "plain.so", "no Cleat handler; end it with CLEAT_HANDLER(...)" },
	{ "module.so", "no Cleat handler; end it with CLEAT_HANDLER(...)" },
	{ "no_descriptor.so",
	    "no Cleat handler; end it with CLEAT_HANDLER(...)" },
	{ "wrong_major.so",
	    "built for ABI 2." MINOR ", this host offers 0." MINOR
	    "; rebuild it with this host's cleat.h" },
	{ "newer_minor.so", "built for ABI 0.99, this host offers 0." MINOR
			    "; rebuild it with this host's cleat.h" },
	{ "wrong_magic.so",
	    "its note is not Cleat's; rebuild it with cleat.h" },
	{ "missing_symbol.so",
	    "needs the symbol \"nobody_provides_this\", which nothing "
	    "provides; link it with the library that has it" },
	{ "nameless.so",
	    "name and version must have 1 to 64 visible characters" },
};

START_TEST(a_villain_gets_its_sentence)
{
	char from[128];

	snprintf(from, sizeof from, "tests/plugins/%s", villains[_i].file);
	daemon_install(&d, from, "x.so");
	expect_refused(villains[_i].sentence);
}
END_TEST

START_TEST(what_is_no_shared_object_gets_its_sentence)
{
	daemon_write(&d, "plugins/x.so", "#!/bin/sh\n", 10);
	expect_refused("not a shared object (no ELF file)");
	daemon_write(&d, "plugins/x.so", "", 0);
	expect_refused("empty");
	char path[300];
	snprintf(path, sizeof path, "%s/x.so", d.plugins);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	expect_refused("not a regular file");
}
END_TEST

START_TEST(a_damaged_handler_gets_its_sentence)
{
	static unsigned char good[1 << 22];
	FILE *f = fopen("plugins/echo.so", "re");

	ck_assert_ptr_nonnull(f);
	size_t n = fread(good, 1, sizeof good, f);
	fclose(f);
	ck_assert(n > 4096 && n < sizeof good);
	daemon_write(&d, "plugins/x.so", good, n / 2);
	expect_refused("truncated; copy it again");
	daemon_write(&d, "plugins/x.so", good, 20);
	expect_refused("truncated; copy it again");
	good[18] ^= 0xff; /* e_machine */
	daemon_write(&d, "plugins/x.so", good, n);
	expect_refused("built for another machine; build it on this one");
	good[18] ^= 0xff;
	good[16] = 2; /* e_type: an executable */
	daemon_write(&d, "plugins/x.so", good, n);
	expect_refused("not a shared object; link it with -shared");
}
END_TEST

START_TEST(a_handler_that_others_may_change_gets_its_sentence)
{
	char path[300];

	daemon_install(&d, "plugins/echo.so", "x.so");
	snprintf(path, sizeof path, "%s/x.so", d.plugins);
	ck_assert_int_eq(chmod(path, 0757), 0);
	expect_refused("others may write to it; chmod go-w it");
	ck_assert_int_eq(chmod(path, 0775), 0);
	expect_refused("others may write to it; chmod go-w it");
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert_int_eq(chmod(d.plugins, 0777), 0);
	expect_refused("others may write to its folder; chmod go-w that");
}
END_TEST

START_TEST(a_handler_that_is_not_there_gets_its_sentence)
{
	char sentence[512];

	snprintf(sentence, sizeof sentence,
	    "cannot open %s/x.so: No such file or directory", d.plugins);
	expect_refused(sentence);
}
END_TEST

/* A config that its handler's on_load refuses, at the value's line. */
START_TEST(on_load_names_the_line_of_a_wrong_value)
{
	const char *const args[] = { "-t", "-c", d.conf, NULL };
	char expected[512];

	daemon_install(&d, "tests/plugins/load_fails.so", "fails.so");
	daemon_config(&d, "listen = ( { port = 0; } );\n"
			  "routes = ( { path = \"/x\"; handler = \"fails\";\n"
			  "  config: {\n"
			  "    size = 5; }; } );");
	ck_assert_int_eq(daemon_run(text, sizeof text, args), 78);
	snprintf(expected, sizeof expected,
	    "%s:7: size: must be something?else\n", d.conf);
	ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(a_silent_on_load_is_named_all_the_same)
{
	const char *const args[] = { "-t", "-c", d.conf, NULL };

	daemon_install(&d, "tests/plugins/load_refuses.so", "refuses.so");
	daemon_config(&d, "listen = ( { port = 0; } );\n"
			  "routes = ( { path = \"/x\";\n"
			  "  handler = \"refuses\"; } );");
	ck_assert_int_eq(daemon_run(text, sizeof text, args), 78);
	ck_assert_ptr_nonnull(strstr(text, "cleat.conf:"));
	ck_assert_ptr_nonnull(strstr(text, "load_refuses"));
	ck_assert_ptr_nonnull(strstr(text, "7"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("faults");
	TCase *c = suite_case(s, "of handlers and machines");

	tcase_add_checked_fixture(c, prepare, clean);
	tcase_add_test(c, a_crash_is_named_with_its_connection_and_kills);
	tcase_add_test(c, abort_in_a_handler_is_named);
	tcase_add_test(c, a_handler_without_stack_left_is_named);
	tcase_add_test(c, a_crash_on_a_thread_for_jobs_is_named);
	tcase_add_test(c, a_crash_in_a_timer_is_named);
	tcase_add_test(c, a_crash_in_on_open_is_named);
	tcase_add_test(c, a_held_worker_is_named_and_so_is_its_release);
	tcase_add_test(c, a_callback_that_is_not_too_long_is_not_named);
	tcase_add_test(c, a_handler_that_never_returns_does_not_stop_a_stop);
	tcase_add_test(c, without_a_watchdog_a_stop_ends_all_the_same);
	tcase_add_loop_test(c, a_villain_gets_its_sentence, 0,
	    (int)(sizeof villains / sizeof villains[0]));
	tcase_add_test(c, what_is_no_shared_object_gets_its_sentence);
	tcase_add_test(c, a_damaged_handler_gets_its_sentence);
	tcase_add_test(c, a_handler_that_others_may_change_gets_its_sentence);
	tcase_add_test(c, a_handler_that_is_not_there_gets_its_sentence);
	tcase_add_test(c, on_load_names_the_line_of_a_wrong_value);
	tcase_add_test(c, a_silent_on_load_is_named_all_the_same);
	return suite_run(s);
}
