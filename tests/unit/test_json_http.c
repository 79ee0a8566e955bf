/* SPDX-License-Identifier: MIT
 *
 * test_json_http.c - answers of back ends, right, rude and wrong, whole and
 * byte by byte; and the URLs of back ends.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "../suite.h"
#include "../dice.h"
#include "http.h"
#include "target.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { MAX_BODY = 64 };

#define OK "HTTP/1.1 200 OK\r\n"

/* Bytes, and what comes of them; END: only when the connection ends. */
static const struct {
	const char *bytes;
	enum http_result result;
	int status;
	const char *body;
	int end;
} answers[] = {
	{ OK "Content-Length: 2\r\n\r\nhi", HTTP_DONE, 200, "hi", 0 },
	{ OK "content-length:2 \r\n\r\nhi", HTTP_DONE, 200, "hi", 0 },
	{ OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", HTTP_DONE, 200,
	    "hi", 0 },
	{ OK "Content-Length: 0\r\n\r\n", HTTP_DONE, 200, "", 0 },
	{ OK "Content-Length: 2\r\n\r\nhi there", HTTP_DONE, 200, "hi", 0 },
	{ OK "Content-Length: 64\r\n\r\n"
	     "0123456789012345678901234567890123456789012345678901234567890123",
	    HTTP_DONE, 200,
	    "0123456789012345678901234567890123456789012345678901234567890123",
	    0 },
	{ "HTTP/1.0 404 Not Found\r\n\r\nno", HTTP_DONE, 404, "no", 1 },
	{ "HTTP/1.1 200\r\nX:\r\n\r\n", HTTP_DONE, 200, "", 1 },
	{ "HTTP/1.1 204 No Content\r\n\r\n", HTTP_DONE, 204, "", 0 },
	{ "HTTP/1.1 599 x\r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 599, "",
	    0 },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_DONE,
	    304, "", 0 },
	{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx",
	    HTTP_DONE, 200, "x", 0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
	    HTTP_DONE, 200, "hi", 0 },
	{ OK "Transfer-Encoding: Chunked\r\n\r\n"
	     "A;x=y\r\n0123456789\r\n00\r\nTrailer: x\r\n\r\n",
	    HTTP_DONE, 200, "0123456789", 0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HTTP_DONE, 200, "",
	    0 },

	{ "", HTTP_MORE, 0, NULL, 1 },
	{ "HTTP/1.1 20", HTTP_MORE, 0, NULL, 1 },
	{ OK "X: y\r\n", HTTP_MORE, 0, NULL, 1 },
	{ OK "Content-Length: 3\r\n\r\nhi", HTTP_MORE, 0, NULL, 1 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", HTTP_MORE, 0,
	    NULL, 1 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", HTTP_MORE, 0, NULL, 1 },

	{ "SSH-2.0-OpenSSH_9.2\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/2 200 OK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.2 200 OK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 2000 OK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 20 OK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 099 OK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 600 OK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "http/1.1 200 OK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "\r\n" OK, HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 200 OK\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 200 O\rK\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 200 O\x01K\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "X: \x7f\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK " folded: 1\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "X : y\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK ": y\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "nothing\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Content-Length: \r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Content-Length: -1\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Content-Length: 2, 2\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Content-Length: 2\r\nContent-Length: 3\r\n", HTTP_WRONG, 0, NULL,
	    0 },
	{ OK "Content-Length: 65\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Content-Length: 99999999999999999999999\r\n", HTTP_WRONG, 0, NULL,
	    0 },
	{ OK "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
	    HTTP_WRONG, 0, NULL, 0 },
	{ OK "Transfer-Encoding: gzip, chunked\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Transfer-Encoding: identity\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
	    HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_WRONG,
	    0, NULL, 0 },
	{ "HTTP/1.1 101 Switching\r\n\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", HTTP_WRONG, 0,
	    NULL, 0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n\r\n", HTTP_WRONG, 0, NULL, 0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", HTTP_WRONG, 0, NULL,
	    0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n-2\r\n", HTTP_WRONG, 0, NULL,
	    0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n41\r\n", HTTP_WRONG, 0, NULL,
	    0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
	    HTTP_WRONG, 0, NULL, 0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n", HTTP_WRONG, 0,
	    NULL, 0 },
	{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n",
	    HTTP_WRONG, 0, NULL, 0 },
};

static void
check_answer(size_t i, size_t step)
{
	const char *p = answers[i].bytes;
	size_t n = strlen(p);
	enum http_result result = HTTP_MORE;
	struct http_answer a;

	http_init(&a, MAX_BODY);
	while (n > 0 && result == HTTP_MORE) {
		size_t take = n < step ? n : step;

		/* From a block of its own, so that a byte too far is seen. */
		char *bytes = malloc(take);
		memcpy(bytes, p, take);
		result = http_take(&a, bytes, take);
		free(bytes);
		p += take;
		n -= take;
	}
	if (answers[i].end) {
		ck_assert_msg(result == HTTP_MORE, "%s", answers[i].bytes);
		result = http_end(&a);
	}
	ck_assert_msg(result == answers[i].result, "%d for %s", (int)result,
	    answers[i].bytes);
	if (result == HTTP_DONE) {
		ck_assert_int_eq(a.status, answers[i].status);
		ck_assert_uint_eq(a.len, strlen(answers[i].body));
		if (a.len)
			ck_assert_mem_eq(a.body, answers[i].body, a.len);
	}
	http_fini(&a);
}

START_TEST(answers_are_read_however_they_are_cut)
{
	check_answer((size_t)_i, 1);
	check_answer((size_t)_i, 7);
	check_answer((size_t)_i, 100000);
}
END_TEST

/* A status line, and then a line of this many bytes so often. */
static enum http_result
take_lines(size_t bytes, int lines)
{
	char line[5000];
	enum http_result result;
	struct http_answer a;

	http_init(&a, MAX_BODY);
	result = http_take(&a, OK, sizeof(OK) - 1);
	memset(line, 'x', sizeof(line));
	line[1] = ':';
	memcpy(line + bytes - 2, "\r\n", 2);
	for (int i = 0; i < lines && result == HTTP_MORE; i++)
		result = http_take(&a, line, bytes);
	http_fini(&a);
	return result;
}

/* The numbers of docs/JSON.md, whatever the program calls them. */
START_TEST(lines_and_headers_have_bounds)
{
	ck_assert_int_eq(take_lines(4096, 1), HTTP_MORE);
	ck_assert_int_eq(take_lines(4097, 1), HTTP_WRONG);
	ck_assert_int_eq(take_lines(10, 100), HTTP_MORE);
	ck_assert_int_eq(take_lines(10, 101), HTTP_WRONG);
}
END_TEST

/* What comes of an answer that begins so, and then has header lines of so
 * many bytes in all, and an empty one. */
static enum http_result
take_filled(const char *start, size_t fill)
{
	enum http_result result;
	struct http_answer a;
	char line[1000];

	http_init(&a, MAX_BODY);
	result = http_take(&a, start, strlen(start));
	memset(line, 'x', sizeof(line));
	line[1] = ':';
	while (fill > 0 && result == HTTP_MORE) {
		size_t n = fill > 1500 ? 1000 : fill > 900 ? 500 : fill;

		memcpy(line + n - 2, "\r\n", 2);
		result = http_take(&a, line, n);
		memset(line + n - 2, 'x', 2);
		fill -= n;
	}
	if (result == HTTP_MORE)
		result = http_take(&a, "\r\n", 2);
	http_fini(&a);
	return result;
}

#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

START_TEST(a_head_has_a_bound_to_the_byte)
{
	static const char plain[] = OK "Content-Length: 0\r\n";
	size_t fill = 16384 - (sizeof(plain) - 1) - 2;

	ck_assert_int_eq(take_filled(plain, fill), HTTP_DONE);
	ck_assert_int_eq(take_filled(plain, fill + 1), HTTP_WRONG);
	/* Trailers belong to it. */
	fill = 16384 - (sizeof(CHUNKED) - 1) - 2;
	ck_assert_int_eq(
	    take_filled(CHUNKED "1;x\r\na\r\n0\r\n", fill), HTTP_DONE);
	ck_assert_int_eq(
	    take_filled(CHUNKED "1;x\r\na\r\n0\r\n", fill + 1), HTTP_WRONG);
}
END_TEST

/* However small they are: what bounds them is the body, of which each has a
 * byte at least. */
START_TEST(chunks_are_no_part_of_the_head)
{
	static const char chunk[] = "1\r\nx\r\n";
	enum { CHUNKS = 20000 };
	enum http_result result;
	struct http_answer a;

	http_init(&a, CHUNKS);
	result = http_take(&a, CHUNKED, sizeof(CHUNKED) - 1);
	for (int i = 0; i < CHUNKS && result == HTTP_MORE; i++)
		result = http_take(&a, chunk, sizeof(chunk) - 1);
	ck_assert_int_eq(result, HTTP_MORE);
	ck_assert_int_eq(http_take(&a, "0\r\n\r\n", 5), HTTP_DONE);
	ck_assert_uint_eq(a.len, CHUNKS);
	http_fini(&a);
}
END_TEST

START_TEST(a_body_has_a_bound)
{
	char body[MAX_BODY + 1];
	struct http_answer a;

	memset(body, 'x', sizeof(body));
	for (size_t n = MAX_BODY; n <= MAX_BODY + 1; n++) {
		http_init(&a, MAX_BODY);
		http_take(&a, OK "\r\n", sizeof(OK) + 1);
		ck_assert_int_eq(http_take(&a, body, n),
		    n > MAX_BODY ? HTTP_WRONG : HTTP_MORE);
		http_fini(&a);
	}
}
END_TEST

START_TEST(interim_answers_do_not_go_on_for_ever)
{
	static const char more[] = "HTTP/1.1 102 Processing\r\n\r\n";
	enum http_result result = HTTP_MORE;
	struct http_answer a;
	int n = 0;

	http_init(&a, MAX_BODY);
	for (; n < 100000 && result == HTTP_MORE; n++)
		result = http_take(&a, more, sizeof(more) - 1);
	ck_assert_int_eq(result, HTTP_WRONG);
	ck_assert_int_lt(n, 16384);
	http_fini(&a);
}
END_TEST

/* Random bytes of the alphabet of HTTP: whatever comes, it ends. */
START_TEST(noise_does_no_harm)
{
	static const char *const words[] = { OK, "\r\n", "\r", "\n", ":", "0",
		"5", "a", " ", "Content-Length: ", "Transfer-Encoding: chunked",
		"\xff", ";", "HTTP/1.1 100 x\r\n\r\n" };
	uint32_t x = dice_seed(20);

	for (int round = 0; round < 20000; round++) {
		struct http_answer a;
		enum http_result result;

		http_init(&a, MAX_BODY);
		result = http_take(&a, OK, sizeof(OK) - 1);
		for (int i = 0; i < 40 && result == HTTP_MORE; i++) {
			const char *w = words[dice(&x, LENGTH(words))];

			result = http_take(&a, w, strlen(w));
		}
		ck_assert_uint_le(a.len, MAX_BODY);
		http_fini(&a);
	}
}
END_TEST

/* --- URLs --------------------------------------------------------------- */

static const char *
target(struct target *t, const char *url)
{
	bool of_socket;

	return target_read(t, url, NULL, false, &of_socket);
}

START_TEST(a_url_says_where_and_what)
{
	struct target t;
	const struct sockaddr_in *in = (const void *)&t.address;

	ck_assert_ptr_null(target(&t, "http://127.0.0.1:9000/a/b?c=d"));
	ck_assert_str_eq(t.host, "127.0.0.1:9000");
	ck_assert_str_eq(t.path, "/a/b?c=d");
	ck_assert_int_eq(in->sin_family, AF_INET);
	ck_assert_int_eq(ntohs(in->sin_port), 9000);
	ck_assert_ptr_null(target(&t, "http://127.0.0.1"));
	ck_assert_str_eq(t.path, "/");
	ck_assert_int_eq(ntohs(in->sin_port), 80);
	ck_assert_ptr_null(target(&t, "http://127.0.0.1:65535/"));
	ck_assert_int_eq(ntohs(in->sin_port), 65535);
	ck_assert_ptr_null(target(&t, "http://[::1]:81/"));
	ck_assert_int_eq(t.address.ss_family, AF_INET6);
	ck_assert_ptr_null(target(&t, "http://localhost/"));
}
END_TEST

START_TEST(a_url_that_is_none_is_refused)
{
	static const struct {
		const char *url, *why;
	} no[] = {
		{ "", "must begin" },
		{ "https://127.0.0.1/", "must begin" },
		{ "ftp://127.0.0.1/", "must begin" },
		{ "http://", "must have a host, and a path" },
		{ "http:///x", "must have a host, and a path" },
		{ "http://127.0.0.1?x", "must have a host, and a path" },
		{ "http://127.0.0.1/a b", "has a character" },
		{ "http://127.0.0.1/a\r\nX: y", "has a character" },
		{ "http://127.0.0.1/\xc3\xa4", "has a character" },
		{ "http://me@127.0.0.1/", "has a character" },
		{ "http://127.0.0.1/#x", "has a character" },
		{ "http://127.0.0.1:/", "must have a host, and a port" },
		{ "http://127.0.0.1:x/", "must have a host, and a port" },
		{ "http://127.0.0.1:123456/", "must have a host, and a port" },
		{ "http://127.0.0.1:65536/", "must have a host, and a port" },
		{ "http://[::1/", "must have a host, and a port" },
		{ "http://[x]/", "must have a host, and a port" },
		{ "http://127.0.0.1:80:80/", "must have a host, and a port" },
		{ "http://192.0.2.1/", "its host is not this machine" },
		{ "http://[2001:db8::1]/", "its host is not this machine" },
	};
	struct target t;

	for (size_t i = 0; i < LENGTH(no); i++) {
		const char *why = target(&t, no[i].url);

		ck_assert_msg(why && strstr(why, no[i].why), "%s: %s",
		    no[i].url, why ? why : "taken");
	}
}
END_TEST

START_TEST(a_url_has_a_bound)
{
	char url[1025];
	struct target t;

	memset(url, 'x', sizeof(url));
	memcpy(url, "http://127.0.0.1/", 17);
	url[1024] = '\0';
	ck_assert_str_eq(target(&t, url), "is longer than 1023 bytes");
	url[1023] = '\0';
	ck_assert_ptr_null(target(&t, url));
	/* So has its host, as DNS has it. */
	memcpy(url, "http://", 7);
	memset(url + 7, 'x', 256);
	url[7 + 256] = '\0';
	ck_assert_str_eq(
	    target(&t, url), "must have a host, and a port if it is not 80");
	url[7 + 255] = '\0';
	ck_assert_str_eq(target(&t, url), "its host cannot be resolved");
}
END_TEST

START_TEST(a_socket_is_an_address_and_a_host_elsewhere_wants_a_word)
{
	struct target t;
	const struct sockaddr_un *un = (const void *)&t.address;
	char path[160];
	bool of_socket;

	ck_assert_ptr_null(target_read(
	    &t, "http://app/x", "/run/app.sock", false, &of_socket));
	ck_assert_str_eq(un->sun_path, "/run/app.sock");
	ck_assert_str_eq(t.host, "app");
	ck_assert_ptr_nonnull(
	    target_read(&t, "http://app/x", "app.sock", false, &of_socket));
	ck_assert(of_socket);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[108] = '\0';
	ck_assert_ptr_nonnull(
	    target_read(&t, "http://app/x", path, false, &of_socket));
	path[107] = '\0';
	ck_assert_ptr_null(
	    target_read(&t, "http://app/x", path, false, &of_socket));
	ck_assert_ptr_null(
	    target_read(&t, "http://192.0.2.1/", NULL, true, &of_socket));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_http");
	TCase *c = suite_case(s, "all");

	tcase_add_loop_test(
	    c, answers_are_read_however_they_are_cut, 0, LENGTH(answers));
	tcase_add_test(c, lines_and_headers_have_bounds);
	tcase_add_test(c, a_head_has_a_bound_to_the_byte);
	tcase_add_test(c, chunks_are_no_part_of_the_head);
	tcase_add_test(c, a_body_has_a_bound);
	tcase_add_test(c, interim_answers_do_not_go_on_for_ever);
	tcase_add_test(c, noise_does_no_harm);
	tcase_add_test(c, a_url_says_where_and_what);
	tcase_add_test(c, a_url_that_is_none_is_refused);
	tcase_add_test(c, a_url_has_a_bound);
	tcase_add_test(
	    c, a_socket_is_an_address_and_a_host_elsewhere_wants_a_word);
	return suite_run_forked(s);
}
