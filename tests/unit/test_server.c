/* SPDX-License-Identifier: MIT
 *
 * test_server.c - the HTTP daemon as a whole: hygiene on the wire, limits,
 * deadlines, counters.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <check.h>
#include <dirent.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_host.h"
#include "http/server.h"
#include "http_client.h"
#include "http_fixture.h"
#include "../suite.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define HELLO                                                             \
	"GET " FAKE_PATH " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n" \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"            \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

enum { TIMEOUT_MS = 10000, BIG = 32 << 20, BURST = 400 };

static struct http_fixture fixture;
static uint64_t now_ns = 1000000000;

static uint64_t
fake_clock(void)
{
	return __atomic_load_n(&now_ns, __ATOMIC_RELAXED);
}

static void
pass(uint64_t ms)
{
	__atomic_add_fetch(&now_ns, ms * 1000000, __ATOMIC_RELAXED);
	http_tick(fixture.http);
}

static void
set_up(void)
{
	clock_replace(fake_clock);
	http_fixture_start(&fixture,
	    "request_timeout = \"10 s\"; min_rate = \"1 MiB\"; "
	    "max_connections = 2;");
	http_fixture_put(&fixture, "a.txt", "abc", 3);
}

static void
tear_down(void)
{
	http_fixture_stop(&fixture);
	fake_host_check();
}

static void
expect_metric(const char *line)
{
	const char *text = http_fixture_metrics(&fixture);

	ck_assert_msg(strstr(text, line) != NULL, "%s\n%s", line, text);
}

static void
await_metric(const char *line)
{
	while (!strstr(http_fixture_metrics(&fixture), line))
		sched_yield();
}

static const struct {
	const char *request;
	int status;
	const char *reason; /* of the refusal, or NULL: the library's own */
} hostile[] = {
	{ "GET / HTTP/1.1\r\n\r\n", 400, NULL },
	{ "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "host" },
	{ "POST / HTTP/1.1\r\nHost: a\r\n"
	  "Transfer-Encoding : chunked\r\n\r\n",
	    400, "header_name" },
	{ "GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n", 400, "header_name" },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
	  "Content-Length: 5\r\n\r\nabcd",
	    400, "lengths" },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    400, "length_and_coding" },
	{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
	    501, "coding" },
	{ "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", 400,
	    "body" },
	{ "GET http://a/a.txt HTTP/1.1\r\nHost: a\r\n\r\n", 400,
	    "target_form" },
	{ "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target_form" },
	{ "GET /a.txt%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target_hidden" },
	{ "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400, "target_byte" },
	{ "POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
	    405, "method" },
};

/* Reads to the end; the text is static. */
static const char *
hear_rest(int fd)
{
	static char rest[4096];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof rest - 1 &&
	       (got = recv(fd, rest + n, sizeof rest - 1 - n, 0)) > 0)
		n += (size_t)got;
	rest[n] = '\0';
	return rest;
}

/* A second request in the same bytes must never be answered. */
START_TEST(a_hostile_request_is_refused_and_the_connection_ends)
{
	static const char second[] = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
	int fd = http_fixture_connect(&fixture);
	char bytes[512], metric[96];
	struct reply r;

	snprintf(bytes, sizeof bytes, "%s%s", hostile[_i].request, second);
	say(fd, bytes);
	hear(fd, true, &r);
	ck_assert_msg(r.status == hostile[_i].status, "%s", r.head);
	ck_assert_str_eq(reply_header(&r, "Connection"), "close");
	ck_assert_ptr_null(strstr(hear_rest(fd), "200 OK"));
	reply_free(&r);
	close(fd);
	if (!hostile[_i].reason)
		return;
	snprintf(metric, sizeof metric,
	    "cleat_http_refused_total{kind=\"request\",reason=\"%s\"} 1\n",
	    hostile[_i].reason);
	expect_metric(metric);
}
END_TEST

START_TEST(requests_in_a_row_are_answered_in_a_row)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	say(fd, "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /none HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	hear(fd, true, &r);
	ck_assert_str_eq(r.body, "abc");
	reply_free(&r);
	hear(fd, true, &r);
	ck_assert_int_eq(r.status, 404);
	reply_free(&r);
	hear(fd, true, &r);
	ck_assert_str_eq(r.body, "abc");
	reply_free(&r);
	ck_assert(hear_end(fd));
	close(fd);
	expect_metric("cleat_http_requests_total{status=\"2xx\"} 2\n");
	expect_metric("cleat_http_requests_total{status=\"4xx\"} 1\n");
	expect_metric("cleat_http_accepted_total 1\n");
}
END_TEST

START_TEST(http_1_0_is_served_without_a_host)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	say(fd, "GET /a.txt HTTP/1.0\r\n\r\n");
	hear(fd, true, &r);
	ck_assert_str_eq(r.body, "abc");
	ck_assert(hear_end(fd));
	reply_free(&r);
	close(fd);
}
END_TEST

/* max_header is 16 KiB, of which the library needs a little itself. */
static const struct {
	int target, header, status; /* their lengths */
} heads[] = {
	{ 17 << 10, 1, 414 },
	{ 1, 17 << 10, 431 },
	{ 1, 15 << 10, 404 },
};

START_TEST(a_request_has_only_so_many_bytes_before_its_body)
{
	static char request[20 << 10];
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	snprintf(request, sizeof request,
	    "GET /%0*d HTTP/1.1\r\nHost: x\r\nX: %0*d\r\n\r\n",
	    heads[_i].target, 0, heads[_i].header, 0);
	say(fd, request);
	hear(fd, true, &r);
	ck_assert_int_eq(r.status, heads[_i].status);
	reply_free(&r);
	close(fd);
}
END_TEST

START_TEST(a_unix_socket_is_served)
{
	const struct sockaddr unnamed = { .sa_family = AF_UNIX };
	struct reply r;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	http_fixture_take(
	    fixture.http, ends[1], &unnamed, sizeof unnamed.sa_family);
	say(ends[0], "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(ends[0], true, &r);
	ck_assert_str_eq(r.body, "abc");
	reply_free(&r);
	close(ends[0]);
}
END_TEST

START_TEST(the_surplus_connection_is_told_so)
{
	int fd[3];
	struct reply r;

	for (int i = 0; i < 3; i++) {
		fd[i] = http_fixture_connect(&fixture);
		say(fd[i], "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
		hear(fd[i], true, &r);
		ck_assert_int_eq(r.status, i < 2 ? 200 : 503);
		if (i == 2)
			ck_assert_str_eq(r.body, "Too many connections\n");
		reply_free(&r);
	}
	ck_assert(hear_end(fd[2]));
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}
END_TEST

/* Faster than the library takes them over from this thread: 2 and 256 that
 * are told so have room. */
START_TEST(a_burst_beyond_the_limit_leaves_the_server_well)
{
	const struct sockaddr peer = { .sa_family = AF_UNIX };
	int fd[BURST][2], one;
	struct reply r;

	for (int i = 0; i < BURST; i++)
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd[i]), 0);
	for (int i = 0; i < BURST; i++)
		http_fixture_take(
		    fixture.http, fd[i][1], &peer, sizeof peer.sa_family);
	await_metric("cleat_http_accepted_total 258\n");
	expect_metric("cleat_http_dropped_total 142\n");
	for (int i = 0; i < BURST; i++)
		close(fd[i][0]);
	await_metric("cleat_http_connections 0\n");
	one = http_fixture_connect(&fixture);
	say(one, "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(one, true, &r);
	ck_assert_int_eq(r.status, 200);
	reply_free(&r);
	close(one);
}
END_TEST

START_TEST(a_trickling_request_does_not_outlive_its_deadline)
{
	int fd = http_fixture_connect(&fixture);
	int other = http_fixture_connect(&fixture);
	struct reply r;

	/* an answer on the second says that the first was begun, too */
	say(other, "GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
	hear(other, true, &r);
	reply_free(&r);
	say(fd, "GET /a.txt HTT");
	pass(TIMEOUT_MS - 1);
	say(fd, "P/1.1\r\n");
	pass(1);
	ck_assert(hear_end(fd));
	expect_metric("cleat_http_timeouts_total ");
	close(fd);
	close(other);
}
END_TEST

START_TEST(each_request_has_its_own_deadline)
{
	int fd = http_fixture_connect(&fixture);
	struct reply r;

	for (int i = 0; i < 3; i++) {
		say(fd, "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
		hear(fd, true, &r);
		ck_assert_str_eq(r.body, "abc");
		reply_free(&r);
		/* the end of the exchange may come after its last byte */
		say(fd, "GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
		hear(fd, true, &r);
		reply_free(&r);
		pass(TIMEOUT_MS - 1);
	}
	close(fd);
}
END_TEST

START_TEST(no_deadline_runs_while_the_door_thinks)
{
	const struct verdict yes = { .status = 101 };
	int fd = http_fixture_connect(&fixture);
	struct reply r;
	char none;
	size_t n;

	fake_host_set(FAKE_LATER, &yes);
	say(fd, HELLO);
	struct knock *knock = fake_host_knock();
	pass(100 * TIMEOUT_MS);
	fake_host_answer(knock);
	hear(fd, false, &r);
	ck_assert_int_eq(r.status, 101);
	reply_free(&r);
	/* nor afterwards: the socket is the host's */
	int door = fake_host_entered(&none, 1, &n);
	pass(100 * TIMEOUT_MS);
	say(door, "x");
	hear_bytes(fd, &none, 1);
	close(door);
	close(fd);
}
END_TEST

START_TEST(a_slow_reader_of_a_file_is_cut)
{
	int fd = http_fixture_connect(&fixture);
	char *data = calloc(1, BIG), head[16];
	size_t total = 0;
	ssize_t n;

	http_fixture_put(&fixture, "big.bin", data, BIG);
	say(fd, "GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
	hear_bytes(fd, head, sizeof head);
	pass(TIMEOUT_MS + 31 * 1000);
	expect_metric("cleat_http_timeouts_total 0\n");
	pass(2000);
	expect_metric("cleat_http_timeouts_total 1\n");
	while ((n = recv(fd, data, BIG, 0)) > 0)
		total += (size_t)n;
	ck_assert_uint_lt(total, BIG);
	free(data);
	close(fd);
}
END_TEST

/* So many arguments fill the library's memory: it gives the request up, and
 * says nothing of its end when the connection is cut. */
START_TEST(a_request_that_the_library_gave_up_has_an_end)
{
	struct sockaddr_storage peer;
	char bytes[512] = "GET /?";
	size_t n = strlen(bytes);
	int client, server, other, left = 1;
	socklen_t len;
	struct reply r;

	memset(bytes + n, '&', 400);
	snprintf(bytes + n + 400, 64, " HTTP/1.1\r\nHost: x\r\n\r\n");
	loopback(&client, &server, &peer, &len);
	say(client, bytes);
	http_fixture_take(fixture.http, server, (struct sockaddr *)&peer, len);
	while (left > 0) {
		sched_yield();
		ck_assert_int_eq(ioctl(server, FIONREAD, &left), 0);
	}
	close(client);
	other = http_fixture_connect(&fixture);
	for (int i = 0; i < 3; i++) { /* time for it to see that */
		say(other, "GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\n");
		hear(other, true, &r);
		reply_free(&r);
	}
	close(other);
	while (!strstr(
	    http_fixture_metrics(&fixture), "cleat_http_connections 0\n"))
		pass(TIMEOUT_MS + 1);
	expect_metric("cleat_http_malformed_total 1\n");
}
END_TEST

static size_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Waits until the peer of a UNIX socket has taken all that was said. */
static void
await_taken(int fd)
{
	int left;

	do {
		sched_yield();
		ck_assert_int_eq(ioctl(fd, SIOCOUTQ, &left), 0);
	} while (left > 0);
}

/* So many arguments fill the library's memory and leave none for its 431. If
 * it were stopped at that moment it would crash, or say nothing of the
 * request's end, whose exchange would keep the settings, and these the root,
 * open. */
START_TEST(a_stop_waits_for_what_the_library_is_doing)
{
	static char bytes[4200] = "GET /?";
	size_t before = open_descriptors(), n = strlen(bytes);
	struct sockaddr peer = { .sa_family = AF_UNIX };
	struct http_fixture f;
	int fd[2];

	memset(bytes + n, '&', 4096);
	snprintf(bytes + n + 4096, 64, " HTTP/1.1\r\nHost: x\r\n\r\n");
	http_fixture_start(&f, "");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	http_fixture_take(f.http, fd[1], &peer, sizeof peer.sa_family);
	say(fd[0], bytes);
	await_taken(fd[0]);
	http_fixture_stop(&f);
	close(fd[0]);
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("server");
	TCase *tc = suite_case(suite, "server");
	TCase *bare = suite_case(suite, "bare");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc,
	    a_hostile_request_is_refused_and_the_connection_ends, 0,
	    COUNT(hostile));
	tcase_add_loop_test(tc,
	    a_request_has_only_so_many_bytes_before_its_body, 0, COUNT(heads));
	tcase_add_test(tc, the_surplus_connection_is_told_so);
	tcase_add_test(tc, a_burst_beyond_the_limit_leaves_the_server_well);
	tcase_add_test(tc, a_trickling_request_does_not_outlive_its_deadline);
	tcase_add_test(tc, a_slow_reader_of_a_file_is_cut);
	tcase_add_test(tc, each_request_has_its_own_deadline);
	tcase_add_test(tc, no_deadline_runs_while_the_door_thinks);
	tcase_add_test(tc, requests_in_a_row_are_answered_in_a_row);
	tcase_add_test(tc, a_unix_socket_is_served);
	tcase_add_test(tc, a_request_that_the_library_gave_up_has_an_end);
	tcase_add_test(tc, http_1_0_is_served_without_a_host);
	tcase_add_test(bare, a_stop_waits_for_what_the_library_is_doing);
	return suite_run_forked(suite);
}
