/* SPDX-License-Identifier: MIT
 *
 * test_upgrade.c - handshakes through the real daemon to a door that the
 * test plays.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_host.h"
#include "http/server.h"
#include "http_client.h"
#include "http_fixture.h"
#include "../suite.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define KEY	 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE	 "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define THIRTEEN "Sec-WebSocket-Version: 13\r\n"
#define HELLO(more)      \
	"GET " FAKE_PATH \
	"?room=1 HTTP/1.1\r\nHost: x\r\n" UPGRADE THIRTEEN KEY more "\r\n"

enum { EARLY = 120 * 1024, CROWD = 64 };

static const struct verdict yes = { .status = 101 };
static const struct verdict no = { .status = 403, .body = "Not you." };

static struct http_fixture fixture;

static void
set_up(void)
{
	http_fixture_start(&fixture, "");
}

static void
tear_down(void)
{
	http_fixture_stop(&fixture);
	fake_host_check();
}

static const struct {
	const char *request;
	int status;
	const char *name, *value; /* a header that must be there */
} refused[] = {
	{ "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n", 426, "Upgrade", "websocket" },
	{ "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n", 426, "Connection", "Upgrade" },
	{ "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n", 426, "Sec-WebSocket-Version",
	    "13" },
	{ "POST /ws HTTP/1.1\r\nHost: x\r\n\r\n", 405, "Allow", "GET" },
	{ "HEAD /ws HTTP/1.1\r\nHost: x\r\n\r\n", 405, "Allow", "GET" },
	{ "GET /ws HTTP/1.0\r\nHost: x\r\n" UPGRADE THIRTEEN KEY "\r\n", 400,
	    NULL, NULL },
	{ "GET /ws HTTP/1.1\r\n" UPGRADE THIRTEEN KEY "\r\n", 400, NULL, NULL },
	{ "GET /ws HTTP/1.1\r\nHost: x\r\n" UPGRADE THIRTEEN "\r\n", 400, NULL,
	    NULL },
	{ "GET /ws HTTP/1.1\r\nHost: x\r\n" UPGRADE THIRTEEN KEY KEY "\r\n",
	    400, NULL, NULL },
	{ "GET /ws HTTP/1.1\r\nHost: x\r\n" UPGRADE
	  "Sec-WebSocket-Version: 8\r\n" KEY "\r\n",
	    426, "Sec-WebSocket-Version", "13" },
	{ "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
	  "Connection: close\r\n" THIRTEEN KEY "\r\n",
	    400, NULL, NULL },
	{ "GET /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" UPGRADE
		THIRTEEN KEY "\r\nab",
	    400, "Connection", "close" },
	{ "GET /%77s/../ws HTTP/1.1\r\nHost: x\r\n" UPGRADE THIRTEEN KEY "\r\n",
	    400, NULL, NULL },
};

START_TEST(what_is_no_handshake_does_not_reach_the_door)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	say(fd, refused[_i].request);
	hear(fd, strncmp(refused[_i].request, "HEAD", 4) != 0, &r);
	ck_assert_msg(r.status == refused[_i].status, "%s", r.head);
	if (refused[_i].name)
		ck_assert_str_eq(
		    reply_header(&r, refused[_i].name), refused[_i].value);
	reply_free(&r);
	close(fd);
	fake_host_left(0);
}
END_TEST

START_TEST(a_refused_handshake_is_counted_by_its_reason)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	say(fd, "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(fd, true, &r);
	ck_assert_str_eq(r.body,
	    "This address speaks WebSocket: send \"Upgrade: "
	    "websocket\".\n");
	reply_free(&r);
	close(fd);
	ck_assert_ptr_nonnull(strstr(http_fixture_metrics(&fixture),
	    "\ncleat_http_refused_total{kind=\"handshake\","
	    "reason=\"upgrade\"} 1\n"));
}
END_TEST

START_TEST(the_doors_refusal_is_said)
{
	int fd = http_fixture_connect(&fixture);
	struct verdict v = no;
	struct reply r;

	v.headers = "X-Why: closed\r\nX-Until: 5\r\n";
	fake_host_set(FAKE_AT_ONCE, &v);
	say(fd, HELLO(""));
	hear(fd, true, &r);
	ck_assert_int_eq(r.status, 403);
	ck_assert_str_eq(r.body, "Not you.\n");
	ck_assert_str_eq(reply_header(&r, "X-Why"), "closed");
	ck_assert_str_eq(reply_header(&r, "X-Until"), "5");
	reply_free(&r);
	close(fd);
	fake_host_left(1);
}
END_TEST

START_TEST(too_many_is_said_with_retry_after)
{
	const struct verdict v = { .status = 503,
		.headers = "Retry-After: 7\r\n",
		.body = "Too many connections" };
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	fake_host_set(FAKE_AT_ONCE, &v);
	say(fd, HELLO(""));
	hear(fd, true, &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_eq(r.body, "Too many connections\n");
	ck_assert_str_eq(reply_header(&r, "Retry-After"), "7");
	reply_free(&r);
	close(fd);
	fake_host_left(1);
}
END_TEST

static void
expect_switch(int fd)
{
	struct reply r;

	hear(fd, false, &r);
	ck_assert_msg(r.status == 101, "%s", r.head);
	ck_assert_str_eq(reply_header(&r, "Upgrade"), "websocket");
	ck_assert_str_eq(reply_header(&r, "Connection"), "Upgrade");
	ck_assert_str_eq(reply_header(&r, "Sec-WebSocket-Accept"),
	    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	reply_free(&r);
}

/* Both ends of an upgraded socket hear each other. */
static void
expect_talk(int a, int b)
{
	char text[5];

	say(a, "ping");
	hear_bytes(b, text, 4);
	ck_assert_mem_eq(text, "ping", 4);
	say(b, "pong");
	hear_bytes(a, text, 4);
	ck_assert_mem_eq(text, "pong", 4);
}

static int
entered(void)
{
	static char early[EARLY];
	size_t n;
	int fd = fake_host_entered(early, sizeof early, &n);

	ck_assert_uint_eq(n, 0);
	return fd;
}

START_TEST(an_accepted_socket_enters)
{
	int fd = http_fixture_connect(&fixture), door;

	fake_host_set(FAKE_AT_ONCE, &yes);
	say(fd, HELLO("X-Y: z\r\n"));
	expect_switch(fd);
	door = entered();
	expect_talk(fd, door);
	ck_assert_str_eq(fake_host_header("X-Y"), "z");
	close(door);
	ck_assert(hear_end(fd));
	close(fd);
}
END_TEST

START_TEST(the_verdict_stands_in_the_answer)
{
	const struct verdict v = { .status = 101,
		.protocol = "echo",
		.headers = "Set-Cookie: a=b\r\nX-Z: y\r\n" };
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	fake_host_set(FAKE_AT_ONCE, &v);
	say(fd, HELLO("Sec-WebSocket-Protocol: echo\r\n"));
	hear(fd, false, &r);
	ck_assert_str_eq(reply_header(&r, "Sec-WebSocket-Protocol"), "echo");
	ck_assert_str_eq(reply_header(&r, "Set-Cookie"), "a=b");
	ck_assert_str_eq(reply_header(&r, "X-Z"), "y");
	reply_free(&r);
	close(entered());
	close(fd);
}
END_TEST

/* Every byte that came with the handshake is either handed over or still in
 * the socket. */
static void
expect_early(int fd, const char *sent)
{
	static char heard[EARLY];
	size_t n;
	int door = fake_host_entered(heard, sizeof heard, &n);

	hear_bytes(door, heard + n, sizeof heard - n);
	ck_assert_mem_eq(heard, sent, sizeof heard);
	expect_talk(fd, door);
	close(door);
}

START_TEST(early_bytes_survive)
{
	static char request[sizeof(HELLO("")) - 1 + EARLY];
	char *early = request + sizeof(HELLO("")) - 1;
	int fd = http_fixture_connect(&fixture);

	memcpy(request, HELLO(""), sizeof(HELLO("")) - 1);
	for (size_t i = 0; i < EARLY; i++)
		early[i] = (char)(i * 31 + i / 255);
	fake_host_set(_i ? FAKE_LATER : FAKE_AT_ONCE, &yes);
	say_bytes(fd, request, sizeof request);
	if (_i)
		fake_host_answer(fake_host_knock());
	expect_switch(fd);
	expect_early(fd, early);
	close(fd);
}
END_TEST

START_TEST(a_late_answer_resumes)
{
	int fd = http_fixture_connect(&fixture);
	int other = http_fixture_connect(&fixture), door;
	struct reply r;

	fake_host_set(FAKE_LATER, &yes);
	say(fd, HELLO(""));
	struct knock *knock = fake_host_knock();
	/* meanwhile others are served */
	say(other, "GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(other, true, &r);
	ck_assert_int_eq(r.status, 404);
	reply_free(&r);
	fake_host_answer(knock);
	expect_switch(fd);
	door = entered();
	expect_talk(fd, door);
	close(door);
	close(fd);
	close(other);
}
END_TEST

START_TEST(a_late_refusal_keeps_the_connection)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	fake_host_set(FAKE_LATER, &no);
	for (unsigned i = 1; i <= 3; i++) {
		say(fd, HELLO(""));
		fake_host_answer(fake_host_knock());
		hear(fd, true, &r);
		ck_assert_int_eq(r.status, 403);
		reply_free(&r);
		fake_host_left(i);
	}
	close(fd);
}
END_TEST

/* Whether the 101 could still be sent is the network's; that the door hears
 * of exactly one end is checked by tear_down. */
START_TEST(a_peer_that_vanishes_meanwhile_ends_once)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	int fd = http_fixture_connect(&fixture);

	fake_host_set(FAKE_LATER, _i % 2 ? &yes : &no);
	say(fd, HELLO(""));
	struct knock *knock = fake_host_knock();
	if (_i / 2)
		ck_assert_int_eq(
		    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset),
		    0);
	close(fd);
	fake_host_answer(knock);
	if (_i % 2 == 0)
		fake_host_left(1);
}
END_TEST

/* And nobody has been promised anything. */
START_TEST(without_descriptors_the_door_is_left)
{
	struct rlimit limit, none;
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	fake_host_set(FAKE_LATER, &yes);
	say(fd, HELLO(""));
	struct knock *knock = fake_host_knock();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	fake_host_answer(knock);
	fake_host_left(1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	hear(fd, true, &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_eq(reply_header(&r, "Retry-After"), "5");
	reply_free(&r);
	close(fd);
}
END_TEST

START_TEST(a_stop_answers_those_who_wait)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	fake_host_set(FAKE_LATER, &yes);
	say(fd, HELLO(""));
	struct knock *knock = fake_host_knock();
	http_stop(&fixture.http);
	fake_host_left(0);
	fake_host_answer(knock); /* much too late, and harmless */
	fake_host_left(1);
	if (recv(fd, &(char){ 0 }, 1, MSG_PEEK) > 0) {
		hear(fd, true, &r);
		ck_assert_int_eq(r.status, 503);
		reply_free(&r);
	}
	close(fd);
}
END_TEST

START_TEST(a_stop_leaves_those_who_entered_alone)
{
	int fd = http_fixture_connect(&fixture), door;

	fake_host_set(FAKE_AT_ONCE, &yes);
	say(fd, HELLO(""));
	expect_switch(fd);
	door = entered();
	http_stop(&fixture.http);
	expect_talk(fd, door);
	close(door);
	close(fd);
}
END_TEST

static void *
answer_many(void *knocks)
{
	for (size_t i = 0; i < CROWD; i++)
		fake_host_answer(((struct knock **)knocks)[i]);
	return NULL;
}

/* Peers vanish, the door answers and the server stops, all at once. */
START_TEST(a_crowd_ends_each_in_one_way)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct knock *knocks[CROWD];
	int fds[CROWD];
	pthread_t thread;

	fake_host_set(FAKE_LATER, &yes);
	for (size_t i = 0; i < CROWD; i++) {
		fds[i] = http_fixture_connect(&fixture);
		say(fds[i], HELLO(""));
		knocks[i] = fake_host_knock();
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, answer_many, knocks), 0);
	for (size_t i = 0; i < CROWD; i += 2) {
		setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		close(fds[i]);
	}
	if (_i)
		http_stop(&fixture.http);
	pthread_join(thread, NULL);
	if (!_i)
		http_stop(&fixture.http);
	fake_host_left(CROWD - fake_host_entries());
	for (size_t i = 1; i < CROWD; i += 2)
		close(fds[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("upgrade");
	TCase *tc = suite_case(suite, "upgrade");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, what_is_no_handshake_does_not_reach_the_door, 0,
	    COUNT(refused));
	tcase_add_test(tc, a_refused_handshake_is_counted_by_its_reason);
	tcase_add_test(tc, the_doors_refusal_is_said);
	tcase_add_test(tc, too_many_is_said_with_retry_after);
	tcase_add_test(tc, an_accepted_socket_enters);
	tcase_add_test(tc, the_verdict_stands_in_the_answer);
	tcase_add_loop_test(tc, early_bytes_survive, 0, 2);
	tcase_add_test(tc, a_late_answer_resumes);
	tcase_add_test(tc, a_late_refusal_keeps_the_connection);
	tcase_add_loop_test(tc, a_peer_that_vanishes_meanwhile_ends_once, 0, 4);
	tcase_add_test(tc, without_descriptors_the_door_is_left);
	tcase_add_test(tc, a_stop_answers_those_who_wait);
	tcase_add_test(tc, a_stop_leaves_those_who_entered_alone);
	tcase_add_loop_test(tc, a_crowd_ends_each_in_one_way, 0, 2);
	return suite_run_forked(suite);
}
