/* SPDX-License-Identifier: MIT
 *
 * test_files_change.c - files that change, go and come while they are served.
 */
#include "config.h"

#include <sys/stat.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files_rig.h"
#include "../suite.h"

enum { BIG = 300000 };

static void
set_up(void)
{
	static char big[BIG];
	char path[128];

	files_rig_start("index = [ \"index.txt\" ];");
	snprintf(path, sizeof path, "%s/www/docs", fixture.dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	put("docs/index.txt", "docs");
	put("a.txt", "0123456789");
	put("b.txt", "plain");
	put("data.css", "plain");
	put("data.css.gz", "zip");
	http_fixture_put(&fixture, "big.bin", big, BIG);
}

static void
tear_down(void)
{
	files_rig_stop();
}

static void
expect(int fd, const char *target, const char *headers, int status,
    const char *body)
{
	struct reply r;

	ask(fd, "GET", target, headers, &r);
	ck_assert_msg(r.status == status, "%s: %s", target, r.head);
	if (body)
		ck_assert_str_eq(r.body, body);
	reply_free(&r);
}

static void
path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/www/%s", fixture.dir, name);
}

static void
take_away(const char *name)
{
	char path[128];

	path_of(path, name);
	ck_assert_int_eq(unlink(path), 0);
}

static void
move(const char *from, const char *to)
{
	char old[128], new[128];

	path_of(old, from);
	path_of(new, to);
	ck_assert_int_eq(rename(old, new), 0);
}

/* What a file is, and whether it is, is asked once in a time. */
START_TEST(a_change_is_seen_when_it_is_time_to_look)
{
	int fd = http_fixture_connect(&fixture);
	int tries = 3;

	settle();
	expect(fd, "/a.txt", "", 200, "0123456789");
	expect(fd, "/docs/", "", 200, "docs");
	expect(fd, "/data.css", "Accept-Encoding: gzip\r\n", 200, "zip");
	expect(fd, "/none", "", 404, NULL);
	put("a.txt", "changed");
	take_away("docs/index.txt");
	put("data.css.br", "brotli");
	put("none", "new");
	/* a name that nobody has is not remembered */
	expect(fd, "/none", "", 200, "new");
	while (tries-- > 0) {
		expect(fd, "/a.txt", "", 200, "0123456789");
		expect(fd, "/docs/", "", 200, "docs");
		expect(
		    fd, "/data.css", "Accept-Encoding: br\r\n", 200, "plain");
	}
	pass_ms(1000);
	expect(fd, "/a.txt", "", 200, "changed");
	expect(fd, "/docs/", "", 404, NULL);
	expect(fd, "/data.css", "Accept-Encoding: br\r\n", 200, "brotli");
	close(fd);
}
END_TEST

START_TEST(a_reload_looks_at_once)
{
	int fd = http_fixture_connect(&fixture);

	settle();
	expect(fd, "/a.txt", "", 200, "0123456789");
	put("a.txt", "changed");
	expect(fd, "/a.txt", "", 200, "0123456789");
	ck_assert_int_eq(http_fixture_reload(&fixture, ""), 0);
	expect(fd, "/a.txt", "", 200, "changed");
	close(fd);
}
END_TEST

START_TEST(no_recheck_time_looks_each_time)
{
	int fd = http_fixture_connect(&fixture);

	settle();
	ck_assert_int_eq(
	    http_fixture_reload(&fixture, "cache_recheck = 0;"), 0);
	expect(fd, "/a.txt", "", 200, "0123456789");
	expect(fd, "/big.bin", "", 200, NULL);
	put("a.txt", "changed");
	put("big.bin", "small");
	expect(fd, "/a.txt", "", 200, "changed");
	expect(fd, "/big.bin", "", 200, "small");
	take_away("a.txt");
	expect(fd, "/a.txt", "", 404, NULL);
	close(fd);
}
END_TEST

/* Whatever has its place now is nothing that anybody has looked at: neither
 * what a link leads to nor what comes from elsewhere. */
START_TEST(what_takes_the_place_of_a_file_is_looked_at_before_it_is_sent)
{
	int fd = http_fixture_connect(&fixture);
	char path[128];

	settle();
	/* a part is read anew each time, and so is a big file that grew */
	expect(fd, "/a.txt", "Range: bytes=0-1\r\n", 206, "01");
	expect(fd, "/big.bin", "", 200, NULL);
	move("b.txt", "a.txt");
	expect(fd, "/a.txt", "Range: bytes=0-1\r\n", 206, "pl");
	take_away("a.txt");
	path_of(path, "a.txt");
	ck_assert_int_eq(symlink("data.css", path), 0);
	expect(fd, "/a.txt", "Range: bytes=0-1\r\n", 404, NULL);
	put("big.bin", "written over");
	expect(fd, "/big.bin", "", 200, "written over");
	close(fd);
}
END_TEST

START_TEST(a_change_is_seen_at_once_while_it_is_young)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;
	char text[16];

	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof text, "%010d", i);
		put("a.txt", text);
		ask(fd, "GET", "/a.txt", "", &r);
		ck_assert_str_eq(r.body, text);
		reply_free(&r);
	}
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("files_change");
	TCase *tc = suite_case(suite, "files_change");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_change_is_seen_at_once_while_it_is_young);
	tcase_add_test(tc, a_change_is_seen_when_it_is_time_to_look);
	tcase_add_test(tc, a_reload_looks_at_once);
	tcase_add_test(tc, no_recheck_time_looks_each_time);
	tcase_add_test(
	    tc, what_takes_the_place_of_a_file_is_looked_at_before_it_is_sent);
	return suite_run_forked(suite);
}
