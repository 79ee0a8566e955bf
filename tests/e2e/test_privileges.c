/* SPDX-License-Identifier: MIT
 *
 * test_privileges.c - what a cleatd that root has started may do afterwards.
 */
#include "config.h"

#include <check.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
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

/* A line of /proc/PID/status, without its name. */
static const char *
status_line(const char *name)
{
	static char line[256];
	char path[64];
	size_t n = strlen(name);

	snprintf(path, sizeof path, "/proc/%d/status", (int)d.pid);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			break;
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line + n + 2;
}

START_TEST(nothing_of_root_is_left)
{
	const struct passwd *nobody = getpwnam("nobody");
	static const char *const capabilities[] = { "CapInh", "CapPrm",
		"CapEff", "CapAmb" };
	char ids[64];
	struct raw r;

	start(0711);
	raw_ws(&r, d.port, "/echo");
	raw_text(&r, "hello");
	raw_expect(&r, "hello");
	snprintf(ids, sizeof ids, "%d\t%d\t%d\t%d", (int)nobody->pw_uid,
	    (int)nobody->pw_uid, (int)nobody->pw_uid, (int)nobody->pw_uid);
	ck_assert_str_eq(status_line("Uid"), ids);
	snprintf(ids, sizeof ids, "%d\t%d\t%d\t%d", (int)nobody->pw_gid,
	    (int)nobody->pw_gid, (int)nobody->pw_gid, (int)nobody->pw_gid);
	ck_assert_str_eq(status_line("Gid"), ids);
	ck_assert_int_eq((int)strspn(status_line("Groups"), " "),
	    (int)strlen(status_line("Groups")));
	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(
		    status_line(capabilities[i]), "0000000000000000");
	ck_assert_str_eq(status_line("NoNewPrivs"), "1");
	raw_shut(&r);
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

int
main(void)
{
	Suite *s = suite_create("privileges");
	TCase *c = suite_case(s, "dropped");

	if (geteuid() != 0) {
		puts("SKIP: only root has something to drop");
		return 77;
	}
	tcase_add_checked_fixture(c, NULL, end);
	tcase_add_test(c, nothing_of_root_is_left);
	tcase_add_test(c, a_reload_works_where_the_user_may_read);
	tcase_add_test(c, a_reload_says_what_the_user_may_not_read);
	return suite_run(s);
}
