/* SPDX-License-Identifier: MIT
 *
 * test_life.c - what an operator does to cleatd: start, check, stop, read the log.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
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

/* --- the command line ---------------------------------------------------- */

static int
run(const char *a, const char *b, const char *c)
{
	const char *const args[] = { a, b, c, NULL };

	return daemon_run(text, sizeof text, args);
}

START_TEST(a_wrong_command_line_exits_with_64)
{
	ck_assert_int_eq(run("--no-such-option", NULL, NULL), 64);
	ck_assert_int_eq(run("-c", NULL, NULL), 64);
	ck_assert_int_eq(run("stray", NULL, NULL), 64);
	ck_assert_int_eq(run("-l", "127.0.0.1:99999", NULL), 64);
}
END_TEST

START_TEST(help_and_version_exit_with_0)
{
	ck_assert_int_eq(run("--help", NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(text, "-c"));
	ck_assert_int_eq(run("--help-config", NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(text, "max_message"));
	ck_assert_int_eq(run("-V", NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(text, PACKAGE_VERSION));
}
END_TEST

START_TEST(t_checks_and_exits_with_0_or_78)
{
	daemon_config(&d, "listen = ( { port = 0; } );\n" ECHO_ROUTE);
	ck_assert_int_eq(run("-t", "-c", d.conf), 0);
	daemon_config(&d,
	    "listen = ( { port = 0; } );\n"
	    "routes = ( { path = \"/echo\"; handlr = \"echo\"; } );");
	ck_assert_int_eq(run("-t", "-c", d.conf), 78);
	ck_assert_ptr_nonnull(strstr(text, "cleat.conf:5: "));
	ck_assert_ptr_nonnull(strstr(text, "did you mean \"handler\"?"));
	ck_assert_int_eq(run("-t", "-c", "/nonexistent/cleat.conf"), 78);
}
END_TEST

START_TEST(a_handler_that_does_not_load_is_an_error_of_the_config)
{
	daemon_write(&d, "plugins/text.so", "not a shared object", 19);
	daemon_config(&d,
	    "listen = ( { port = 0; } );\n"
	    "routes = ( { path = \"/x\"; handler = \"text\"; } );");
	ck_assert_int_eq(run("-t", "-c", d.conf), 78);
	ck_assert_ptr_nonnull(strstr(text, "cleat.conf:5: "));
	ck_assert_ptr_nonnull(strstr(text, "text.so"));
	ck_assert_int_eq(run("-c", d.conf, NULL), 78);
}
END_TEST

START_TEST(an_address_in_use_exits_with_1)
{
	char listen[64];

	daemon_start(&d, ECHO_ROUTE);
	snprintf(listen, sizeof listen, "127.0.0.1:%d", d.port);
	const char *const args[] = { "-c", d.conf, "-l", listen, NULL };
	ck_assert_int_eq(daemon_run(text, sizeof text, args), 1);
	ck_assert_ptr_nonnull(strstr(text, "in use"));
}
END_TEST

/* --- stopping ------------------------------------------------------------ */

START_TEST(sigterm_says_1001_to_everyone_and_exits_with_0)
{
	struct raw r[3];

	daemon_start(&d, ECHO_ROUTE);
	for (int i = 0; i < 3; i++) {
		raw_ws(&r[i], d.port, "/echo");
		raw_text(&r[i], "hello");
		raw_expect(&r[i], "hello");
	}
	daemon_signal(&d, SIGTERM);
	for (int i = 0; i < 3; i++) {
		raw_expect_close(&r[i], 1001, "shutting down");
		raw_close(&r[i], 1001, "");
		raw_expect_end(&r[i]);
		raw_shut(&r[i]);
	}
	int status = daemon_wait(&d);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(a_peer_that_does_not_answer_delays_a_stop_by_drain_timeout)
{
	struct raw r;

	daemon_start(&d, "drain_timeout = \"300 ms\";\n"
			 "defaults: { close_within = \"1 h\"; };\n" ECHO_ROUTE);
	raw_ws(&r, d.port, "/echo");
	daemon_signal(&d, SIGTERM);
	raw_expect_close(&r, 1001, "");
	raw_expect_end(&r);
	int status = daemon_wait(&d);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	raw_shut(&r);
}
END_TEST

START_TEST(a_second_sigterm_leaves_now)
{
	struct raw r;

	daemon_start(&d, "drain_timeout = \"1 h\";\n"
			 "defaults: { close_within = \"1 h\"; };\n" ECHO_ROUTE);
	raw_ws(&r, d.port, "/echo");
	daemon_signal(&d, SIGTERM);
	raw_expect_close(&r, 1001, "");
	daemon_signal(&d, SIGTERM);
	int status = daemon_wait(&d);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	raw_shut(&r);
}
END_TEST

START_TEST(a_draining_host_takes_nobody_and_says_so)
{
	struct raw r, late;
	char head[4096];

	daemon_start(&d, "drain_timeout = \"1 h\";\n"
			 "defaults: { close_within = \"1 h\"; };\n" ECHO_ROUTE);
	raw_open(&late, d.status_port);
	ck_assert_int_eq(
	    raw_request(&late, "GET /readyz", NULL, head, sizeof head), 200);
	raw_shut(&late);
	raw_ws(&r, d.port, "/echo");
	daemon_signal(&d, SIGTERM);
	raw_expect_close(&r, 1001, "");
	raw_open(&late, d.status_port);
	ck_assert_int_eq(
	    raw_request(&late, "GET /readyz", NULL, head, sizeof head), 503);
	raw_shut(&late);
	raw_open(&late, d.status_port);
	ck_assert_int_eq(
	    raw_request(&late, "GET /healthz", NULL, head, sizeof head), 200);
	raw_shut(&late);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	raw_shut(&r);
}
END_TEST

/* --- logs, supervisors --------------------------------------------------- */

START_TEST(sigusr1_opens_the_log_file_anew)
{
	char more[1024], from[300], to[300];
	struct stat st;

	snprintf(from, sizeof from, "%s/cleat.log", d.dir);
	snprintf(to, sizeof to, "%s/cleat.log.1", d.dir);
	snprintf(
	    more, sizeof more, "log: { file = \"%s\"; };\n" ECHO_ROUTE, from);
	daemon_start(&d, more);
	ck_assert_int_eq(rename(from, to), 0);
	daemon_signal(&d, SIGUSR1);
	for (int i = 0; i < 20000 && stat(from, &st) != 0; i++)
		daemon_metric(&d, "cleat_config_last_reload_success");
	ck_assert_int_eq(stat(from, &st), 0);
}
END_TEST

START_TEST(json_lines_carry_the_fields)
{
	struct raw r;

	daemon_start(&d, "log: { format = \"json\"; };\n" ECHO_ROUTE);
	raw_ws(&r, d.port, "/echo");
	raw_close(&r, 4000, "say \"hi\"\n");
	raw_expect_close(&r, 4000, "");
	raw_shut(&r);
	const char *line = daemon_log(&d, "\"closed", NULL);
	ck_assert_ptr_nonnull(strstr(line, "\"code\":4000"));
	ck_assert_ptr_nonnull(strstr(line, "say \\\"hi\\\"\\n"));
	ck_assert_ptr_nonnull(strstr(line, "\"route\":\"/echo\""));
}
END_TEST

START_TEST(an_unexpected_close_is_told_apart)
{
	struct raw r;

	daemon_start(&d, ECHO_ROUTE);
	raw_ws(&r, d.port, "/echo");
	raw_close(&r, 1000, "");
	raw_expect_close(&r, 1000, "");
	raw_shut(&r);
	const char *line = daemon_log(&d, "closed", "code=1000", NULL);
	ck_assert_ptr_nonnull(strstr(line, " info "));
	raw_ws(&r, d.port, "/echo");
	raw_close(&r, 1003, "");
	raw_expect_close(&r, 1003, "");
	raw_shut(&r);
	line = daemon_log(&d, "closed", "code=1003", NULL);
	ck_assert_ptr_nonnull(strstr(line, " warn "));
}
END_TEST

START_TEST(the_service_manager_is_told)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char note[512];

	snprintf(at.sun_path, sizeof at.sun_path, "%.90s/notify", d.dir);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	daemon_start(&d, ECHO_ROUTE);
	unsetenv("NOTIFY_SOCKET");
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
	ssize_t n = recv(fd, note, sizeof note - 1, 0);
	note[n > 0 ? n : 0] = '\0';
	ck_assert_ptr_nonnull(strstr(note, "READY=1"));
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	do {
		n = recv(fd, note, sizeof note - 1, MSG_DONTWAIT);
		note[n > 0 ? n : 0] = '\0';
	} while (n > 0 && !strstr(note, "STOPPING=1"));
	ck_assert_ptr_nonnull(strstr(note, "STOPPING=1"));
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("life");
	TCase *c = suite_case(s, "of a daemon");

	tcase_add_checked_fixture(c, prepare, clean);
	tcase_add_test(c, a_wrong_command_line_exits_with_64);
	tcase_add_test(c, help_and_version_exit_with_0);
	tcase_add_test(c, t_checks_and_exits_with_0_or_78);
	tcase_add_test(
	    c, a_handler_that_does_not_load_is_an_error_of_the_config);
	tcase_add_test(c, an_address_in_use_exits_with_1);
	tcase_add_test(c, sigterm_says_1001_to_everyone_and_exits_with_0);
	tcase_add_test(
	    c, a_peer_that_does_not_answer_delays_a_stop_by_drain_timeout);
	tcase_add_test(c, a_second_sigterm_leaves_now);
	tcase_add_test(c, a_draining_host_takes_nobody_and_says_so);
	tcase_add_test(c, sigusr1_opens_the_log_file_anew);
	tcase_add_test(c, json_lines_carry_the_fields);
	tcase_add_test(c, an_unexpected_close_is_told_apart);
	tcase_add_test(c, the_service_manager_is_told);
	return suite_run(s);
}
