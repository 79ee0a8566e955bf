/* SPDX-License-Identifier: MIT
 *
 * test_publish.c - POST /publish/TOPIC, in front of a host that the test
 * plays.
 */
#include "config.h"

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cleat.h"
#include "host/outside.h"
#include "http/publish.h"
#include "http_client.h"
#include "net/listener.h"
#include "../suite.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))
#define HOST	 " HTTP/1.1\r\nHost: x\r\n"
#define TEXT	 "Content-Type: text/plain\r\n"
#define HELLO	 "Content-Length: 5\r\n\r\nhello"

enum { LIMIT = 5 };

/* What the host was given, and what it answers. */
static struct {
	int calls, kind, result;
	char name[256], key[64];
	uint8_t data[64];
	size_t len;
	cleat_pub pub;
	struct host_published done;
	uint64_t limit;
} given;

static struct status *status;
static struct listener *listener;

static uint64_t
limit(void *arg, const char *name)
{
	ck_assert_ptr_eq(arg, &given);
	return strncmp(name, "s/", 2) == 0 ? given.limit : 0;
}

static int
put(void *arg, const char *name, int kind, const void *data, size_t len,
    const cleat_pub *pub, struct host_published *done)
{
	ck_assert_ptr_eq(arg, &given);
	ck_assert_uint_le(len, sizeof(given.data));
	given.calls++;
	given.kind = kind;
	given.pub = *pub;
	snprintf(given.name, sizeof(given.name), "%s", name);
	snprintf(given.key, sizeof(given.key), "%s", pub->key ? pub->key : "");
	memcpy(given.data, data, len);
	given.len = len;
	*done = given.done;
	return given.result;
}

static void
metrics(void *arg, FILE *out)
{
	(void)arg, (void)out;
}

static bool
ready(void *arg)
{
	(void)arg;
	return true;
}

static void
start(bool on)
{
	const struct listen_address at = { .address = "127.0.0.1" };
	const struct status_calls all = { .metrics = metrics,
		.ready = ready,
		.may_publish = on,
		.publish = { limit, put, &given } };

	memset(&given, 0, sizeof(given));
	given.limit = LIMIT;
	ck_assert_int_eq(listener_open(&listener, &at, 1, 16, NULL), 0);
	ck_assert_int_eq(status_start(&status, listener, &all), 0);
}

static void
set_up(void)
{
	start(true);
}

static void
tear_down(void)
{
	status_stop(&status);
	listener_unref(&listener);
}

static int
enter(void)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	int fds[LISTENER_FDS], fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_uint_eq(listener_fds(listener, 0, fds), 1);
	ck_assert_int_eq(getsockname(fds[0], (struct sockaddr *)&at, &len), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, len), 0);
	return fd;
}

/* Says it, and expects this status and a body that begins so. */
static void
expect(const char *request, int code, const char *body)
{
	int fd = enter();
	struct reply r;

	say(fd, request);
	hear(fd, true, &r);
	ck_assert_msg(r.status == code, "%s: %d", request, r.status);
	ck_assert_msg(strncmp(r.body, body, strlen(body)) == 0, "%s: %s",
	    request, r.body);
	reply_free(&r);
	close(fd);
}

/* --- what is refused ----------------------------------------------------- */

static const struct {
	const char *request;
	int status;
	const char *sentence;
} refused[] = {
	{ "GET /publish/s/t" HOST "\r\n", 405, "Messages are published with" },
	{ "PUT /publish/s/t" HOST TEXT HELLO, 405, "Messages are published" },
	{ "POST /publish/s/t" HOST TEXT "Origin: http://x\r\n" HELLO, 403,
	    "Programs publish here, and no pages" },
	{ "POST /publish/other/t" HOST TEXT HELLO, 404,
	    "No route has a space" },
	{ "POST /publish/" HOST TEXT HELLO, 404, "No route has a space" },
	{ "POST /publish/s/%2e%2e/t" HOST TEXT HELLO, 400,
	    "The path contains" },
	{ "POST /publish/s/t%0a" HOST TEXT HELLO, 400, "The path hides" },
	{ "POST /publish/s/t?stroe=1" HOST TEXT HELLO, 400, "The query knows" },
	{ "POST /publish/s/t?store" HOST TEXT HELLO, 400, "The query knows" },
	{ "POST /publish/s/t?store=2" HOST TEXT HELLO, 400, "The query knows" },
	{ "POST /publish/s/t?store=1&store=1" HOST TEXT HELLO, 400,
	    "The query knows" },
	{ "POST /publish/s/t?lose=all" HOST TEXT HELLO, 400,
	    "The query knows" },
	{ "POST /publish/s/t?except=-1" HOST TEXT HELLO, 400,
	    "The query know" },
	{ "POST /publish/s/t?except=99999999999999999999" HOST TEXT HELLO, 400,
	    "The query knows" },
	{ "POST /publish/s/t?stamp=x" HOST TEXT HELLO, 400, "The query knows" },
	{ "POST /publish/s/t?stamp_epoch=" HOST TEXT HELLO, 400, "The query" },
	{ "POST /publish/s/t?erase=1" HOST TEXT HELLO, 400,
	    "A key, erase and" },
	{ "POST /publish/s/t" HOST TEXT "Idempotency-Key: k\r\n" HELLO, 400,
	    "A key, erase and stamps need store=1." },
	{ "POST /publish/s/t" HOST HELLO, 415, "The Content-Type must be" },
	{ "POST /publish/s/t" HOST "Content-Type: text/\r\n" HELLO, 415,
	    "The" },
	{ "POST /publish/s/t" HOST "Content-Type: image/png\r\n" HELLO, 415,
	    "The Content-Type must be" },
	{ "POST /publish/s/t" HOST
	  "Content-Type: text/plain; charset=latin1\r\n" HELLO,
	    415, "The Content-Type must be" },
	{ "POST /publish/s/t" HOST TEXT "Content-Encoding: gzip\r\n" HELLO, 415,
	    "The Content-Type must be" },
	{ "POST /publish/s/t" HOST TEXT
	  "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
	    411, "The request needs a Content-Length." },
	/* Before the body has come. */
	{ "POST /publish/s/t" HOST TEXT "Content-Length: 6\r\n\r\n", 413,
	    "The message is larger than max_message." },
	{ "POST /publish/s/t" HOST TEXT
	  "Content-Length: 18446744073709551615\r\n\r\n",
	    413, "The message is larger than max_message." },
	{ "POST /publish/s/t" HOST TEXT "Content-Length: 2\r\n\r\n\xc3(", 400,
	    "The text is not UTF-8." },
	{ "POST /publish/s/t" HOST TEXT "Content-Length: 1\r\n"
	  "Content-Length: 1\r\n\r\nx",
	    400, "" },
};

START_TEST(what_cannot_be_published_is_refused_with_a_sentence)
{
	expect(refused[_i].request, refused[_i].status, refused[_i].sentence);
	ck_assert_int_eq(given.calls, 0);
}
END_TEST

START_TEST(nobody_publishes_unless_it_is_switched_on)
{
	start(false);
	expect("POST /publish/s/t" HOST TEXT HELLO, 403,
	    "Nobody may publish here: see the key status.publish.");
	ck_assert_int_eq(given.calls, 0);
	tear_down();
}
END_TEST

static const struct {
	int result;
	const char *query;
	int status;
	const char *sentence;
} answers[] = {
	{ CLEAT_EINVAL, "", 400, "The topic, the key or an option cannot be" },
	{ CLEAT_ENOENT, "", 404, "No route has a space" },
	{ CLEAT_ENOENT, "?store=1&erase=7", 404,
	    "The message to be erased is" },
	{ CLEAT_ELIMIT, "", 503, "The server has no room for it now." },
	{ CLEAT_ENOMEM, "", 503, "The server has no room for it now." },
	{ CLEAT_EDOWN, "", 503, "The server has no room for it now." },
};

START_TEST(what_the_host_refuses_has_a_status)
{
	char request[256];

	snprintf(request, sizeof(request),
	    "POST /publish/s/t%s" HOST TEXT HELLO, answers[_i].query);
	given.result = answers[_i].result;
	expect(request, answers[_i].status, answers[_i].sentence);
	ck_assert_int_eq(given.calls, 1);
}
END_TEST

START_TEST(only_so_many_bytes_may_be_under_way)
{
	char request[256];
	int fd = enter(), other = enter();
	struct reply r;

	given.limit = UINT64_MAX;
	snprintf(request, sizeof(request),
	    "POST /publish/s/t" HOST TEXT "Content-Length: %d\r\n\r\n",
	    PUBLISH_BYTES + 1);
	expect(request, 413, "The message is larger than max_message.");
	snprintf(request, sizeof(request),
	    "POST /publish/s/t" HOST TEXT "Content-Length: %d\r\n"
	    "Expect: 100-continue\r\n\r\n",
	    PUBLISH_BYTES);
	say(fd, request);
	hear_bytes(fd, request, strlen("HTTP/1.1 100"));
	say(other, "POST /publish/s/t" HOST TEXT HELLO);
	hear(other, true, &r);
	ck_assert_int_eq(r.status, 503);
	ck_assert_str_eq(r.body, "Too much is being published now.\n");
	ck_assert_ptr_nonnull(reply_header(&r, "Retry-After"));
	reply_free(&r);
	close(other);
	/* It has given up: there is room again, as soon as that is seen. */
	close(fd);
	do {
		fd = enter();
		say(fd, "POST /publish/s/t" HOST TEXT HELLO);
		hear(fd, true, &r);
		close(fd);
		if (r.status != 202)
			ck_assert_int_eq(r.status, 503);
		reply_free(&r);
	} while (r.status != 202);
}
END_TEST

static uint64_t now_ns;

static uint64_t
fake_ns(void)
{
	return __atomic_load_n(&now_ns, __ATOMIC_RELAXED);
}

START_TEST(a_body_that_trickles_in_is_cut_off)
{
	int fd;

	clock_replace(fake_ns);
	start(true);
	fd = enter();
	say(fd, "POST /publish/s/t" HOST TEXT
		"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	char line[26];
	hear_bytes(fd, line, strlen("HTTP/1.1 100 Continue\r\n\r\n"));
	__atomic_store_n(
	    &now_ns, (PUBLISH_BODY_MS + 1) * 1000000ULL, __ATOMIC_RELAXED);
	say(fd, "h");
	ck_assert(hear_end(fd));
	close(fd);
	ck_assert_int_eq(given.calls, 0);
	tear_down();
	clock_replace(NULL);
}
END_TEST

/* --- what is published ---------------------------------------------------- */

START_TEST(a_text_of_the_largest_size_is_published)
{
	expect(
	    "POST /publish/s/t" HOST TEXT HELLO, 202, "{\"topic\":\"s/t\"}\n");
	ck_assert_int_eq(given.calls, 1);
	ck_assert_int_eq(given.kind, CLEAT_TEXT);
	ck_assert_str_eq(given.name, "s/t");
	ck_assert_uint_eq(given.len, 5);
	ck_assert_mem_eq(given.data, "hello", 5);
	ck_assert_int_eq(given.pub.store, 0);
	ck_assert_ptr_null(given.pub.key);
}
END_TEST

static const struct {
	const char *type;
	int kind;
} types[] = {
	{ "text/plain", CLEAT_TEXT },
	{ "TEXT/HTML; charset=UTF-8", CLEAT_TEXT },
	{ "text/plain;charset=\"utf-8\"", CLEAT_TEXT },
	{ "text/plain; charset=us-ascii", CLEAT_TEXT },
	{ "application/json", CLEAT_TEXT },
	{ "Application/Octet-Stream", CLEAT_BINARY },
};

START_TEST(the_content_type_says_the_kind)
{
	char request[256];

	snprintf(request, sizeof(request),
	    "POST /publish/s/t" HOST "Content-Type: %s\r\n" HELLO,
	    types[_i].type);
	expect(request, 202, "");
	ck_assert_int_eq(given.kind, types[_i].kind);
}
END_TEST

START_TEST(bytes_may_be_anything_and_nothing)
{
	int fd = enter();
	struct reply r;

	say_bytes(fd,
	    "POST /publish/s/t" HOST
	    "Content-Type: application/octet-stream\r\n"
	    "Content-Length: 4\r\n\r\n\xff\0\r\n"
	    "POST /publish/s/t" HOST
	    "Content-Type: application/octet-stream\r\n"
	    "Content-Length: 0\r\n\r\n",
	    sizeof("POST /publish/s/t" HOST
		   "Content-Type: application/octet-stream\r\n"
		   "Content-Length: 4\r\n\r\n\xff\0\r\n"
		   "POST /publish/s/t" HOST
		   "Content-Type: application/octet-stream\r\n"
		   "Content-Length: 0\r\n\r\n") -
		1);
	hear(fd, true, &r);
	ck_assert_int_eq(r.status, 202);
	reply_free(&r);
	hear(fd, true, &r); /* the connection lives on */
	ck_assert_int_eq(r.status, 202);
	reply_free(&r);
	close(fd);
	ck_assert_int_eq(given.calls, 2);
	ck_assert_uint_eq(given.len, 0);
	ck_assert_mem_eq(given.data, "\xff\0\r\n", 4);
}
END_TEST

START_TEST(options_reach_the_host)
{
	expect("POST /publish/s/t?store=1&lose=next&except=281474976710657"
	       "&erase=9&stamp=30&stamp_epoch=60" HOST TEXT
	       "Idempotency-Key: k-1\r\n" HELLO,
	    202, "");
	ck_assert_int_eq(given.pub.store, 1);
	ck_assert_int_eq(given.pub.lose, CLEAT_LOSE_NEXT);
	ck_assert_uint_eq(given.pub.except, 281474976710657);
	ck_assert_uint_eq(given.pub.erase, 9);
	ck_assert_uint_eq(given.pub.stamp, 30);
	ck_assert_uint_eq(given.pub.stamp_epoch, 60);
	ck_assert_str_eq(given.key, "k-1");
	expect("POST /publish/s/t?store=0&lose=first" HOST TEXT HELLO, 202, "");
	ck_assert_int_eq(given.pub.lose, CLEAT_LOSE_FIRST);
	expect("POST /publish/s/t?lose=keep" HOST TEXT HELLO, 202, "");
	ck_assert_int_eq(given.pub.lose, CLEAT_KEEP);
}
END_TEST

START_TEST(the_answer_has_the_numbers_of_what_was_stored)
{
	given.done = (struct host_published){ .epoch = 12, .seq = 34 };
	expect("POST /publish/s/a%20%22b%22?store=1" HOST TEXT HELLO, 200,
	    "{\"topic\":\"s/a \\\"b\\\"\",\"epoch\":12,\"seq\":34,"
	    "\"duplicate\":false}\n");
	ck_assert_str_eq(given.name, "s/a \"b\"");
	given.done.duplicate = true;
	expect("POST /publish/s/%c3%a4?store=1" HOST TEXT HELLO, 200,
	    "{\"topic\":\"s/\xc3\xa4\",\"epoch\":12,\"seq\":34,"
	    "\"duplicate\":true}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("publish");
	TCase *tc = suite_case(suite, "on");
	TCase *bare = suite_case(suite, "with settings of their own");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc,
	    what_cannot_be_published_is_refused_with_a_sentence, 0,
	    COUNT(refused));
	tcase_add_loop_test(
	    tc, what_the_host_refuses_has_a_status, 0, COUNT(answers));
	tcase_add_test(tc, only_so_many_bytes_may_be_under_way);
	tcase_add_test(tc, a_text_of_the_largest_size_is_published);
	tcase_add_loop_test(
	    tc, the_content_type_says_the_kind, 0, COUNT(types));
	tcase_add_test(tc, bytes_may_be_anything_and_nothing);
	tcase_add_test(tc, options_reach_the_host);
	tcase_add_test(tc, the_answer_has_the_numbers_of_what_was_stored);
	tcase_add_test(bare, nobody_publishes_unless_it_is_switched_on);
	tcase_add_test(bare, a_body_that_trickles_in_is_cut_off);
	return suite_run_forked(suite);
}
