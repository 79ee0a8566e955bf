/* SPDX-License-Identifier: MIT
 *
 * test_files.c - static files, through the real daemon.
 */
#include "config.h"

#include <sys/stat.h>
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files_rig.h"
#include "../suite.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define DATE	 "Sun, 09 Sep 2001 01:46:40 GMT"
#define ETAG	 "\"de0b6b3a7640000-a\""

enum { BIG = 300000 };

static char big[BIG];
static void
folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/www/%s", fixture.dir, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
set_up(void)
{
	char path[128];

	files_rig_start("index = [ \"index.html\", \"index.txt\" ]; "
			"cache_control = \"max-age=60\";");
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 7 + i / 251);
	folder("sub");
	folder("docs");
	folder("trap");
	folder("trap/index.html");
	folder(".git");
	put("index.html", "<p>index</p>");
	put("docs/index.txt", "docs");
	put("a.txt", "0123456789");
	put("empty.txt", "");
	put("data.css", "plain");
	put("data.css.gz", "zip");
	put("both.css", "plain");
	put("both.css.gz", "zip");
	put("both.css.br", "brotli");
	put("stale.css", "plain");
	put("stale.css.gz", "zip");
	put("stale.css.br", "brotli");
	put(".secret", "secret");
	put(".git/config", "secret");
	put("a b.txt", "blank");
	put("locked.txt", "locked");
	http_fixture_put(&fixture, "big.bin", big, BIG);
	snprintf(path, sizeof path, "%s/www/stale.css", fixture.dir);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, NULL, 0), 0); /* newer */
	snprintf(path, sizeof path, "%s/www/link.txt", fixture.dir);
	ck_assert_int_eq(symlink("a.txt", path), 0);
	snprintf(path, sizeof path, "%s/www/fifo", fixture.dir);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
}

static void
tear_down(void)
{
	files_rig_stop();
}

/* "Name: value" must be there, "!Name" must not. */
static void
expect_header(const struct reply *r, const char *wanted)
{
	char name[64];
	const char *value;

	if (!wanted)
		return;
	if (wanted[0] == '!') {
		ck_assert_msg(
		    !reply_header(r, wanted + 1), "%s: %s", wanted, r->head);
		return;
	}
	snprintf(name, sizeof name, "%.*s", (int)strcspn(wanted, ":"), wanted);
	value = reply_header(r, name);
	ck_assert_msg(value != NULL, "%s: %s", wanted, r->head);
	ck_assert_str_eq(value, wanted + strlen(name) + 2);
}

static const struct {
	const char *method, *target, *headers;
	int status;
	const char *body; /* NULL: whatever */
	const char *expected[4];
} rows[] = {
	/* what is refused */
	{ "GET", "/none", "", 404, NULL,
	    { "Content-Type: text/plain; charset=utf-8",
		"X-Content-Type-Options: nosniff", "!Connection" } },
	{ "GET", "/sub/", "", 404, NULL, { NULL } },
	{ "GET", "/trap/", "", 404, NULL, { NULL } },
	{ "GET", "/.secret", "", 404, NULL, { NULL } },
	{ "GET", "/%2esecret", "", 404, NULL, { NULL } },
	{ "GET", "/.git/config", "", 404, NULL, { NULL } },
	{ "GET", "/.git", "", 404, NULL, { "!Location" } },
	{ "GET", "/link.txt", "", 404, NULL, { NULL } },
	{ "GET", "/a.txt/", "", 404, NULL, { NULL } },
	{ "GET", "//a.txt", "", 404, NULL, { NULL } },
	{ "GET", "/fifo", "", 403, NULL, { NULL } },
	{ "GET", "/../a.txt", "", 400, NULL, { "Connection: close" } },
	{ "GET", "/%2e%2e/a.txt", "", 400, NULL, { NULL } },
	{ "GET", "/..%2fa.txt", "", 400, NULL, { NULL } },
	{ "GET", "/a.txt%00", "", 400, NULL, { NULL } },
	{ "POST", "/a.txt", "", 405, NULL, { "Allow: GET, HEAD" } },
	{ "DELETE", "/none", "", 405, NULL, { "Allow: GET, HEAD" } },
	/* whole files */
	{ "GET", "/", "", 200, "<p>index</p>",
	    { "Content-Type: text/html; charset=utf-8" } },
	{ "GET", "/docs/", "", 200, "docs",
	    { "Content-Type: text/plain; charset=utf-8" } },
	{ "GET", "/a.txt?x=1", "", 200, "0123456789",
	    { "ETag: " ETAG, "Last-Modified: " DATE,
		"Cache-Control: max-age=60", "Accept-Ranges: bytes" } },
	{ "GET", "/a.txt", "", 200, "0123456789",
	    { "X-Content-Type-Options: nosniff", "!Vary",
		"!Content-Encoding" } },
	{ "GET", "/%61.txt", "", 200, "0123456789", { NULL } },
	{ "GET", "/a%20b.txt", "", 200, "blank", { NULL } },
	{ "GET", "/empty.txt", "", 200, "", { "Content-Length: 0" } },
	{ "HEAD", "/a.txt", "", 200, "",
	    { "Content-Length: 10", "ETag: " ETAG } },
	{ "HEAD", "/big.bin", "", 200, "", { "Content-Length: 300000" } },
	{ "HEAD", "/none", "", 404, "", { NULL } },
	/* folders */
	{ "GET", "/docs", "", 301, NULL, { "Location: ./docs/" } },
	{ "GET", "/docs?a=b", "", 301, NULL, { "Location: ./docs/?a=b" } },
	{ "GET", "/%64ocs", "", 301, NULL, { "Location: ./%64ocs/" } },
	{ "GET", "//docs", "", 404, NULL, { "!Location" } },
	/* conditions */
	{ "GET", "/a.txt", "If-None-Match: " ETAG "\r\n", 304, "",
	    { "ETag: " ETAG, "Cache-Control: max-age=60", "!Content-Type" } },
	{ "HEAD", "/a.txt", "If-None-Match: *\r\n", 304, "", { NULL } },
	{ "GET", "/a.txt",
	    "If-None-Match: \"x\"\r\nIf-None-Match: " ETAG "\r\n", 304, "",
	    { NULL } },
	{ "GET", "/a.txt", "If-Modified-Since: " DATE "\r\n", 304, "",
	    { NULL } },
	{ "GET", "/a.txt",
	    "If-None-Match: \"x\"\r\nIf-Modified-Since: " DATE "\r\n", 200,
	    "0123456789", { NULL } },
	{ "GET", "/a.txt", "If-Match: \"x\"\r\n", 412, NULL, { NULL } },
	{ "GET", "/a.txt",
	    "If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT\r\n", 412, NULL,
	    { NULL } },
	{ "GET", "/data.css",
	    "Accept-Encoding: gzip\r\nIf-None-Match: \"de0b6b3a7640000-5\"\r\n",
	    200, "zip", { NULL } },
	{ "GET", "/data.css",
	    "Accept-Encoding: gzip\r\nIf-None-Match: "
	    "\"de0b6b3a7640000-3-gz\"\r\n",
	    304, "", { "Vary: Accept-Encoding" } },
	/* ranges */
	{ "GET", "/a.txt", "Range: bytes=2-4\r\n", 206, "234",
	    { "Content-Range: bytes 2-4/10", "Content-Length: 3",
		"ETag: " ETAG } },
	{ "GET", "/a.txt", "Range: bytes=-2\r\n", 206, "89",
	    { "Content-Range: bytes 8-9/10" } },
	{ "GET", "/a.txt", "Range: bytes=10-\r\n", 416, NULL,
	    { "Content-Range: bytes */10" } },
	{ "GET", "/a.txt", "Range: bytes=0-1,4-5\r\n", 200, "0123456789",
	    { NULL } },
	{ "GET", "/a.txt", "Range: bytes=2-4\r\nIf-Range: " ETAG "\r\n", 206,
	    "234", { NULL } },
	{ "GET", "/a.txt", "Range: bytes=2-4\r\nIf-Range: \"x\"\r\n", 200,
	    "0123456789", { "!Content-Range" } },
	{ "GET", "/a.txt", "Range: bytes=2-4\r\nIf-None-Match: " ETAG "\r\n",
	    304, "", { NULL } },
	{ "HEAD", "/a.txt", "Range: bytes=2-4\r\n", 200, "",
	    { "Content-Length: 10" } },
	/* variants */
	{ "GET", "/data.css", "", 200, "plain",
	    { "Vary: Accept-Encoding", "!Content-Encoding",
		"ETag: \"de0b6b3a7640000-5\"" } },
	{ "GET", "/data.css", "Accept-Encoding: br, gzip\r\n", 200, "zip",
	    { "Vary: Accept-Encoding", "Content-Encoding: gzip",
		"ETag: \"de0b6b3a7640000-3-gz\"",
		"Content-Type: text/css; charset=utf-8" } },
	{ "GET", "/data.css", "Accept-Encoding: gzip;q=0\r\n", 200, "plain",
	    { NULL } },
	{ "GET", "/both.css", "Accept-Encoding: gzip, deflate, br\r\n", 200,
	    "brotli",
	    { "Vary: Accept-Encoding", "Content-Encoding: br",
		"ETag: \"de0b6b3a7640000-6-br\"",
		"Content-Type: text/css; charset=utf-8" } },
	{ "GET", "/both.css", "Accept-Encoding: gzip\r\n", 200, "zip",
	    { "Content-Encoding: gzip" } },
	{ "GET", "/both.css", "", 200, "plain",
	    { "Vary: Accept-Encoding", "!Content-Encoding" } },
	{ "GET", "/stale.css", "Accept-Encoding: gzip, br\r\n", 200, "plain",
	    { "!Vary", "!Content-Encoding" } },
	{ "GET", "/data.css.gz", "Accept-Encoding: gzip\r\n", 200, "zip",
	    { "Content-Type: application/gzip", "!Content-Encoding" } },
};

/* What is remembered answers like what is not: the first time nothing is, the
 * second and third it is looked up or looked at again. */
START_TEST(a_request_has_its_answer)
{
	settle();
	for (int again = 0; again < 4; again++) {
		int fd = http_fixture_connect(&fixture);
		struct reply r;

		ask(fd, rows[_i].method, rows[_i].target, rows[_i].headers, &r);
		ck_assert_msg(r.status == rows[_i].status, "%s %s%s: %s",
		    rows[_i].method, rows[_i].target, rows[_i].headers, r.head);
		if (rows[_i].body)
			ck_assert_str_eq(r.body, rows[_i].body);
		else
			ck_assert_uint_gt(r.len, 0);
		for (size_t i = 0; i < 4; i++)
			expect_header(&r, rows[_i].expected[i]);
		reply_free(&r);
		close(fd);
		pass_ms(again == 1 ? 1000 : 0);
	}
}
END_TEST

START_TEST(a_big_file_comes_whole_and_in_parts)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	ask(fd, "GET", "/big.bin", "", &r);
	ck_assert_uint_eq(r.len, BIG);
	ck_assert_mem_eq(r.body, big, BIG);
	reply_free(&r);
	ask(fd, "GET", "/big.bin", "Range: bytes=100001-\r\n", &r);
	ck_assert_int_eq(r.status, 206);
	ck_assert_uint_eq(r.len, BIG - 100001);
	ck_assert_mem_eq(r.body, big + 100001, r.len);
	reply_free(&r);
	close(fd);
}
END_TEST

/* Nothing may stand between two answers on one connection. */
START_TEST(an_answer_without_a_body_has_none)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	ask(fd, "GET", "/big.bin", "If-None-Match: *\r\n", &r);
	ck_assert_int_eq(r.status, 304);
	ck_assert_str_eq(reply_header(&r, "Content-Length"), "300000");
	reply_free(&r);
	ask(fd, "GET", "/empty.txt", "If-None-Match: *\r\n", &r);
	ck_assert_int_eq(r.status, 304);
	reply_free(&r);
	ask(fd, "HEAD", "/a.txt", "If-None-Match: *\r\n", &r);
	ck_assert_int_eq(r.status, 304);
	reply_free(&r);
	ask(fd, "HEAD", "/big.bin", "", &r);
	ck_assert_int_eq(r.status, 200);
	reply_free(&r);
	ask(fd, "GET", "/a.txt", "", &r);
	ck_assert_str_eq(r.body, "0123456789");
	reply_free(&r);
	close(fd);
}
END_TEST

START_TEST(a_file_that_shrinks_under_way_ends_the_connection)
{
	enum { HUGE = 64 << 20 };
	int fd = http_fixture_connect(&fixture);
	char path[128], head[16], *rest;
	ssize_t n;

	snprintf(path, sizeof path, "%s/www/huge.bin", fixture.dir);
	put("huge.bin", "");
	ck_assert_int_eq(truncate(path, HUGE), 0);
	say(fd, "GET /huge.bin HTTP/1.1\r\nHost: x\r\n\r\n");
	hear_bytes(fd, head, sizeof head);
	ck_assert_mem_eq(head, "HTTP/1.1 200 OK", 15);
	ck_assert_int_eq(truncate(path, 1), 0);
	rest = malloc(1 << 20);
	while ((n = recv(fd, rest, 1 << 20, 0)) > 0)
		;
	free(rest);
	close(fd);
	/* the server is well */
	fd = http_fixture_connect(&fixture);
	say(fd, "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
	hear_bytes(fd, head, sizeof head);
	ck_assert_mem_eq(head, "HTTP/1.1 200 OK", 15);
	close(fd);
}
END_TEST

START_TEST(a_reload_changes_what_is_said)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	ck_assert_int_eq(http_fixture_reload(&fixture,
			     "cache_control = \"no-store\"; cache_small = 0;"),
	    0);
	ask(fd, "GET", "/a.txt", "", &r);
	expect_header(&r, "Cache-Control: no-store");
	ck_assert_str_eq(r.body, "0123456789");
	reply_free(&r);
	close(fd);
}
END_TEST

START_TEST(a_file_that_may_not_be_read_is_forbidden)
{
	int fd = http_fixture_connect(&fixture);
	char path[128];
	struct reply r;

	if (geteuid() == 0)
		return; /* root may read it */
	snprintf(path, sizeof path, "%s/www/locked.txt", fixture.dir);
	ck_assert_int_eq(chmod(path, 0), 0);
	ask(fd, "GET", "/locked.txt", "", &r);
	ck_assert_int_eq(r.status, 403);
	reply_free(&r);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("files");
	TCase *tc = suite_case(suite, "files");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_request_has_its_answer, 0, COUNT(rows));
	tcase_add_test(tc, a_file_that_may_not_be_read_is_forbidden);
	tcase_add_test(tc, a_big_file_comes_whole_and_in_parts);
	tcase_add_test(tc, an_answer_without_a_body_has_none);
	tcase_add_test(tc, a_file_that_shrinks_under_way_ends_the_connection);
	tcase_add_test(tc, a_reload_changes_what_is_said);
	return suite_run_forked(suite);
}
