/* SPDX-License-Identifier: MIT
 *
 * test_sandbox.c - which files are in reach of a handler and of a reload.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

#define ROUTES                                                    \
	"routes = ( { path = \"/c\"; handler = \"captive\"; },\n" \
	"  { path = \"/echo\"; handler = \"echo\"; } );\n"

static struct daemon d;
/* Folders and files outside of the daemon's own folder. */
static char outside[64], secret[96], shared[96];

static bool
has_landlock(void)
{
	return syscall(444, NULL, 0, 1) > 0;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
put_here(const char *name, const char *text)
{
	daemon_write(&d, name, text, strlen(text));
}

static void
prepare(void)
{
	snprintf(outside, sizeof outside, "/var/tmp/cleat-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(outside));
	snprintf(secret, sizeof secret, "%s/secret", outside);
	put(secret, "secret");
	snprintf(shared, sizeof shared, "%s/shared", outside);
	ck_assert_int_eq(mkdir(shared, 0755), 0);
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/captive.so", "captive.so");
}

static void
start(const char *keys)
{
	char text[4096];

	snprintf(text, sizeof text, "%s\n" ROUTES, keys);
	daemon_start(&d, text);
}

static void
start_plain(void)
{
	prepare();
	start("");
}

static void
stop(void)
{
	char command[128];

	if (d.pid > 0)
		daemon_end(&d);
	snprintf(command, sizeof command, "rm -rf '%s'", outside);
	ck_assert_int_eq(system(command), 0);
}

/* What a handler hears when it tries: "read" of a path that is put together
 * from folder and name. */
static void
expect(struct raw *r, const char *what, const char *folder, const char *name,
    const char *answer)
{
	char command[512], expected[64];

	snprintf(command, sizeof command, "%s %s%s", what, folder, name);
	snprintf(expected, sizeof expected, "%s=%s", what, answer);
	raw_text(r, command);
	raw_expect(r, expected);
}

START_TEST(a_handler_reaches_what_is_named_and_nothing_else)
{
	char port[16];
	struct raw r;

	daemon_write(&d, "www/a.txt", "a", 1);
	raw_ws(&r, d.port, "/c");
	expect(&r, "read", secret, "", "EACCES");
	expect(&r, "read", outside, "", "EACCES");
	expect(&r, "read", "/etc/shadow", "", "EACCES");
	expect(&r, "read", "/proc/1/environ", "", "EACCES");
	expect(&r, "read", "/", "", "EACCES");
	expect(&r, "make", secret, "", "EACCES");
	expect(&r, "make", d.dir, "/www/new", "EACCES");
	expect(&r, "make", d.dir, "/plugins/new.so", "EACCES");
	expect(&r, "remove", d.dir, "/cleat.conf", "EACCES");
	expect(&r, "run", "/bin/true", "", "EACCES");
	expect(&r, "read", d.dir, "/www/a.txt", "0");
	expect(&r, "read", d.dir, "/plugins/captive.so", "0");
	expect(&r, "read", d.dir, "/cleat.conf", "0");
	expect(&r, "read", "/etc/hosts", "", "0");
	expect(&r, "make", "/dev/null", "", "0");
	snprintf(port, sizeof port, "%d", d.port);
	expect(&r, "connect", port, "", "0");
	raw_shut(&r);
}
END_TEST

START_TEST(what_is_allowed_besides_is_in_reach)
{
	char keys[512];
	struct raw r;

	prepare();
	snprintf(keys, sizeof keys,
	    "sandbox: { allow_read = [ \"%s\" ]; allow_write = [ \"%s\" ]; };",
	    secret, shared);
	start(keys);
	raw_ws(&r, d.port, "/c");
	expect(&r, "read", secret, "", "0");
	expect(&r, "make", secret, "", "EACCES");
	expect(&r, "make", outside, "/new", "EACCES");
	expect(&r, "make", shared, "/new", "0");
	expect(&r, "read", shared, "/new", "0");
	expect(&r, "remove", shared, "/new", "0");
	raw_shut(&r);
}
END_TEST

START_TEST(without_it_everything_is_in_reach)
{
	struct raw r;

	prepare();
	start("sandbox: { files = \"off\"; };");
	raw_ws(&r, d.port, "/c");
	expect(&r, "read", secret, "", "0");
	expect(&r, "make", outside, "/new", "0");
	expect(&r, "run", "/bin/true", "", "0");
	raw_shut(&r);
}
END_TEST

START_TEST(all_threads_are_inside)
{
	char path[64], line[256];
	int threads = 0, bound = 0;
	FILE *p;

	/* The kernel shows no domain, but what goes with it. */
	snprintf(path, sizeof path, "grep -h NoNewPrivs /proc/%d/task/*/status",
	    (int)d.pid);
	p = popen(path, "r");
	ck_assert_ptr_nonnull(p);
	while (fgets(line, sizeof line, p)) {
		threads++;
		bound += strcmp(line, "NoNewPrivs:\t1\n") == 0;
	}
	pclose(p);
	ck_assert_int_gt(threads, 4);
	ck_assert_int_ge(bound, threads - STRANGERS);
}
END_TEST

START_TEST(files_go_on_being_served_and_replaced)
{
	char head[1024], body[8];
	struct raw r;

	daemon_write(&d, "www/late.txt", "late", 4);
	raw_open(&r, d.port);
	ck_assert_int_eq(
	    raw_request(&r, "GET /late.txt", "", head, sizeof head), 200);
	ck_assert_uint_eq(raw_take(&r, body, 4), 4);
	ck_assert_mem_eq(body, "late", 4);
	raw_shut(&r);
}
END_TEST

START_TEST(a_reload_reaches_the_folder_of_the_configuration)
{
	char path[256];
	struct raw r;

	snprintf(path, sizeof path, "%s/conf.d", d.dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	put_here("conf.d/more.conf",
	    "routes = ( { path = \"/more\"; handler = \"late\"; } );");
	daemon_install(&d, "plugins/echo.so", "late.so");
	daemon_reload(&d);
	raw_ws(&r, d.port, "/more");
	raw_text(&r, "hello");
	raw_expect(&r, "hello");
	raw_shut(&r);
}
END_TEST

START_TEST(a_reload_says_what_is_out_of_reach)
{
	char text[1024];

	snprintf(
	    text, sizeof text, "http: { root = \"%s\"; };\n" ROUTES, shared);
	daemon_config(&d, text);
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload refused", shared, "Permission denied",
	    "sandbox.allow_read, or a restart", NULL);
	snprintf(text, sizeof text,
	    "routes = ( { path = \"/c\"; handler = \"captive\"; "
	    "config: { file = \"%s\"; }; } );\n",
	    secret);
	daemon_config(&d, text);
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload refused", secret, "Permission denied",
	    "sandbox.allow_read, or a restart", NULL);
	/* It can be read: a start would. */
	daemon_config(&d, "sandbox: { files = \"off\"; };\n" ROUTES);
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "sandbox: the change waits for a restart", NULL);
}
END_TEST

START_TEST(a_check_tries_handlers_inside)
{
	const char *const args[] = { "-t", "-c", d.conf, NULL };
	char text[1024], said[1024];

	prepare();
	snprintf(text, sizeof text,
	    "listen = ( { port = 8080; } );\n"
	    "routes = ( { path = \"/c\"; handler = \"captive\"; "
	    "config: { file = \"%s\"; }; } );\n",
	    secret);
	daemon_config(&d, text);
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 78);
	ck_assert_ptr_nonnull(strstr(said, "sandbox.allow_read"));
	snprintf(text + strlen(text), sizeof text - strlen(text),
	    "sandbox: { allow_read = [ \"%s\" ]; };\n", secret);
	daemon_config(&d, text);
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 0);
}
END_TEST

/* Certificates, logs and sockets change while the server runs. */
START_TEST(the_log_is_opened_anew_and_sockets_go)
{
	char text[2048], socket[256], old[256], new[256];
	struct stat st;

	prepare();
	snprintf(socket, sizeof socket, "%s/s.sock", outside);
	snprintf(old, sizeof old, "%s/log", shared);
	snprintf(new, sizeof new, "%s/log.1", shared);
	snprintf(text, sizeof text,
	    "log: { file = \"%s\"; };\n"
	    "listen = ( { address = \"127.0.0.1\"; port = 0; },\n"
	    "  { address = \"unix:%s\"; } );\n" ROUTES,
	    old, socket);
	daemon_config(&d, text);
	daemon_start_as_configured(&d);
	ck_assert_int_eq(rename(old, new), 0);
	daemon_signal(&d, SIGUSR1);
	for (int i = 0; i < PATIENCE_MS && stat(old, &st) < 0; i++)
		usleep(1000);
	ck_assert_int_eq(stat(old, &st), 0);
	ck_assert_int_eq(stat(socket, &st), 0);
	daemon_end(&d);
	d.pid = 0;
	ck_assert_int_lt(stat(socket, &st), 0);
}
END_TEST

int
main(void)
{
	if (!has_landlock()) {
		puts("SKIP: this kernel has no Landlock");
		return 77;
	}

	Suite *s = suite_create("sandbox");
	TCase *c = suite_case(s, "files");

	tcase_add_checked_fixture(c, start_plain, stop);
	tcase_add_test(c, a_handler_reaches_what_is_named_and_nothing_else);
	tcase_add_test(c, all_threads_are_inside);
	tcase_add_test(c, files_go_on_being_served_and_replaced);
	tcase_add_test(c, a_reload_reaches_the_folder_of_the_configuration);
	tcase_add_test(c, a_reload_says_what_is_out_of_reach);

	c = suite_case(s, "keys");
	tcase_add_checked_fixture(c, NULL, stop);
	tcase_add_test(c, what_is_allowed_besides_is_in_reach);
	tcase_add_test(c, without_it_everything_is_in_reach);
	tcase_add_test(c, a_check_tries_handlers_inside);
	tcase_add_test(c, the_log_is_opened_anew_and_sockets_go);
	return suite_run(s);
}
