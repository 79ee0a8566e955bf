/* SPDX-License-Identifier: MIT
 *
 * test_load.c - what an operator does while hundreds of clients talk: with
 * a sanitizer's build, stopping under load is where leaks and races show.
 */
#include "config.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "suite.h"

static struct daemon d;

static void
prepare(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/across.so", "across.so");
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
}

static void
clean(void)
{
	daemon_end(&d);
}

enum { STORM = 20 };

/* `cleat load` on /echo with 200 connections; its output goes to load.out. */
static pid_t
start_load(void)
{
	char url[64], out[300];

	snprintf(url, sizeof url, "ws://127.0.0.1:%d/echo", d.port);
	snprintf(out, sizeof out, "%s/load.out", d.dir);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(out, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		execl("./cleat", "cleat", "load", "-c", "200", "-d", "300", url,
		    (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* Ends it: it has found nothing wrong. */
static void
end_load(pid_t pid)
{
	char path[300], said[4096] = "";
	int status;

	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	snprintf(path, sizeof path, "%s/load.out", d.dir);
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	fclose(f);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "cleat load ended with %#x: %s", (unsigned)status, said);
}

START_TEST(a_storm_of_reloads_drops_nobody)
{
	static const char *const others[] = {
		"{ path = \"/p\"; handler = \"probe\"; }",
		"{ path = \"/p\"; handler = \"probe\";\n"
		"  config: { word = \"w\"; }; }",
		"{ path = \"/p\"; handler = \"across\"; }",
		"{ path = \"/q\"; handler = \"across\"; max_message = 10; }",
	};
	const char *in = "cleat_messages_total{route=\"/echo\",dir=\"in\"}";
	char more[512];

	daemon_start(&d, "workers = 2;\n" ECHO_ROUTE);
	pid_t load = start_load();
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 200);
	for (int i = 0; i < STORM; i++) {
		double before = daemon_metric(&d, in);
		snprintf(more, sizeof more,
		    "workers = 2;\n"
		    "routes = ( { path = \"/echo\"; handler = \"echo\"; %s },\n"
		    "           %s );\n",
		    i % 2 ? "max_fragments = 7;" : "", others[i % 4]);
		daemon_config(&d, more);
		daemon_reload(&d);
		/* They talk on, and do so now. */
		while (daemon_metric(&d, in) == before)
			continue;
	}
	ck_assert(
	    daemon_metric(&d, "cleat_connections{route=\"/echo\"}") == 200);
	ck_assert(daemon_metric(&d, "cleat_connections_total{route=\"/echo\","
				    "result=\"accepted\"}") == 200);
	end_load(load);
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 0);
}
END_TEST

/* The exit status and what the sanitizers say are daemon_end()'s to check. */
START_TEST(a_stop_under_load_tells_everyone_and_leaves_nothing)
{
	int status;

	daemon_start(&d, "workers = 2;\n" ECHO_ROUTE);
	pid_t load = start_load();
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 200);
	daemon_signal(&d, SIGTERM);
	daemon_log(&d, "closed", "code=1001", NULL);
	ck_assert_int_eq(waitpid(load, &status, 0), load);
	ck_assert(WIFEXITED(status));
	status = daemon_wait(&d);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(a_second_sigterm_under_load_leaves_nothing_either)
{
	int status;

	daemon_start(&d, "workers = 2;\ndrain_timeout = \"1 h\";\n"
			 "defaults: { close_within = \"1 h\"; };\n" ECHO_ROUTE);
	pid_t load = start_load();
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 200);
	daemon_signal(&d, SIGTERM);
	daemon_signal(&d, SIGTERM);
	status = daemon_wait(&d);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_eq(waitpid(load, &status, 0), load);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("load");
	TCase *c = suite_case(s, "two hundred who talk");

	tcase_add_checked_fixture(c, prepare, clean);
	tcase_add_test(c, a_storm_of_reloads_drops_nobody);
	tcase_add_test(c, a_stop_under_load_tells_everyone_and_leaves_nothing);
	tcase_add_test(c, a_second_sigterm_under_load_leaves_nothing_either);
	return suite_run(s);
}
