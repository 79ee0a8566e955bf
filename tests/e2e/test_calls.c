/* SPDX-License-Identifier: MIT
 *
 * test_calls.c - system calls that are forbidden to a serving cleatd, and
 * that all of it works without them.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

#define ROUTES                                                    \
	"routes = ( { path = \"/c\"; handler = \"captive\"; },\n" \
	"  { path = \"/echo\"; handler = \"echo\"; },\n"          \
	"  { path = \"/probe\"; handler = \"probe\"; } );\n"

#ifdef __SANITIZE_ADDRESS__
enum { LEAKS_ARE_LOOKED_FOR = 1 };
#else
enum { LEAKS_ARE_LOOKED_FOR = 0 };
#endif

static const struct {
	int number;
	const char *name;
} rows[] = {
#define CALL(name, reason) { SYS_##name, #name },
#include "base/forbidden.def"
#undef CALL
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static struct daemon d;

static void
start(const char *calls)
{
	char text[4096];

	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/captive.so", "captive.so");
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	/* Landlock would answer for execve. */
	snprintf(text, sizeof text,
	    "sandbox: { files = \"off\"; calls = \"%s\"; };\n" ROUTES, calls);
	daemon_start(&d, text);
}

static void
start_refusing(void)
{
	start("refuse");
}

static void
start_killing(void)
{
	start("kill");
}

static void
stop(void)
{
	daemon_end(&d);
}

START_TEST(each_call_of_the_table_is_refused)
{
	char command[64];
	struct raw r;

	raw_ws(&r, d.port, "/c");
	for (int i = 0; i < ROWS; i++) {
		struct raw_frame f;

		snprintf(command, sizeof command, "call %d", rows[i].number);
		raw_text(&r, command);
		f = raw_next(&r);
		ck_assert_int_eq(f.opcode, 1);
		ck_assert_msg(strcmp((char *)f.data, "call=EPERM") == 0,
		    "%s: %s", rows[i].name, (char *)f.data);
	}
	raw_shut(&r);
}
END_TEST

/* Whatever becomes of the table. */
START_TEST(what_matters_most_is_in_the_table)
{
	static const int most[] = { SYS_execve, SYS_ptrace, SYS_mount,
		SYS_init_module, SYS_keyctl, SYS_bpf, SYS_perf_event_open,
		SYS_unshare, SYS_setresuid, SYS_process_vm_writev };
	char command[64];
	struct raw r;

	raw_ws(&r, d.port, "/c");
	for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
		snprintf(command, sizeof command, "call %d", most[i]);
		raw_text(&r, command);
		raw_expect(&r, "call=EPERM");
	}
	raw_shut(&r);
}
END_TEST

START_TEST(a_program_does_not_start)
{
	struct raw r;

	raw_ws(&r, d.port, "/c");
	raw_text(&r, "run /bin/true");
	raw_expect(&r, "run=EPERM");
	raw_shut(&r);
}
END_TEST

START_TEST(no_namespace_is_made)
{
	char command[64];
	struct raw r;

	/* Flags of -1 ask for all of them. */
	raw_ws(&r, d.port, "/c");
	snprintf(command, sizeof command, "call %d", SYS_clone);
	raw_text(&r, command);
	raw_expect(&r, "call=EPERM");
	snprintf(command, sizeof command, "call %d", SYS_clone3);
	raw_text(&r, command);
	raw_expect(&r, "call=ENOSYS");
	raw_shut(&r);
}
END_TEST

/* Three of the table: the first, the last, and one between. */
START_TEST(a_forbidden_call_is_named_by_the_crash)
{
	int row = _i * (ROWS - 1) / 2, status;
	char command[64], name[64];
	struct raw r;

	raw_ws(&r, d.port, "/c");
	snprintf(command, sizeof command, "call %d", rows[row].number);
	raw_text(&r, command);
	snprintf(name, sizeof name, "call=%s", rows[row].name);
	daemon_log(&d, "cleatd: SIGSYS", name, "handler=captive",
	    "callback=on_message", "route=/c", NULL);
	status = daemon_wait(&d);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
	raw_shut(&r);
	daemon_forget(&d);
}
END_TEST

/* Whatever the table forbids, this works: with "kill" it would be the end. */
START_TEST(all_else_works)
{
	static const char *const commands[] = { "echo x", "id", "time", "post",
		"thread", "job", "log x", "conf", "after 1", "watch" };
	char head[1024];
	struct raw r;

	daemon_write(&d, "www/a.txt", "a", 1);
	raw_open(&r, d.port);
	ck_assert_int_eq(
	    raw_request(&r, "GET /a.txt", "", head, sizeof head), 200);
	raw_shut(&r);
	daemon_install(&d, "plugins/echo.so", "late.so");
	daemon_reload(&d);
	raw_ws(&r, d.port, "/probe");
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		raw_text(&r, commands[i]);
		ck_assert_int_eq(raw_next(&r).opcode, 1);
	}
	raw_shut(&r);
	daemon_signal(&d, SIGUSR1);
	ck_assert(daemon_metric(&d, "cleat_config_last_reload_success") > 0);
}
END_TEST

int
main(void)
{
	if (LEAKS_ARE_LOOKED_FOR) {
		puts("SKIP: LeakSanitizer traces the process when it ends");
		return 77;
	}

	Suite *s = suite_create("calls");
	TCase *c = suite_case(s, "refused");

	tcase_add_checked_fixture(c, start_refusing, stop);
	tcase_add_test(c, each_call_of_the_table_is_refused);
	tcase_add_test(c, what_matters_most_is_in_the_table);
	tcase_add_test(c, a_program_does_not_start);
	tcase_add_test(c, no_namespace_is_made);
	tcase_add_test(c, all_else_works);

	c = suite_case(s, "fatal");
	tcase_add_checked_fixture(c, start_killing, stop);
	tcase_add_loop_test(c, a_forbidden_call_is_named_by_the_crash, 0, 3);
	tcase_add_test(c, all_else_works);
	return suite_run(s);
}
