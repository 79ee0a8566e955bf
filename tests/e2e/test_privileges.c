/* SPDX-License-Identifier: MIT
 *
 * test_privileges.c - what a cleatd that root has started may do afterwards.
 */
#include "config.h"

#include <check.h>
#include <dirent.h>
#include <grp.h>
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

#define USER "user = \"nobody\";\n"

static struct daemon d;

static void
end(void)
{
	daemon_end(&d);
}

/* Its folder is root's alone, as the configuration of a server may be. */
static void
start(mode_t mode)
{
	daemon_prepare(&d);
	ck_assert_int_eq(chmod(d.dir, mode), 0);
	daemon_start(&d, USER ECHO_ROUTE);
}

static void
start_as(const char *user)
{
	char text[1024];

	daemon_prepare(&d);
	ck_assert_int_eq(chmod(d.dir, 0711), 0);
	snprintf(text, sizeof text, "user = \"%s\";\n" ECHO_ROUTE, user);
	daemon_start(&d, text);
}

/* A line of the status of one thread, without its name. */
static const char *
status_line(const char *task, const char *name)
{
	static char line[256];
	char path[320];
	size_t n = strlen(name);

	snprintf(
	    path, sizeof path, "/proc/%d/task/%s/status", (int)d.pid, task);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	line[n] = '\0';
	while (fgets(line, sizeof line, f))
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			break;
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line + n + 2;
}

static void
expect_ids(const char *task, const char *name, unsigned id)
{
	char ids[64];

	snprintf(ids, sizeof ids, "%u\t%u\t%u\t%u", id, id, id, id);
	ck_assert_str_eq(status_line(task, name), ids);
}

/* What each thread of a process without privileges shows. */
static void
expect_nothing(const char *task, const struct passwd *pw)
{
	static const char *const capabilities[] = { "CapInh", "CapPrm",
		"CapEff", "CapBnd", "CapAmb" };

	expect_ids(task, "Uid", pw->pw_uid);
	expect_ids(task, "Gid", pw->pw_gid);
	for (size_t i = 0; i < 5; i++)
		ck_assert_str_eq(
		    status_line(task, capabilities[i]), "0000000000000000");
	ck_assert_str_eq(status_line(task, "NoNewPrivs"), "1");
}

START_TEST(nothing_of_root_is_left_in_any_thread)
{
	const struct passwd *nobody = getpwnam("nobody");
	const struct dirent *e;
	char path[64];
	int threads = 0;
	struct raw r;
	DIR *dir;

	start(0711);
	raw_ws(&r, d.port, "/echo");
	raw_text(&r, "hello");
	raw_expect(&r, "hello");
	snprintf(path, sizeof path, "/proc/%d/task", (int)d.pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' &&
		    (STRANGERS == 0 || strtol(e->d_name, NULL, 10) == d.pid)) {
			expect_nothing(e->d_name, nobody);
			threads++;
		}
	closedir(dir);
	/* main, log, worker, jobs, HTTP */
	ck_assert_int_gt(threads, STRANGERS ? 0 : 4);
	raw_shut(&r);
}
END_TEST

/* The groups of the first thread, "" for none. */
static const char *
groups(void)
{
	static char path[32], text[256];

	snprintf(path, sizeof path, "%d", (int)d.pid);
	snprintf(text, sizeof text, "%s", status_line(path, "Groups"));
	while (text[0] && text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = '\0';
	return text;
}

START_TEST(a_user_has_the_groups_of_the_system)
{
	gid_t list[64];
	int n = 64;
	char text[256] = "";
	const struct passwd *pw = getpwnam("nobody");

	ck_assert_int_gt(getgrouplist("nobody", pw->pw_gid, list, &n), 0);
	for (int i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
		    "%s%u", i > 0 ? " " : "", list[i]);
	start_as("nobody");
	ck_assert_str_eq(groups(), text);
}
END_TEST

START_TEST(a_group_that_is_named_is_the_only_one)
{
	char path[32];

	start_as("nobody:daemon");
	ck_assert_str_eq(groups(), "");
	snprintf(path, sizeof path, "%d", (int)d.pid);
	expect_ids(path, "Gid", getgrnam("daemon")->gr_gid);
}
END_TEST

START_TEST(a_crash_leaves_a_core)
{
	char path[64];
	struct stat st;

	/* What may not be dumped belongs to root in /proc. */
	start(0711);
	snprintf(path, sizeof path, "/proc/%d/environ", (int)d.pid);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, getpwnam("nobody")->pw_uid);
}
END_TEST

START_TEST(a_reload_works_where_the_user_may_read)
{
	start(0755);
	daemon_config(&d, USER "routes = ( { path = \"/new\"; "
			       "handler = \"echo\"; } );\n");
	daemon_reload(&d);
	struct raw r;
	raw_ws(&r, d.port, "/new");
	raw_shut(&r);
}
END_TEST

START_TEST(a_reload_says_what_the_user_may_not_read)
{
	start(0711);
	ck_assert_int_eq(chmod(d.conf, 0600), 0);
	daemon_signal(&d, SIGHUP);
	daemon_log(
	    &d, "reload refused", "cleat.conf", "Permission denied", NULL);
}
END_TEST

/* --- keys ---------------------------------------------------------------- */

#define LISTEN                                             \
	"listen = ( { address = \"127.0.0.1\"; port = 0; " \
	"tls: { certificate = \"one.pem\"; key = \"one-key.pem\"; }; } );\n"

/* A copy of a file, readable by its group at most. */
static void
copy(const char *name, const char *group)
{
	char text[8192], path[256];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, TESTS_TLS "/%s", name);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	daemon_write(&d, name, text, n);
	snprintf(path, sizeof path, "%s/%s", d.dir, name);
	ck_assert_int_eq(chown(path, 0, getgrnam(group)->gr_gid), 0);
	ck_assert_int_eq(chmod(path, 0640), 0);
}

/* With a key that only the group `daemon` may read. */
static void
prepare_key(const char *user)
{
	char text[1024];

	daemon_prepare(&d);
	ck_assert_int_eq(chmod(d.dir, 0755), 0);
	copy("one.pem", "daemon");
	copy("one-key.pem", "daemon");
	snprintf(text, sizeof text, "user = \"%s\";\n" LISTEN ECHO_ROUTE, user);
	daemon_config(&d, text);
}

START_TEST(a_key_of_the_group_is_read_again)
{
	prepare_key("nobody:daemon");
	daemon_start_as_configured(&d);
	daemon_reload(&d);
	copy("two.pem", "daemon");
	copy("two-key.pem", "daemon");
	daemon_config(&d, "user = \"nobody:daemon\";\n"
			  "listen = ( { address = \"127.0.0.1\"; port = 0; "
			  "tls: { certificate = \"two.pem\"; "
			  "key = \"two-key.pem\"; }; } );\n" ECHO_ROUTE);
	daemon_reload(&d);
}
END_TEST

START_TEST(a_key_of_others_is_named_at_the_start)
{
	prepare_key("nobody");
	daemon_start_as_configured(&d);
	daemon_log(&d, "listen.tls.key: a reload will not do",
	    "nobody may not read", "one-key.pem", NULL);
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload refused", "one.pem", "Permission denied", NULL);
}
END_TEST

START_TEST(a_key_of_others_is_named_by_a_check)
{
	const char *const args[] = { "-t", "-c", d.conf, NULL };
	char said[2048];

	prepare_key("nobody");
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 0);
	ck_assert_ptr_nonnull(
	    strstr(said, "listen.tls.key: a reload will not do"));
	ck_assert_ptr_nonnull(strstr(said, ": ok\n"));
	daemon_config(&d, "user = \"nobody:daemon\";\n" LISTEN ECHO_ROUTE);
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 0);
	ck_assert_ptr_null(strstr(said, "will not do"));
}
END_TEST

START_TEST(a_check_says_what_the_user_cannot_start_with)
{
	const char *const args[] = { "-t", "-c", d.conf, NULL };
	char said[2048];

	prepare_key("nobody:daemon");
	ck_assert_int_eq(chmod(d.plugins, 0700), 0);
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 78);
	ck_assert_ptr_nonnull(strstr(said, "echo.so"));
	ck_assert_ptr_nonnull(strstr(said, "Permission denied"));
}
END_TEST

static void
clean(void)
{
	if (d.pid > 0) {
		daemon_end(&d);
	} else {
		char command[256];

		snprintf(command, sizeof command, "rm -rf '%s'", d.dir);
		ck_assert_int_eq(system(command), 0);
	}
}

int
main(void)
{
	if (geteuid() != 0) {
		puts("SKIP: only root has something to drop");
		return 77;
	}

	Suite *s = suite_create("privileges");
	TCase *c = suite_case(s, "dropped");

	tcase_add_checked_fixture(c, NULL, end);
	tcase_add_test(c, nothing_of_root_is_left_in_any_thread);
	tcase_add_test(c, a_user_has_the_groups_of_the_system);
	tcase_add_test(c, a_group_that_is_named_is_the_only_one);
	tcase_add_test(c, a_crash_leaves_a_core);
	tcase_add_test(c, a_reload_works_where_the_user_may_read);
	tcase_add_test(c, a_reload_says_what_the_user_may_not_read);

	c = suite_case(s, "keys");
	tcase_add_checked_fixture(c, NULL, clean);
	tcase_add_test(c, a_key_of_the_group_is_read_again);
	tcase_add_test(c, a_key_of_others_is_named_at_the_start);
	tcase_add_test(c, a_key_of_others_is_named_by_a_check);
	tcase_add_test(c, a_check_says_what_the_user_cannot_start_with);
	return suite_run(s);
}
