/* SPDX-License-Identifier: MIT
 *
 * test_checks.c - the hygiene of requests, and what a head remembers.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/checks.h"
#include "http/encoding.h"
#include "http/head.h"
#include "http/mime.h"
#include "../suite.h"

#define LINES 4

struct row {
	const char *method, *version;
	const char *lines[LINES]; /* "Name: value" */
	enum refusal expected;
};

static const struct row refused[] = {
	{ "POST", "HTTP/1.1", { "Host: a", "Content-Length : 3" },
	    REFUSAL_HEADER_NAME },
	{ "GET", "HTTP/1.1", { "Host: a", ": b" }, REFUSAL_HEADER_NAME },
	{ "GET", "HTTP/1.1", { "Host: a", "X: b\rY: c" },
	    REFUSAL_HEADER_VALUE },
	{ "GET", "HTTP/1.1", { "Host: a", "X: \x7f" }, REFUSAL_HEADER_VALUE },
	{ "GET", "HTTP/1.1", { "Host: a/b" }, REFUSAL_HOST },
	{ "GET", "HTTP/1.1", { "Host: a, b" }, REFUSAL_HOST },
	{ "GET", "HTTP/1.1", { "Host: me@a" }, REFUSAL_HOST },
	{ "GET", "HTTP/1.0", { "Host: a\\b" }, REFUSAL_HOST },
	{ "GET", "HTTP/1.1", { NULL }, REFUSAL_HOST },
	{ "GET", "HTTP/1.1", { "Host: " }, REFUSAL_HOST },
	{ "GET", "HTTP/1.1", { "Host: a", "host: a" }, REFUSAL_HOST },
	{ "GET", "HTTP/1.0", { "Host: a", "Host: b" }, REFUSAL_HOST },
	{ "POST", "HTTP/1.1",
	    { "Host: a", "Content-Length: 1", "Content-Length: 1" },
	    REFUSAL_LENGTHS },
	{ "POST", "HTTP/1.1",
	    { "Host: a", "Content-Length: 1", "Transfer-Encoding: chunked" },
	    REFUSAL_LENGTH_AND_CODING },
	{ "POST", "HTTP/1.1", { "Host: a", "Transfer-Encoding: gzip, chunked" },
	    REFUSAL_CODING },
	{ "POST", "HTTP/1.1",
	    { "Host: a", "Transfer-Encoding: chunked",
		"Transfer-Encoding: chunked" },
	    REFUSAL_CODING },
	{ "GET", "HTTP/1.1", { "Host: a", "Content-Length: 3" }, REFUSAL_BODY },
	{ "GET", "HTTP/1.1", { "Host: a", "Transfer-Encoding: chunked" },
	    REFUSAL_BODY },
	{ "HEAD", "HTTP/1.1", { "Host: a", "Content-Length: 00" },
	    REFUSAL_BODY },
};

static const struct row accepted[] = {
	{ "GET", "HTTP/1.1", { "Host: a" }, REFUSAL_NONE },
	{ "GET", "HTTP/1.0", { NULL }, REFUSAL_NONE },
	{ "GET", "HTTP/1.1", { "Host: [2001:db8::1%25eth0]:8080" },
	    REFUSAL_NONE },
	{ "GET", "HTTP/1.1", { "Host: a", "X: caf\xc3\xa9\tau lait" },
	    REFUSAL_NONE },
	{ "GET", "HTTP/1.1", { "Host: a", "Content-Length: 0" }, REFUSAL_NONE },
	{ "POST", "HTTP/1.1", { "Host: a", "Content-Length: 3" },
	    REFUSAL_NONE },
	{ "POST", "HTTP/1.1", { "Host: a", "Transfer-Encoding: Chunked" },
	    REFUSAL_NONE },
};

static void
add(struct head *h, const char *line)
{
	char name[64];
	size_t n = strcspn(line, ":");

	memcpy(name, line, n);
	name[n] = '\0';
	line += n + 2;
	ck_assert_int_eq(head_add(h, name, n, line, strlen(line)), 0);
}

static void
expect(const struct row *row)
{
	struct head h;

	head_init(&h, row->method, row->version);
	for (size_t i = 0; i < LINES && row->lines[i]; i++)
		add(&h, row->lines[i]);
	ck_assert_int_eq(checks_run(&h), row->expected);
	head_fini(&h);
}

START_TEST(what_can_be_read_in_two_ways_is_refused)
{
	expect(&refused[_i]);
}
END_TEST

START_TEST(a_plain_request_passes)
{
	expect(&accepted[_i]);
}
END_TEST

START_TEST(a_nul_in_a_value_is_refused)
{
	struct head h;

	head_init(&h, "GET", "HTTP/1.1");
	add(&h, "Host: a");
	ck_assert_int_eq(head_add(&h, "X", 1, "a\0b", 3), 0);
	ck_assert_int_eq(checks_run(&h), REFUSAL_NUL);
	head_fini(&h);
}
END_TEST

START_TEST(one_header_more_than_allowed_is_refused)
{
	struct head h;

	head_init(&h, "GET", "HTTP/1.1");
	add(&h, "Host: a");
	for (int i = 1; i < HEAD_FIELDS_MAX; i++)
		add(&h, "X: y");
	ck_assert_int_eq(checks_run(&h), REFUSAL_NONE);
	add(&h, "X: y");
	ck_assert_int_eq(checks_run(&h), REFUSAL_FIELDS);
	head_fini(&h);
}
END_TEST

START_TEST(a_single_header_keeps_its_first_value_and_a_count)
{
	struct head h;

	head_init(&h, "GET", "HTTP/1.1");
	add(&h, "Range: bytes=0-1");
	add(&h, "range: bytes=2-3");
	ck_assert_str_eq(h.value[HEAD_RANGE], "bytes=0-1");
	ck_assert_uint_eq(h.count[HEAD_RANGE], 2);
	ck_assert_ptr_null(h.value[HEAD_HOST]);
	head_fini(&h);
}
END_TEST

START_TEST(the_values_of_a_list_are_joined)
{
	struct head h;

	head_init(&h, "GET", "HTTP/1.1");
	add(&h, "Connection: keep-alive");
	add(&h, "connection: Upgrade");
	add(&h, "CONNECTION: x");
	ck_assert_str_eq(h.value[HEAD_CONNECTION], "keep-alive, Upgrade, x");
	head_fini(&h);
}
END_TEST

#define BR   (1 << ENCODING_BR)
#define GZIP (1 << ENCODING_GZIP)

static const struct {
	const char *accept;
	unsigned there;
	enum encoding chosen;
} codings[] = {
	{ NULL, GZIP, ENCODING_NONE },
	{ "", GZIP, ENCODING_NONE },
	{ "br, deflate", GZIP, ENCODING_NONE },
	{ "gzip;q=0", GZIP, ENCODING_NONE },
	{ "gzip;q=0.000", GZIP, ENCODING_NONE },
	{ "gzip;q=0, *", GZIP, ENCODING_NONE },
	{ "gzip;q=2", GZIP, ENCODING_NONE },
	{ "gzip;q=-1", GZIP, ENCODING_NONE },
	{ "gzip;q=0.1234", GZIP, ENCODING_NONE },
	{ "gzip;x=1", GZIP, ENCODING_NONE },
	{ "gzipped", GZIP, ENCODING_NONE },
	{ "brotli", BR, ENCODING_NONE },
	{ "identity, gzip;q=0.5", GZIP, ENCODING_NONE },
	{ "gzip, br", 0, ENCODING_NONE },
	{ "gzip", GZIP, ENCODING_GZIP },
	{ "GZIP", GZIP, ENCODING_GZIP },
	{ "x-gzip", GZIP, ENCODING_GZIP },
	{ "deflate, gzip;q=0.001", GZIP, ENCODING_GZIP },
	{ "gzip ; q=1.000 , br", GZIP, ENCODING_GZIP },
	{ "br;q=1.0, gzip;q=0.8, *;q=0.1", GZIP, ENCODING_GZIP },
	{ "*", GZIP, ENCODING_GZIP },
	{ "identity;q=0.5, gzip", GZIP, ENCODING_GZIP },
	{ "identity;q=0, gzip;q=0.1", GZIP, ENCODING_GZIP },
	{ ",,gzip", GZIP, ENCODING_GZIP },
	{ "gzip, deflate, br", BR | GZIP, ENCODING_BR },
	{ "br;q=0.5, gzip", BR | GZIP, ENCODING_GZIP },
	{ "br;q=0.5, gzip", BR, ENCODING_BR },
	{ "gzip;q=0.5, *", BR | GZIP, ENCODING_BR },
	{ "br;q=0, *", BR | GZIP, ENCODING_GZIP },
};

START_TEST(the_encoding_that_is_liked_best_is_sent)
{
	ck_assert_msg(encoding_choose(codings[_i].accept, codings[_i].there) ==
			  codings[_i].chosen,
	    "%s", codings[_i].accept);
}
END_TEST

START_TEST(every_extension_of_the_table_is_found)
{
	static const char *const extensions[][2] = {
#define MIME(extension, type) { "/a.b/x." extension, type },
#include "http/mime.def"
#undef MIME
	};

	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
		ck_assert_str_eq(mime_of(extensions[i][0]), extensions[i][1]);
	ck_assert_str_eq(mime_of("/A.HTML"), "text/html; charset=utf-8");
}
END_TEST

START_TEST(an_unknown_extension_is_bytes)
{
	ck_assert_str_eq(mime_of("/x.exe"), "application/octet-stream");
	ck_assert_str_eq(mime_of("/x"), "application/octet-stream");
	ck_assert_str_eq(mime_of("/x."), "application/octet-stream");
	ck_assert_str_eq(mime_of("/a.html/x"), "application/octet-stream");
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

int
main(void)
{
	Suite *suite = suite_create("checks");
	TCase *tc = suite_case(suite, "checks");

	tcase_add_loop_test(
	    tc, what_can_be_read_in_two_ways_is_refused, 0, COUNT(refused));
	tcase_add_test(tc, a_nul_in_a_value_is_refused);
	tcase_add_test(tc, one_header_more_than_allowed_is_refused);
	tcase_add_loop_test(tc, a_plain_request_passes, 0, COUNT(accepted));
	tcase_add_test(tc, a_single_header_keeps_its_first_value_and_a_count);
	tcase_add_test(tc, the_values_of_a_list_are_joined);
	tcase_add_loop_test(
	    tc, the_encoding_that_is_liked_best_is_sent, 0, COUNT(codings));
	tcase_add_test(tc, an_unknown_extension_is_bytes);
	tcase_add_test(tc, every_extension_of_the_table_is_found);
	return suite_run_forked(suite);
}
