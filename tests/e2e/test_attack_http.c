/* SPDX-License-Identifier: MIT
 *
 * test_attack_http.c - requests that two servers in a row might read in two
 * ways, and requests that are too large.
 *
 * Behind each request of the tables stands another one, for a file. Who
 * refuses the first must not read on: that file is served only to those whose
 * first request can be read in one way.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static void
start(void)
{
	static const char loot[] = "loot\n";

	daemon_prepare(&d);
	daemon_write(&d, "www/index.html", "<p>home</p>", 11);
	daemon_write(&d, "www/loot", loot, sizeof loot - 1);
	daemon_start(&d, "routes = ( { path = \"/echo\"; handler = \"echo\";\n"
			 "  max_message = \"64 KiB\"; } );");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- smuggling ------------------------------------------------------------ */

#define LOOT	"GET /loot HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define POST	"POST / HTTP/1.1\r\nHost: a\r\n"
#define GET	"GET / HTTP/1.1\r\nHost: a\r\n"
#define LENGTH	"Content-Length: 50\r\n" /* of LOOT, about */
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define NONE	"\r\n0\r\n\r\n" /* no chunks */
#define UPGRADE                                         \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Version: 13\r\n"                 \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define KNOCK "GET /echo HTTP/1.1\r\nHost: localhost\r\n" UPGRADE

/* CLOSED: it ends without an answer. */
enum { CLOSED = 0 };

static const struct smuggle {
	int status;
	const char *text;
} smuggles[] = {
	/* where a body ends */
	{ 400, POST LENGTH CHUNKED NONE },
	{ 400, POST CHUNKED LENGTH NONE },
	{ 501, POST CHUNKED "Transfer-Encoding: identity\r\n" NONE },
	{ 501, POST "Transfer-Encoding: identity\r\n" CHUNKED NONE },
	{ 501, POST CHUNKED CHUNKED NONE },
	{ 501, POST "Transfer-Encoding: gzip, chunked\r\n" NONE },
	{ 501, POST "Transfer-Encoding: xchunked\r\n" NONE },
	{ 501, POST "Transfer-Encoding: \"chunked\"\r\n" NONE },
	{ 501, POST "Transfer-Encoding: chunked;q=1\r\n" NONE },
	{ 501, POST "Transfer-Encoding: chunked \r\n" NONE },
	{ 400, POST "Transfer-Encoding: \vchunked\r\n" NONE },
	{ 400, POST "Transfer-Encoding : chunked\r\n" NONE },
	{ 400, POST "Transfer-Encoding:\r\n chunked\r\n" NONE },
	{ 400, GET "Transfer-Encoding: chun\r\n ked\r\n" NONE },
	{ 400, GET "Content-Length:\r\n 50\r\n\r\n" },
	{ 400, POST "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd" },
	{ 400, POST "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd" },
	{ 400, POST "Content-Length: 4, 4\r\n\r\nabcd" },
	{ 400, POST "Content-Length: +4\r\n\r\nabcd" },
	{ 400, POST "Content-Length: -4\r\n\r\nabcd" },
	{ 400, POST "Content-Length: 0x4\r\n\r\nabcd" },
	{ 400, POST "Content-Length: 4 4\r\n\r\nabcd" },
	{ 400, POST "Content-Length:\r\n\r\n" },
	{ 413, POST "Content-Length: 18446744073709551620\r\n\r\nabcd" },
	{ 400, POST "Content-Length : 4\r\n\r\nabcd" },
	{ 400, GET LENGTH "\r\n" },
	{ 400, GET CHUNKED NONE },
	{ 400, GET "Content-Length: 00\r\n\r\n" },
	{ 400, "HEAD / HTTP/1.1\r\nHost: a\r\n" LENGTH "\r\n" },
	/* a body that is well said is not read either */
	{ 405, POST LENGTH "\r\n" },
	{ 405, POST CHUNKED NONE },
	{ 405, POST CHUNKED "\r\n5;a=b\r\nabcde\r\n0\r\n\r\n" },
	{ 405, POST CHUNKED "\r\n5;a\nabcde\r\n0\r\n\r\n" },
	{ 405, POST CHUNKED "\r\n0\r\nHost: b\r\n\r\n" },
	{ 405, POST "Expect: 100-continue\r\n" LENGTH "\r\n" },
	{ 405, "POST / HTTP/1.0\r\nConnection: keep-alive\r\n" CHUNKED NONE },
	/* where a header ends, and the head */
	{ 400, GET "X: a\r\n " LENGTH "\r\n" },
	{ 400, GET "X: a\r\n b\r\n\r\n" },
	{ 400, GET "X: a\r\n\tb\r\n\r\n" },
	{ 400, GET "X-Forwarded-Fo: 192.0.2.1\r\n r\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n Host: a\r\nHost: b\r\n\r\n" },
	{ 400, GET "X: a\rContent-Length: 50\r\n\r\n" },
	{ 400, GET "X\rContent-Length: 50\r\n\r\n" },
	{ 400, GET "X: a\001b\r\n\r\n" },
	{ 400, GET "\r\r\n" },
	{ 400, "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\rHost: a\r\n\r\n" },
	{ 400, GET "nothing\r\n\r\n" },
	{ 400, GET "X Y: a\r\n\r\n" },
	{ 400, GET "X\t: a\r\n\r\n" },
	{ 400, GET "X\351: a\r\n\r\n" },
	{ 400, GET ": a\r\n" LENGTH "\r\n" },
	/* which server is meant */
	{ 400, GET "Host: a\r\n\r\n" },
	{ 400, GET "Host: b\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n" },
	{ 400, "GET http://b/loot HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 400, "CONNECT b:80 HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 400, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 400, "GET loot HTTP/1.1\r\nHost: a\r\n\r\n" },
	/* the first line */
	{ 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 400, "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n" },
	{ 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n" },
	{ 400, "GET / http/1.1\r\nHost: a\r\n\r\n" },
	{ 400, "GET /\r\n\r\n" },
	{ 400, "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 405, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n" },
	{ 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
	{ CLOSED, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ CLOSED, " GET / HTTP/1.1\r\nHost: a\r\n\r\n" },
	/* and with an upgrade */
	{ 400, KNOCK LENGTH "\r\n" },
	{ 400, KNOCK CHUNKED NONE },
	{ 400, KNOCK "Host: localhost\r\n\r\n" },
	{ 405, "POST /echo HTTP/1.1\r\nHost: localhost\r\n" UPGRADE "\r\n" },
	{ 400, "GET /echo HTTP/1.0\r\nHost: localhost\r\n" UPGRADE "\r\n" },
};

/* Says it, and the request for the loot; all that comes back. */
static const char *
answer_to(const char *text)
{
	static char all[65536];
	struct raw r;
	size_t n;

	raw_open(&r, d.port);
	raw_puts(&r, text);
	raw_puts(&r, LOOT);
	n = raw_take(&r, all, sizeof all - 1);
	all[n] = '\0';
	raw_shut(&r);
	return all;
}

static int
status_of(const char *answer)
{
	return *answer ? (int)strtol(answer + strlen("HTTP/1.1 "), NULL, 10)
		       : CLOSED;
}

START_TEST(what_can_be_read_in_two_ways_ends_the_connection)
{
	const struct smuggle *row = &smuggles[_i];
	const char *answer = answer_to(row->text);

	ck_assert_msg(status_of(answer) == row->status, "%d, not %d, for %s",
	    status_of(answer), row->status, row->text);
	ck_assert_msg(
	    !strstr(answer, "loot"), "%s brought %s", row->text, answer);
}
END_TEST

/* Read in one way: the next request is served. */
static const struct smuggle clear[] = {
	{ 200, GET "\r\n" },
	{ 200, "\r\n\r\n" GET "\r\n" },
	{ 200, GET "Content-Length: 0\r\n\r\n" },
	{ 200, GET "X:\r\nY: \r\nZ:z\r\nCookie:  a=b; c=d  \r\n\r\n" },
	{ 200, "GET / HTTP/1.1\nHost: a\n\n" },
	{ 200, GET "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n" },
	{ 404, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 426, "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n" },
	{ 403, KNOCK "Origin: http://localhost\r\nOrigin: http://b\r\n\r\n" },
	{ 403, KNOCK "Origin: http://b\r\nOrigin: http://localhost\r\n\r\n" },
	{ 400, KNOCK "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" },
	{ 426, KNOCK "Sec-WebSocket-Version: 8\r\n\r\n" },
};

START_TEST(what_can_be_read_in_one_way_is_followed_by_the_next)
{
	const struct smuggle *row = &clear[_i];
	const char *answer = answer_to(row->text);

	ck_assert_msg(status_of(answer) == row->status, "%d, not %d, for %s",
	    status_of(answer), row->status, row->text);
	ck_assert_msg(strstr(answer, "loot") != NULL, "no loot behind %s: %s",
	    row->text, answer);
}
END_TEST

/* A NUL ends no text that is sent. */
static const struct {
	const char *bytes;
	size_t n;
} nuls[] = {
#define NUL(bytes)                       \
	{                                \
		bytes, sizeof(bytes) - 1 \
	}
	NUL("GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n" LOOT),
	NUL("GET / HTTP/1.1\0\r\nHost: a\r\n\r\n" LOOT),
	NUL(GET "X: a\0b\r\n\r\n" LOOT),
	NUL(GET "X: a\0\r\nY: b\r\n\r\n" LOOT),
	NUL(GET "X\0: a\r\n\r\n" LOOT),
	NUL(GET "\0\r\n" LENGTH "\r\n" LOOT),
	NUL(GET "Content-Length\0: 50\r\n\r\n" LOOT),
	NUL(GET "Transfer-Encoding: chunked\0\r\n" NONE LOOT),
#undef NUL
};

START_TEST(a_nul_is_refused_wherever_it_stands)
{
	char all[65536];
	struct raw r;
	size_t n;

	raw_open(&r, d.port);
	raw_put(&r, nuls[_i].bytes, nuls[_i].n);
	n = raw_take(&r, all, sizeof all - 1);
	all[n] = '\0';
	ck_assert_msg(status_of(all) == 400 && !strstr(all, "loot"),
	    "row %d: %s", _i, all);
	raw_shut(&r);
}
END_TEST

/* What comes behind a handshake are frames, whatever it looks like. */
START_TEST(a_request_behind_an_upgrade_is_no_request)
{
	char head[1024];
	struct raw r;

	raw_open(&r, d.port);
	raw_puts(&r, KNOCK "\r\n" LOOT);
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 101);
	raw_expect_close(&r, 1002, "");
	raw_expect_end(&r);
	raw_shut(&r);
}
END_TEST

/* --- too large ------------------------------------------------------------ */

enum { HUGE = 64 << 10 }; /* http.max_header is 16 KiB */

static char huge[HUGE + 1];

/* `before`, so many x, `after`, and how it ends. */
static const struct large {
	const char *before;
	size_t n;
	const char *after;
	int status;
} larges[] = {
	{ "GET /", 2000, " HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
	{ "GET /", HUGE, " HTTP/1.1\r\nHost: a\r\n\r\n", 414 },
	{ "GET /?", 2000, " HTTP/1.1\r\nHost: a\r\n\r\n", 200 },
	{ "GET /?", HUGE, " HTTP/1.1\r\nHost: a\r\n\r\n", 414 },
	{ "GET /echo?", HUGE, " HTTP/1.1\r\nHost: a\r\n" UPGRADE "\r\n", 414 },
	{ "", HUGE, " / HTTP/1.1\r\nHost: a\r\n\r\n", 414 },
	{ "GET / HTTP/", HUGE, "\r\nHost: a\r\n\r\n", 414 },
	{ GET "X: ", 8000, "\r\n\r\n", 200 },
	{ GET "X: ", HUGE, "\r\n\r\n", 431 },
	{ GET, HUGE, ": x\r\n\r\n", 431 },
	{ "GET / HTTP/1.1\r\nHost: ", HUGE, "\r\n\r\n", 431 },
	{ KNOCK "Origin: http://", 2000, "\r\n\r\n", 403 },
	{ KNOCK "Origin: http://", HUGE, "\r\n\r\n", 431 },
	{ KNOCK "Cookie: a=", 2000, "\r\n\r\n", 101 },
	{ KNOCK "Cookie: a=", HUGE, "\r\n\r\n", 431 },
	{ KNOCK "Sec-WebSocket-Protocol: ", 2000, "\r\n\r\n", 101 },
	{ KNOCK "Sec-WebSocket-Protocol: ", HUGE, "\r\n\r\n", 431 },
	{ KNOCK "Sec-WebSocket-Extensions: ", 2000, "\r\n\r\n", 101 },
	{ "GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
	  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	  "Sec-WebSocket-Key: ",
	    2000, "\r\n\r\n", 400 },
};

START_TEST(what_is_too_large_is_refused_with_its_status)
{
	const struct large *row = &larges[_i];
	char head[16384];
	struct raw r;
	int status;

	raw_open(&r, d.port);
	raw_puts(&r, row->before);
	raw_put(&r, huge, row->n);
	raw_puts(&r, row->after);
	status = raw_head(&r, head, sizeof head);
	ck_assert_msg(status == row->status, "%d, not %d, for %s and %zu",
	    status, row->status, row->before, row->n);
	raw_shut(&r);
}
END_TEST

/* A line so many times. */
static int
repeated(const char *begin, const char *line, int n)
{
	char head[16384];
	struct raw r;
	int status;

	raw_open(&r, d.port);
	raw_puts(&r, begin);
	for (int i = 0; i < n; i++)
		raw_puts(&r, line);
	raw_puts(&r, "\r\n");
	status = raw_head(&r, head, sizeof head);
	raw_shut(&r);
	return status;
}

START_TEST(more_headers_than_are_allowed_are_refused)
{
	ck_assert_int_eq(repeated(GET, "X: y\r\n", 99), 200);
	ck_assert_int_eq(repeated(GET, "X: y\r\n", 100), 431);
	ck_assert_int_eq(repeated(KNOCK, "Cookie: a=b\r\n", 95), 101);
	ck_assert_int_eq(repeated(KNOCK, "Cookie: a=b\r\n", 96), 431);
	ck_assert_int_eq(
	    repeated(KNOCK, "Sec-WebSocket-Protocol: a, b\r\n", 95), 101);
	ck_assert_int_eq(
	    repeated(KNOCK, "Sec-WebSocket-Protocol: a, b\r\n", 96), 431);
	ck_assert_int_ge(repeated(GET, "X: y\r\n", 100000), 400);
}
END_TEST

/* What is said on an open connection, and the code that ends it. */
static const struct frame {
	const char *bytes;
	size_t n;
	int code;
} frames[] = {
#define FRAME(bytes, code)                     \
	{                                      \
		bytes, sizeof(bytes) - 1, code \
	}
	FRAME("\x82\xff\x00\x00\x00\x00\x00\x01\x00\x01....", 1009),
	FRAME("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff....", 1009),
	FRAME("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff....", 1002),
	FRAME("\x02\xfe\xff\xff....", 1009), /* and then one byte more */
	FRAME("\x89\xfe\x00\x7e....", 1002), /* a ping of 126 bytes */
	FRAME("\x8a\xff\x00\x00\x00\x00\x00\x01\x00\x00....", 1002),
	FRAME("\x88\xfe\x00\x7e....", 1002), /* a reason of 124 */
	FRAME("\x88\xff\x00\x00\x00\x00\x00\x01\x00\x00....", 1002),
#undef FRAME
};

START_TEST(what_is_too_large_closes_with_its_code)
{
	const struct frame *f = &frames[_i];
	struct raw r;

	raw_ws(&r, d.port, "/echo");
	raw_put(&r, f->bytes, f->n);
	if (f->bytes[0] == 2) {
		raw_put(&r, huge, 65535);
		raw_frame(&r, 0x80, "xx", 2);
	}
	raw_expect_close(&r, f->code, "");
	raw_expect_end(&r);
	raw_shut(&r);
}
END_TEST

START_TEST(the_longest_control_frames_are_heard)
{
	struct raw_frame f;
	struct raw r;
	char reason[124];

	memset(reason, 'x', sizeof reason);
	reason[123] = '\0';
	raw_ws(&r, d.port, "/echo");
	raw_frame(&r, 0x89, huge, 125);
	f = raw_next(&r);
	ck_assert_int_eq(f.opcode, 10);
	ck_assert_uint_eq(f.len, 125);
	raw_close(&r, 1000, reason);
	raw_expect_close(&r, 1000, "");
	raw_expect_end(&r);
	raw_shut(&r);
}
END_TEST

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

int
main(void)
{
	Suite *s = suite_create("attack_http");
	TCase *c = suite_case(s, "requests");

	memset(huge, 'x', HUGE);
	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_loop_test(c, what_can_be_read_in_two_ways_ends_the_connection,
	    0, COUNT(smuggles));
	tcase_add_loop_test(c,
	    what_can_be_read_in_one_way_is_followed_by_the_next, 0,
	    COUNT(clear));
	tcase_add_loop_test(
	    c, a_nul_is_refused_wherever_it_stands, 0, COUNT(nuls));
	tcase_add_test(c, a_request_behind_an_upgrade_is_no_request);
	tcase_add_loop_test(
	    c, what_is_too_large_is_refused_with_its_status, 0, COUNT(larges));
	tcase_add_test(c, more_headers_than_are_allowed_are_refused);
	tcase_add_loop_test(
	    c, what_is_too_large_closes_with_its_code, 0, COUNT(frames));
	tcase_add_test(c, the_longest_control_frames_are_heard);
	return suite_run(s);
}
