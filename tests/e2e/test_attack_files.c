/* SPDX-License-Identifier: MIT
 *
 * test_attack_files.c - every spelling of a path that may lead out of
 * http.root, or to what is hidden in it.
 *
 * All that lies outside says "outside", all that is hidden says "hidden", so
 * that a byte of either shows. The status says which defence it was: 400 the
 * spelling, 404 the file system.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static const char *
place(const char *name)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/%s", d.dir, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	daemon_write(&d, name, text, strlen(text));
}

static void
folder(const char *name)
{
	ck_assert_int_eq(mkdir(place(name), 0755), 0);
}

static void
link_to(const char *to, const char *name)
{
	ck_assert_int_eq(symlink(to, place(name)), 0);
}

static void
start(void)
{
	daemon_prepare(&d);
	put("secret", "outside");
	put("www2-secret", "outside");
	folder("www-private");
	put("www-private/secret", "outside");
	put("www/index.html", "home");
	folder("www/docs");
	put("www/docs/index.html", "docs");
	put("www/docs/page", "page");
	put("www/.hidden", "hidden");
	folder("www/.git");
	put("www/.git/config", "hidden");
	folder("www/docs/.git");
	put("www/docs/.git/config", "hidden");
	put("www/....", "hidden");
	put("www/plain", "plain");
	folder("www/linked");
	link_to("../../secret", "www/linked/index.html");
	link_to("../secret", "www/link");
	link_to("plain", "www/within"); /* none is followed */
	link_to("..", "www/up");
	link_to("/", "www/slash");
	link_to("/proc/self/environ", "www/environ");
	link_to("docs", "www/docs-link");
	link_to("loop", "www/loop");
	link_to("../secret", "www/plain.gz");
	ck_assert_int_eq(mkfifo(place("www/fifo"), 0666), 0);
	ck_assert_int_eq(mknod(place("www/socket"), S_IFSOCK | 0666, 0), 0);
	daemon_start(
	    &d, "routes = ( { path = \"/ws/*\"; handler = \"echo\"; } );");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* The answer to these bytes, up to its end. */
static const char *
answer_to(const char *target, const char *headers)
{
	static char all[65536];
	struct raw r;
	size_t n;

	raw_open(&r, d.port);
	raw_puts(&r, "GET ");
	raw_puts(&r, target);
	raw_puts(&r, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
	raw_puts(&r, headers);
	raw_puts(&r, "\r\n");
	n = raw_take(&r, all, sizeof all - 1);
	all[n] = '\0';
	raw_shut(&r);
	return all;
}

/* `target` brings this status and none of the words. */
static void
expect(const char *target, int status)
{
	const char *answer = answer_to(target, "Accept-Encoding: gzip\r\n");
	int said =
	    *answer ? (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10) : 0;

	ck_assert_msg(said == status, "%d, not %d, for %.100s: %s", said,
	    status, target, answer);
	ck_assert_msg(!strstr(answer, "outside") && !strstr(answer, "hidden"),
	    "%.100s brought %s", target, answer);
}

static const struct {
	const char *target;
	int status;
} thefts[] = {
	/* dots */
	{ "/../secret", 400 },
	{ "/./../secret", 400 },
	{ "/docs/../../secret", 400 },
	{ "/docs/../plain", 400 },
	{ "/./plain", 400 },
	{ "/docs/..", 400 },
	{ "/docs/.", 400 },
	{ "/..", 400 },
	{ "/../../../../../../../../etc/passwd", 400 },
	{ "/docs/page/../../../secret", 400 },
	{ "/ws/../../secret", 400 },
	{ "/...", 404 },
	{ "/....", 404 },
	{ "/..../secret", 404 },
	{ "/..;/secret", 404 },
	{ "/..%3b/secret", 404 },
	{ "/..%20/secret", 404 },
	{ "/%20../secret", 404 },
	{ "/..%0a/secret", 400 },
	{ "/..secret", 404 },
	{ "/plain.", 404 },
	{ "/plain..", 404 },
	{ "/plain%20", 404 },
	{ "/plain/", 404 },
	{ "/plain/.", 400 },
	{ "/docs/page/x", 404 },
	/* escaped */
	{ "/%2e%2e/secret", 400 },
	{ "/%2E%2E/secret", 400 },
	{ "/.%2e/secret", 400 },
	{ "/%2e./secret", 400 },
	{ "/%2e/plain", 400 },
	{ "/%2e%2e%2fsecret", 400 },
	{ "/..%2fsecret", 400 },
	{ "/..%2Fsecret", 400 },
	{ "/docs%2f..%2f..%2fsecret", 400 },
	{ "/docs%2fpage", 400 },
	{ "%2f../secret", 400 },
	/* backslashes */
	{ "/..\\secret", 400 },
	{ "/..%5csecret", 400 },
	{ "/..%5Csecret", 400 },
	{ "/%2e%2e%5csecret", 400 },
	{ "\\..\\secret", 400 },
	{ "/docs\\..\\..\\secret", 400 },
	/* twice, and in no way at all */
	{ "/%252e%252e/secret", 404 },
	{ "/%252e%252e%252fsecret", 404 },
	{ "/..%252fsecret", 404 },
	{ "/..%255csecret", 404 },
	{ "/%25252e%25252e/secret", 404 },
	{ "/%%32%65%%32%65/secret", 400 },
	{ "/%u002e%u002e/secret", 400 },
	{ "/%u2215..", 400 },
	{ "/%", 400 },
	{ "/%2", 400 },
	{ "/%zz", 400 },
	{ "/%2%65", 400 },
	/* longer than need be, and look-alikes */
	{ "/%c0%ae%c0%ae/secret", 404 },
	{ "/%c0%ae%c0%ae%c0%afsecret", 404 },
	{ "/..%c0%afsecret", 404 },
	{ "/..%c1%9csecret", 404 },
	{ "/%e0%80%ae%e0%80%ae/secret", 404 },
	{ "/%f0%80%80%ae%f0%80%80%ae/secret", 404 },
	{ "/%ef%bc%8e%ef%bc%8e/secret", 404 },
	{ "/..%ef%bc%8fsecret", 404 },
	{ "/..%e2%88%95secret", 404 },
	{ "/\303\200\256", 400 },
	/* bytes that end a text */
	{ "/plain%00", 400 },
	{ "/plain%00.html", 400 },
	{ "/%00/../secret", 400 },
	{ "/../secret%00.html", 400 },
	{ "/plain%0d%0aX:%20y", 400 },
	{ "/plain%7f", 400 },
	{ "/plain%09", 400 },
	/* slashes */
	{ "//plain", 404 },
	{ "///plain", 404 },
	{ "//../secret", 400 },
	{ "//etc/passwd", 404 },
	{ "/docs//page", 404 },
	{ "/docs/page//", 404 },
	{ "/docs//..//../secret", 400 },
	{ "/etc/passwd", 404 },
	{ "//127.0.0.1/secret", 404 },
	/* names beside the root */
	{ "/../www-private/secret", 400 },
	{ "/../www2-secret", 400 },
	{ "2-secret", 400 },
	{ "-private/secret", 400 },
	/* other forms, and other places */
	{ "secret", 400 },
	{ "../secret", 400 },
	{ "file:///etc/passwd", 400 },
	{ "http://a/../secret", 400 },
	{ "~/secret", 400 },
	{ "/~root/secret", 404 },
	{ "/C:/secret", 404 },
	{ "/plain::$DATA", 404 },
	{ "/proc/self/environ", 404 },
	{ "/?../secret", 200 },
	{ "/plain?/../../secret", 200 },
	{ "/plain?file=../secret", 200 },
	{ "/docs?/../../secret", 301 },
	{ "/plain;/../secret", 400 },
	{ "/plain#/../secret", 400 },
	/* links */
	{ "/link", 404 },
	{ "/within", 404 },
	{ "/up", 404 },
	{ "/up/", 404 },
	{ "/up/secret", 404 },
	{ "/up/www/plain", 404 },
	{ "/slash", 404 },
	{ "/slash/etc/passwd", 404 },
	{ "/environ", 404 },
	{ "/docs-link/", 404 },
	{ "/docs-link/page", 404 },
	{ "/loop", 404 },
	{ "/loop/x", 404 },
	{ "/linked/", 404 },
	{ "/linked/index.html", 404 },
	/* what is hidden, and what is no file */
	{ "/.hidden", 404 },
	{ "/%2ehidden", 404 },
	{ "/%2Ehidden", 404 },
	{ "/.git/config", 404 },
	{ "/.git/", 404 },
	{ "/.git", 404 },
	{ "/docs/.git/config", 404 },
	{ "/docs/%2egit/config", 404 },
	{ "/fifo", 403 },
	{ "/socket", 404 },
};

START_TEST(nothing_outside_and_nothing_hidden_is_reached)
{
	expect(thefts[_i].target, thefts[_i].status);
}
END_TEST

/* The packed twin of a file is a link that leads out. */
START_TEST(a_twin_that_leads_out_is_none)
{
	const char *answer = answer_to("/plain", "Accept-Encoding: gzip\r\n");

	ck_assert_ptr_nonnull(strstr(answer, "\r\n\r\nplain"));
	ck_assert_ptr_null(strcasestr(answer, "Content-Encoding"));
}
END_TEST

/* `part` again and again, about so many bytes. */
static void
expect_long(const char *part, size_t bytes, const char *end, int status)
{
	size_t n = strlen(part), last = strlen(end) + 1;
	char *target = malloc(1 + bytes + n + last), *at = target;

	ck_assert_ptr_nonnull(target);
	*at++ = '/';
	for (size_t i = 0; i < bytes; i += n)
		at = mempcpy(at, part, n);
	memcpy(at, end, last);
	expect(target, status);
	free(target);
}

START_TEST(a_long_path_leads_nowhere)
{
	static const size_t sizes[] = { 255, 256, 4000, 5000, 12000 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		expect_long("x", sizes[i], "", 404);
		expect_long("x/", sizes[i], "plain", 404);
		expect_long("../", sizes[i], "secret", 400);
		expect_long("./", sizes[i], "../secret", 400);
		expect_long("%2e%2e/", sizes[i], "secret", 400);
		expect_long("docs/../", sizes[i], "../secret", 400);
		expect_long("/", sizes[i], "secret", 404);
		expect_long("up/", sizes[i], "secret", 404);
	}
	expect_long("x", 100000, "", 414);
}
END_TEST

/* A folder that becomes a link, and back, while it is asked for. */
START_TEST(a_path_that_changes_meanwhile_leads_nowhere)
{
	char docs[512], away[512];

	snprintf(docs, sizeof docs, "%s", place("www/changing"));
	snprintf(away, sizeof away, "%s", place("www/away"));
	folder("www/changing");
	put("www/changing/secret", "inside");
	ck_assert_int_eq(symlink("..", away), 0);
	for (int i = 0; i < 200; i++) {
		char other[512];
		const char *answer;

		snprintf(other, sizeof other, "%s", place("www/other"));
		ck_assert_int_eq(rename(docs, other), 0);
		ck_assert_int_eq(rename(away, docs), 0);
		ck_assert_int_eq(rename(other, away), 0);
		answer = answer_to("/changing/secret", "");
		ck_assert_msg(strstr(answer, i % 2 ? "inside" : " 404 "),
		    "%d: %s", i, answer);
		ck_assert_ptr_null(strstr(answer, "outside"));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attack_files");
	TCase *c = suite_case(s, "paths");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_loop_test(c, nothing_outside_and_nothing_hidden_is_reached, 0,
	    (int)(sizeof thefts / sizeof thefts[0]));
	tcase_add_test(c, a_twin_that_leads_out_is_none);
	tcase_add_test(c, a_long_path_leads_nowhere);
	tcase_add_test(c, a_path_that_changes_meanwhile_leads_nowhere);
	return suite_run(s);
}
