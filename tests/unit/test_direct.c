/* SPDX-License-Identifier: MIT
 *
 * test_direct.c - handshakes that stand in the socket when it is taken: which
 * are answered on the spot, and what becomes of all others.
 *
 * fake_host_knocked_here() tells: the test's thread plays the worker.
 */
#include "config.h"

#include <sys/socket.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_host.h"
#include "http/plain.h"
#include "http/redirect.h"
#include "http/server.h"
#include "http_client.h"
#include "http_fixture.h"
#include "net/arrived.h"
#include "../suite.h"

#define COUNT(a)    (int)(sizeof(a) / sizeof((a)[0]))
#define LINE	    "GET " FAKE_PATH "?room=1 HTTP/1.1\r\n"
#define HOST	    "Host: example.org:8080\r\n"
#define UPGRADE	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define THIRTEEN    "Sec-WebSocket-Version: 13\r\n"
#define KEY	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define ACCEPT	    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define REST	    HOST UPGRADE THIRTEEN KEY
#define HELLO(more) LINE REST more "\r\n"

static const struct verdict yes = { .status = 101 };
static struct http_fixture fixture;

static void
set_up(void)
{
	http_fixture_start(&fixture, "max_connections = 2;");
	http_fixture_put(&fixture, "a.txt", "0123456789", 10);
	fake_host_set(FAKE_AT_ONCE, &yes);
}

static void
tear_down(void)
{
	http_fixture_stop(&fixture);
	fake_host_check();
}

/* A connection on which this has been said before anybody looks. */
static int
come(const void *bytes, size_t n, bool https)
{
	struct arrived a = { .https = https };
	int client, server;

	loopback(&client, &server, &a.from, &a.len);
	say_bytes(client, bytes, n);
	http_take(fixture.http, server, &a);
	return client;
}

static int
come_saying(const char *text)
{
	return come(text, strlen(text), false);
}

static int
entered(void)
{
	char early[1];
	size_t n;
	int fd = fake_host_entered(early, sizeof early, &n);

	ck_assert_uint_eq(n, 0); /* it is all in the socket */
	return fd;
}

static void
expect(int fd, bool has_body, int status)
{
	struct reply r;

	hear(fd, has_body, &r);
	ck_assert_msg(r.status == status, "%d: %s", status, r.head);
	reply_free(&r);
}

static void
leave(int fd)
{
	close(entered());
	close(fd);
}

/* --- what is answered on the spot --------------------------------------- */

/* As Chrome, Firefox, Safari and programs say it. */
static const char *const plain[] = {
	HELLO(""),
	"GET /ws HTTP/1.1\r\nHost: localhost:8080\r\nConnection: Upgrade\r\n"
	"Pragma: no-cache\r\nCache-Control: no-cache\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nUpgrade: websocket\r\n"
	"Origin: http://localhost:8080\r\nSec-WebSocket-Version: 13\r\n"
	"Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en\r\n" KEY
	"Sec-WebSocket-Extensions: permessage-deflate; "
	"client_max_window_bits\r\n\r\n",
	"GET /ws HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n"
	"Sec-WebSocket-Version: 13\r\nOrigin: null\r\n" KEY
	"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
	"GET /%77s HTTP/1.1\r\nhost:x\r\nupgrade:WebSocket\r\n"
	"connection:upgrade\r\nsec-websocket-version:  13 \r\n"
	"sec-websocket-key:\tdGhlIHNhbXBsZSBub25jZQ==\t\r\nX-Empty:\r\n\r\n",
};

START_TEST(a_plain_handshake_enters_on_the_spot)
{
	int fd = come_saying(plain[_i]), door;
	struct reply r;

	ck_assert(fake_host_knocked_here());
	ck_assert_uint_eq(fake_host_entries(), 1);
	door = entered();
	hear(fd, false, &r);
	ck_assert_int_eq(r.status, 101);
	ck_assert_str_eq(reply_header(&r, "Upgrade"), "websocket");
	ck_assert_str_eq(reply_header(&r, "Connection"), "Upgrade");
	ck_assert_str_eq(reply_header(&r, "Sec-WebSocket-Accept"), ACCEPT);
	reply_free(&r);
	close(door);
	ck_assert(hear_end(fd));
	close(fd);
}
END_TEST

START_TEST(it_is_told_to_the_door_as_the_library_would)
{
	const struct verdict v = { .status = 101,
		.protocol = "echo",
		.headers = "Set-Cookie: a=b\r\nX-Z: y\r\n" };
	struct reply r;
	int fd;

	fake_host_set(FAKE_AT_ONCE, &v);
	fd = come_saying(
	    HELLO("X-Y: \t z \t\r\nSec-WebSocket-Protocol: echo\r\n"));
	ck_assert(fake_host_knocked_here());
	ck_assert_str_eq(fake_host_header("X-Y"), "z");
	ck_assert_str_eq(fake_host_header("Host"), "example.org:8080");
	hear(fd, false, &r);
	ck_assert_str_eq(reply_header(&r, "Sec-WebSocket-Protocol"), "echo");
	ck_assert_str_eq(reply_header(&r, "Set-Cookie"), "a=b");
	ck_assert_str_eq(reply_header(&r, "X-Z"), "y");
	reply_free(&r);
	leave(fd);
}
END_TEST

START_TEST(what_follows_the_head_stays_in_the_socket)
{
	int fd = come_saying(HELLO("") "GET / and more"), door;
	char heard[14];

	ck_assert(fake_host_knocked_here());
	door = entered();
	hear_bytes(door, heard, sizeof heard);
	ck_assert_mem_eq(heard, "GET / and more", sizeof heard);
	close(door);
	close(fd);
}
END_TEST

START_TEST(it_counts_as_any_other)
{
	const char *metrics;
	int fd = come_saying(HELLO(""));

	metrics = http_fixture_metrics(&fixture);
	ck_assert_ptr_nonnull(
	    strstr(metrics, "\ncleat_http_accepted_total 1\n"));
	ck_assert_ptr_nonnull(strstr(metrics, "\ncleat_http_connections 0\n"));
	ck_assert_ptr_nonnull(
	    strstr(metrics, "\ncleat_http_requests_total{status=\"1xx\"} 1\n"));
	leave(fd);
}
END_TEST

/* --- what is not --------------------------------------------------------- */

static const struct {
	const char *request;
	int status; /* that the library answers with */
} others[] = {
	/* no handshakes, or not for a route */
	{ "GET /a.txt HTTP/1.1\r\n" HOST "\r\n", 200 },
	{ "GET /a.txt HTTP/1.1\r\n" REST "\r\n", 200 },
	{ "GET /ws HTTP/1.1\r\n" HOST "\r\n", 426 },
	{ "GET /none HTTP/1.1\r\n" REST "\r\n", 404 },
	{ "POST /ws HTTP/1.1\r\n" REST "\r\n", 405 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE KEY
	  "Sec-WebSocket-Version: 8\r\n\r\n",
	    426 },
	{ "GET /ws HTTP/1.1\r\n" HOST UPGRADE THIRTEEN
	  "Sec-WebSocket-Key: short\r\n\r\n",
	    400 },
	{ LINE REST KEY "\r\n", 400 },
	/* what is not said plainly */
	{ "GET /ws HTTP/1.0\r\n" REST "\r\n", 400 },
	{ "GET /../ws HTTP/1.1\r\n" REST "\r\n", 400 },
	{ "GET /ws%00 HTTP/1.1\r\n" REST "\r\n", 400 },
	{ "GET http://x/ws HTTP/1.1\r\n" REST "\r\n", 400 },
	{ LINE HOST REST "\r\n", 400 },
	{ LINE UPGRADE THIRTEEN KEY "\r\n", 400 },
	{ LINE REST "Content-Length: 2\r\n\r\nab", 400 },
	{ LINE REST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
	{ LINE REST "X : y\r\n\r\n", 400 },
	{ LINE REST "X: a\r\n folded: b\r\n\r\n", 400 },
	{ LINE REST "X: a\rb\r\n\r\n", 400 },
	{ LINE REST "X: a\x01"
		    "b\r\n\r\n",
	    400 },
};

START_TEST(everything_else_is_the_librarys)
{
	int fd = come_saying(others[_i].request);
	struct reply r;

	ck_assert_msg(!fake_host_knocked_here(), "%s", others[_i].request);
	hear(fd, true, &r);
	ck_assert_msg(
	    r.status == others[_i].status, "%s%s", others[_i].request, r.head);
	reply_free(&r);
	close(fd);
	ck_assert_uint_eq(fake_host_entries(), 0);
}
END_TEST

/* These are good, but not plain. */
static const char *const odd[] = {
	LINE REST "Content-Length: 0\r\n\r\n",
	LINE HOST
	"Upgrade: websocket\r\nConnection: Upgrade, X-Y\r\n" THIRTEEN KEY
	"\r\n",
	LINE HOST "Upgrade: websocket\r\nConnection: keep-alive\r\n"
		  "Connection: X, Upgrade\r\n" THIRTEEN KEY "\r\n",
	"\r\n" HELLO(""),
};

START_TEST(what_is_good_but_odd_enters_by_the_library)
{
	int fd = come_saying(odd[_i]);
	struct reply r;

	hear(fd, false, &r);
	ck_assert_msg(r.status == 101, "%s", r.head);
	ck_assert(!fake_host_knocked_here());
	reply_free(&r);
	leave(fd);
}
END_TEST

/* Nor does it end the head, behind which anything might stand. */
START_TEST(a_nul_is_no_end)
{
	static const char text[] = LINE REST "X: a\0b\r\n\r\n";
	static const char head[] = LINE REST "\0Content-Length: 9\r\n\r\n";
	int fd =
	    come(_i ? head : text, (_i ? sizeof head : sizeof text) - 1, false);

	ck_assert(!fake_host_knocked_here());
	expect(fd, true, 400);
	close(fd);
}
END_TEST

START_TEST(a_head_that_is_not_all_there_is_waited_for_by_the_library)
{
	static const char hello[] = HELLO("");

	for (size_t n = 0; n < sizeof hello - 1; n += 20) {
		int fd = come(hello, n, false);

		ck_assert(!fake_host_knocked_here());
		say_bytes(fd, hello + n, sizeof hello - 1 - n);
		expect(fd, false, 101);
		leave(fd);
	}
}
END_TEST

START_TEST(a_longer_head_is_the_librarys)
{
	char text[2 * PLAIN_MAX];
	int n, fd;
	struct reply r;

	/* to the byte */
	for (int more = 0; more < 2; more++) {
		n = snprintf(text, sizeof text, LINE REST "X: ");
		memset(text + n, 'x', sizeof text - (size_t)n);
		snprintf(text + PLAIN_MAX - 4 + more, sizeof text - PLAIN_MAX,
		    "\r\n\r\n");
		ck_assert_uint_eq(strlen(text), (size_t)(PLAIN_MAX + more));
		fd = come_saying(text);
		hear(fd, false, &r);
		ck_assert_int_eq(r.status, 101);
		ck_assert_int_eq(fake_host_knocked_here(), more == 0);
		reply_free(&r);
		leave(fd);
	}
}
END_TEST

START_TEST(more_headers_than_there_may_be_are_the_librarys)
{
	char text[2 * PLAIN_MAX] = LINE REST;
	int fd;

	for (int i = 0; i < 100; i++)
		strncat(text, "X: y\r\n", 7);
	strncat(text, "\r\n", 3);
	fd = come_saying(text);
	ck_assert(!fake_host_knocked_here());
	expect(fd, true, 431);
	close(fd);
}
END_TEST

START_TEST(a_door_that_takes_its_time_is_the_librarys)
{
	struct knock *knock;
	int fd;

	fake_host_set(FAKE_LATER, &yes);
	fd = come_saying(HELLO(""));
	knock = fake_host_knock();
	ck_assert(!fake_host_knocked_here());
	fake_host_answer(knock);
	expect(fd, false, 101);
	leave(fd);
}
END_TEST

START_TEST(without_room_the_library_says_so)
{
	int idle[2] = { http_fixture_connect(&fixture),
		http_fixture_connect(&fixture) };
	struct reply r;
	int fd;

	for (int i = 0; i < 2; i++) {
		say(idle[i], "GET /a.txt HTTP/1.1\r\n" HOST "\r\n");
		hear(idle[i], true, &r);
		reply_free(&r);
	}
	fd = come_saying(HELLO(""));
	ck_assert(!fake_host_knocked_here());
	expect(fd, true, 503);
	close(fd);
	close(idle[0]);
	close(idle[1]);
}
END_TEST

START_TEST(a_listener_that_redirects_is_the_librarys)
{
	const struct redirects all = { .n = 1,
		.v = { { .listener = 0, .to = "https://*" } } };
	int fd;

	http_redirect(fixture.http, &all);
	fd = come_saying(HELLO(""));
	ck_assert(!fake_host_knocked_here());
	expect(fd, true, 403);
	close(fd);
	/* but it does not redirect who has come by https */
	fd = come(HELLO(""), strlen(HELLO("")), true);
	ck_assert(fake_host_knocked_here());
	leave(fd);
}
END_TEST

START_TEST(hsts_is_the_librarys_to_say)
{
	struct reply r;
	int fd;

	ck_assert_int_eq(http_fixture_reload(
			     &fixture, "max_connections = 2; hsts = \"1 h\";"),
	    0);
	fd = come(HELLO(""), strlen(HELLO("")), true);
	ck_assert(!fake_host_knocked_here());
	hear(fd, false, &r);
	ck_assert_int_eq(r.status, 101);
	ck_assert_str_eq(
	    reply_header(&r, "Strict-Transport-Security"), "max-age=3600");
	reply_free(&r);
	leave(fd);
	fd = come_saying(HELLO("")); /* for https alone */
	ck_assert(fake_host_knocked_here());
	leave(fd);
}
END_TEST

/* --- what the door refuses ----------------------------------------------- */

START_TEST(a_refusal_is_said_by_the_library_and_the_connection_goes_on)
{
	const struct verdict v = { .status = 403,
		.body = "Not you.",
		.headers = "X-Why: closed\r\n" };
	struct reply r;
	int fd;

	fake_host_set(FAKE_AT_ONCE, &v);
	fd = come_saying(HELLO(""));
	ck_assert(fake_host_knocked_here());
	hear(fd, true, &r);
	ck_assert_int_eq(r.status, 403);
	ck_assert_str_eq(r.body, "Not you.\n");
	ck_assert_str_eq(reply_header(&r, "X-Why"), "closed");
	reply_free(&r);
	fake_host_left(1); /* it was asked once */
	say(fd, "GET /a.txt HTTP/1.1\r\n" HOST "\r\n");
	expect(fd, true, 200);
	/* the next handshake is another one */
	fake_host_set(FAKE_AT_ONCE, &yes);
	say(fd, HELLO(""));
	expect(fd, false, 101);
	leave(fd);
}
END_TEST

/* Whether the library has begun with it by then or not. */
START_TEST(who_is_refused_and_gone_leaves_once)
{
	const struct verdict v = { .status = 403, .body = "Not you." };
	enum { MANY = 50 };

	fake_host_set(FAKE_AT_ONCE, &v);
	for (int i = 0; i < MANY; i++) {
		struct sockaddr_storage peer;
		const struct linger reset = { 1, 0 };
		socklen_t len;
		int client, server;

		loopback(&client, &server, &peer, &len);
		say(client, HELLO(""));
		setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		if (i % 2)
			close(client);
		http_fixture_take(
		    fixture.http, server, (struct sockaddr *)&peer, len);
		if (!(i % 2))
			close(client);
	}
	http_stop(&fixture.http);
	fake_host_check(); /* as many leaves as knocks */
	ck_assert_uint_eq(fake_host_entries(), 0);
	http_fixture_start(&fixture, "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("direct");
	TCase *tc = suite_case(suite, "direct");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(
	    tc, everything_else_is_the_librarys, 0, COUNT(others));
	tcase_add_loop_test(tc, a_nul_is_no_end, 0, 2);
	tcase_add_test(tc, more_headers_than_there_may_be_are_the_librarys);
	tcase_add_test(tc, without_room_the_library_says_so);
	tcase_add_test(
	    tc, a_refusal_is_said_by_the_library_and_the_connection_goes_on);
	tcase_add_test(tc, who_is_refused_and_gone_leaves_once);
	tcase_add_test(tc, a_listener_that_redirects_is_the_librarys);
	tcase_add_test(tc, hsts_is_the_librarys_to_say);
	tcase_add_test(tc, a_longer_head_is_the_librarys);
	tcase_add_test(
	    tc, a_head_that_is_not_all_there_is_waited_for_by_the_library);
	tcase_add_test(tc, a_door_that_takes_its_time_is_the_librarys);
	tcase_add_loop_test(
	    tc, what_is_good_but_odd_enters_by_the_library, 0, COUNT(odd));
	tcase_add_loop_test(
	    tc, a_plain_handshake_enters_on_the_spot, 0, COUNT(plain));
	tcase_add_test(tc, it_is_told_to_the_door_as_the_library_would);
	tcase_add_test(tc, what_follows_the_head_stays_in_the_socket);
	tcase_add_test(tc, it_counts_as_any_other);
	return suite_run_forked(suite);
}
