/* SPDX-License-Identifier: MIT
 *
 * test_files.c - static files as a browser, a proxy or a thief asks for them.
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

enum { BIG = 300000 };

static struct daemon d;
static char head[8192];
static uint8_t body[BIG + 1];
static size_t body_len;

static void
put(const char *name, const char *content)
{
	daemon_write(&d, name, content, strlen(content));
}

static void
make_folder(const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", d.dir, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
start(void)
{
	static uint8_t big[BIG];

	daemon_prepare(&d);
	put("www/index.html", "<p>home</p>");
	put("www/style.css", "p { color: navy }");
	put("www/plain.txt", "0123456789");
	put("www/packed.js", "unpacked();");
	put("www/packed.js.gz", "these bytes stand for gzip");
	put("www/packed.js.br", "and these for brotli");
	make_folder("www/docs");
	put("www/docs/index.html", "<p>docs</p>");
	make_folder("www/empty");
	for (size_t i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 31 + i / 256);
	daemon_write(&d, "www/big.bin", big, BIG);
	daemon_start(
	    &d, "routes = ( { path = \"/ws\"; handler = \"echo\"; } );");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* One request on a connection of its own; body[] and body_len are set. */
static int
ask(const char *line, const char *headers)
{
	struct raw r;
	char all[4096];

	snprintf(
	    all, sizeof all, "%sConnection: close\r\n", headers ? headers : "");
	raw_open(&r, d.port);
	int status = raw_request(&r, line, all, head, sizeof head);
	body_len = raw_take(&r, body, BIG);
	body[body_len] = '\0';
	raw_shut(&r);
	return status;
}

/* The value of a header of the last answer, or NULL. */
static const char *
header(const char *name)
{
	static char value[1024];
	char want[128];

	snprintf(want, sizeof want, "\r\n%s: ", name);
	const char *at = strcasestr(head, want);
	if (!at)
		return NULL;
	at += strlen(want);
	size_t n = strcspn(at, "\r");
	ck_assert_uint_lt(n, sizeof value);
	memcpy(value, at, n);
	value[n] = '\0';
	return value;
}

START_TEST(files_come_with_their_type)
{
	ck_assert_int_eq(ask("GET /", NULL), 200);
	ck_assert_str_eq((char *)body, "<p>home</p>");
	ck_assert_str_eq(header("Content-Type"), "text/html; charset=utf-8");
	ck_assert_int_eq(ask("GET /style.css?v=3", NULL), 200);
	ck_assert_ptr_nonnull(strstr(header("Content-Type"), "text/css"));
	ck_assert_int_eq(ask("GET /docs/", NULL), 200);
	ck_assert_str_eq((char *)body, "<p>docs</p>");
	ck_assert_int_eq(ask("GET /st%79le.css", NULL), 200);
	ck_assert_str_eq(header("X-Content-Type-Options"), "nosniff");
	ck_assert_ptr_nonnull(header("Cache-Control"));
}
END_TEST

START_TEST(a_big_file_comes_whole)
{
	ck_assert_int_eq(ask("GET /big.bin", NULL), 200);
	ck_assert_uint_eq(body_len, BIG);
	for (size_t i = 0; i < BIG; i++)
		ck_assert_uint_eq(body[i], (uint8_t)(i * 31 + i / 256));
}
END_TEST

START_TEST(head_has_the_headers_and_no_body)
{
	ck_assert_int_eq(ask("HEAD /plain.txt", NULL), 200);
	ck_assert_str_eq(header("Content-Length"), "10");
	ck_assert_uint_eq(body_len, 0);
}
END_TEST

START_TEST(other_methods_are_told_which_there_are)
{
	ck_assert_int_eq(ask("POST /plain.txt", "Content-Length: 0\r\n"), 405);
	ck_assert_ptr_nonnull(strstr(header("Allow"), "GET"));
	ck_assert_ptr_nonnull(strstr(header("Allow"), "HEAD"));
	ck_assert_int_eq(ask("DELETE /plain.txt", NULL), 405);
}
END_TEST

START_TEST(a_folder_is_redirected_to_its_slash)
{
	ck_assert_int_eq(ask("GET /docs", NULL), 301);
	ck_assert_str_eq(header("Location"), "./docs/");
	ck_assert_int_eq(ask("GET /docs?q=1", NULL), 301);
	ck_assert_str_eq(header("Location"), "./docs/?q=1");
	ck_assert_int_eq(ask("GET /empty/", NULL), 404);
}
END_TEST

START_TEST(what_the_client_has_is_not_sent_again)
{
	char condition[1200];

	ck_assert_int_eq(ask("GET /plain.txt", NULL), 200);
	const char *tag = header("ETag");
	ck_assert_ptr_nonnull(tag);
	ck_assert_int_eq(tag[0], '"');
	snprintf(condition, sizeof condition, "If-None-Match: %s\r\n", tag);
	ck_assert_int_eq(ask("GET /plain.txt", condition), 304);
	ck_assert_uint_eq(body_len, 0);
	ck_assert_int_eq(
	    ask("GET /plain.txt", "If-None-Match: \"other\"\r\n"), 200);
	ck_assert_int_eq(ask("GET /plain.txt", "If-Match: \"other\"\r\n"), 412);
	snprintf(condition, sizeof condition, "If-Modified-Since: %s\r\n",
	    (ask("GET /plain.txt", NULL), header("Last-Modified")));
	ck_assert_int_eq(ask("GET /plain.txt", condition), 304);
	put("www/changing.txt", "one");
	ck_assert_int_eq(ask("GET /changing.txt", NULL), 200);
	snprintf(condition, sizeof condition, "If-None-Match: %s\r\n",
	    header("ETag"));
	put("www/changing.txt", "other");
	ck_assert_int_eq(ask("GET /changing.txt", condition), 200);
	ck_assert_str_eq((char *)body, "other");
}
END_TEST

static const struct {
	const char *range;
	int status;
	const char *body, *content_range;
} ranges[] = {
	{ "bytes=0-3", 206, "0123", "bytes 0-3/10" },
	{ "bytes=7-", 206, "789", "bytes 7-9/10" },
	{ "bytes=-2", 206, "89", "bytes 8-9/10" },
	{ "bytes=4-4", 206, "4", "bytes 4-4/10" },
	{ "bytes=8-99", 206, "89", "bytes 8-9/10" },
	{ "bytes=-99", 206, "0123456789", "bytes 0-9/10" },
	{ "bytes=10-", 416, NULL, "bytes */10" },
	{ "bytes=-0", 416, NULL, "bytes */10" },
	{ "bytes=0-1,4-5", 200, "0123456789", NULL },
	{ "bytes=5-4", 200, "0123456789", NULL },
	{ "lines=0-1", 200, "0123456789", NULL },
};

START_TEST(a_range_is_served_and_several_are_the_whole)
{
	char line[256];

	snprintf(line, sizeof line, "Range: %s\r\n", ranges[_i].range);
	ck_assert_msg(
	    ask("GET /plain.txt", line) == ranges[_i].status, "%s", line);
	if (ranges[_i].body)
		ck_assert_str_eq((char *)body, ranges[_i].body);
	const char *content = header("Content-Range");
	if (ranges[_i].content_range)
		ck_assert_str_eq(content, ranges[_i].content_range);
	else
		ck_assert_ptr_null(content);
}
END_TEST

START_TEST(if_range_asks_for_the_same_file)
{
	char line[1200];

	ck_assert_int_eq(ask("GET /plain.txt", NULL), 200);
	snprintf(line, sizeof line, "Range: bytes=0-0\r\nIf-Range: %s\r\n",
	    header("ETag"));
	ck_assert_int_eq(ask("GET /plain.txt", line), 206);
	ck_assert_int_eq(
	    ask("GET /plain.txt", "Range: bytes=0-0\r\nIf-Range: \"x\"\r\n"),
	    200);
}
END_TEST

START_TEST(a_packed_twin_goes_to_those_who_take_it)
{
	ck_assert_int_eq(
	    ask("GET /packed.js", "Accept-Encoding: gzip, br\r\n"), 200);
	ck_assert_str_eq(header("Content-Encoding"), "br");
	ck_assert_str_eq((char *)body, "and these for brotli");
	ck_assert_int_eq(
	    ask("GET /packed.js", "Accept-Encoding: br;q=0, gzip\r\n"), 200);
	ck_assert_str_eq(header("Content-Encoding"), "gzip");
	ck_assert_str_eq((char *)body, "these bytes stand for gzip");
	ck_assert_ptr_nonnull(strstr(header("Content-Type"), "javascript"));
	ck_assert_ptr_nonnull(strstr(header("Vary"), "Accept-Encoding"));
	ck_assert_int_eq(
	    ask("GET /packed.js", "Accept-Encoding: gzip;q=0\r\n"), 200);
	ck_assert_str_eq((char *)body, "unpacked();");
	ck_assert_ptr_null(header("Content-Encoding"));
}
END_TEST

START_TEST(a_connection_serves_many_requests)
{
	struct raw r;
	char ten[11] = "";

	raw_open(&r, d.port);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(
		    raw_request(&r, "GET /plain.txt", NULL, head, sizeof head),
		    200);
		ck_assert_uint_eq(raw_take(&r, ten, 10), 10);
		ck_assert_str_eq(ten, "0123456789");
	}
	raw_shut(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("files");
	TCase *c = suite_case(s, "static files");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, files_come_with_their_type);
	tcase_add_test(c, a_big_file_comes_whole);
	tcase_add_test(c, head_has_the_headers_and_no_body);
	tcase_add_test(c, other_methods_are_told_which_there_are);
	tcase_add_test(c, a_folder_is_redirected_to_its_slash);
	tcase_add_test(c, what_the_client_has_is_not_sent_again);
	tcase_add_loop_test(c, a_range_is_served_and_several_are_the_whole, 0,
	    sizeof ranges / sizeof *ranges);
	tcase_add_test(c, if_range_asks_for_the_same_file);
	tcase_add_test(c, a_packed_twin_goes_to_those_who_take_it);
	tcase_add_test(c, a_connection_serves_many_requests);
	return suite_run(s);
}
