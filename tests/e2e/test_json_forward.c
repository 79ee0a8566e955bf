/* SPDX-License-Identifier: MIT
 *
 * test_json_forward.c - json-router in front of an HTTP back end: what is
 * asked, what each answer means, and back ends that are down, slow, rude or
 * endless, none of which holds anybody else up.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "backend.h"
#include "suite.h"

#define OK	 "HTTP/1.1 200 OK\r\n"
#define ASK	 "{\"type\":\"ask\",\"id\":\"1\",\"payload\":{\"a\":1}}"
#define DONE	 "{\"type\":\"reply\",\"id\":\"1\"}"
#define PONG	 "{\"type\":\"pong\"}"
#define NOT_NOW	 API_ERROR_TO("1", "unavailable", "The service is not available")
#define BROKEN	 API_ERROR_TO("1", "internal", "An internal error")
#define TOO_LATE API_ERROR_TO("1", "timeout", "The answer took too long")

static struct daemon d;
static struct backend back;

static void
prepare(void)
{
	daemon_prepare(&d);
	backend_open(&back);
}

static void
finish(void)
{
	daemon_end(&d);
	backend_shut(&back);
}

static void
start(struct raw *r, const char *keys, const char *more)
{
	backend_api(&back, &d, r, keys, more);
}

/* --- the request, and what its answers mean ------------------------------ */

START_TEST(the_back_end_is_asked_plainly)
{
	char request[4096], expected[1024];
	struct raw r;
	int fd;

	start(&r, "", "user_header = \"X-User\";");
	raw_text(&r, ASK);
	fd = backend_take(&back);
	backend_read(fd, request, sizeof(request));
	snprintf(expected, sizeof(expected),
	    "POST /orders?a=b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
	    "Connection: close\r\nContent-Type: application/json\r\n"
	    "Accept: application/json\r\nX-Cleat-Type: ask\r\n"
	    "X-Cleat-Connection: ",
	    back.port);
	ck_assert_msg(
	    strncmp(request, expected, strlen(expected)) == 0, "%s", request);
	ck_assert_ptr_nonnull(
	    strstr(request, "\r\nX-Cleat-User: ann%2Fb%20%C3%A4\r\n"
			    "Content-Length: 7\r\n\r\n{\"a\":1}"));
	backend_say(fd, OK "\r\n", 19);
	close(fd);
	raw_expect(&r, DONE);
	/* Nothing but the type: null is asked, and nobody is named. */
	raw_shut(&r);
	api_open(&d, &r, NULL);
	raw_text(&r, "{\"type\":\"ask\"}");
	fd = backend_take(&back);
	backend_read(fd, request, sizeof(request));
	ck_assert_ptr_null(strstr(request, "X-Cleat-User"));
	ck_assert_ptr_nonnull(
	    strstr(request, "\r\nContent-Length: 4\r\n\r\nnull"));
	close(fd);
	raw_expect(&r, API_UNAVAILABLE);
	raw_shut(&r);
}
END_TEST

static const struct {
	const char *answer, *said;
} meanings[] = {
	{ OK "Content-Length: 8\r\n\r\n{\"x\":[]}",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":{\"x\":[]}}" },
	{ "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n17",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":17}" },
	{ "HTTP/1.1 204 No Content\r\n\r\n", DONE },
	{ "HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n", DONE },
	{ "HTTP/1.1 300 Choose\r\nContent-Length: 0\r\n\r\n", BROKEN },
	{ OK "Transfer-Encoding: "
	     "chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":[1,2]}" },
	{ "HTTP/1.0 200 OK\r\n\r\n\"old\"",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":\"old\"}" },
	{ "HTTP/1.1 400 No\r\n\r\n",
	    API_ERROR_TO("1", "bad_payload",
		"The payload is not what this type needs") },
	{ "HTTP/1.1 422 No\r\n\r\n{\"message\":\"no such room\"}",
	    API_ERROR_TO("1", "bad_payload", "no such room") },
	{ "HTTP/1.1 404 No\r\n\r\n{\"message\":7}",
	    API_ERROR_TO("1", "bad_payload",
		"The payload is not what this type needs") },
	{ "HTTP/1.1 409 No\r\n\r\n<html>",
	    API_ERROR_TO("1", "bad_payload",
		"The payload is not what this type needs") },
	{ "HTTP/1.1 413 No\r\n\r\n{\"message\":\"\"}",
	    API_ERROR_TO("1", "bad_payload",
		"The payload is not what this type needs") },
	{ "HTTP/1.1 401 No\r\n\r\n",
	    API_ERROR_TO("1", "forbidden", "This is not allowed") },
	{ "HTTP/1.1 403 No\r\n\r\n",
	    API_ERROR_TO("1", "forbidden", "This is not allowed") },
	{ "HTTP/1.1 429 No\r\n\r\n",
	    API_ERROR_TO("1", "rate_limited", "Too many messages, slow down") },
	{ "HTTP/1.1 502 No\r\n\r\n", NOT_NOW },
	{ "HTTP/1.1 503 No\r\n\r\n", NOT_NOW },
	{ "HTTP/1.1 504 No\r\n\r\n", NOT_NOW },
	{ "HTTP/1.1 500 No\r\n\r\n{\"message\":\"a secret\"}", BROKEN },
	{ "HTTP/1.1 302 Moved\r\nLocation: http://x/\r\n\r\n", BROKEN },
	{ OK "\r\nthis is no JSON", BROKEN },
	{ OK "\r\n{\"a\":1,\"a\":2}", BROKEN },
	{ OK "\r\n\"\xff\"", BROKEN },
	{ "SSH-2.0-OpenSSH\r\n", BROKEN },
	{ OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", BROKEN },
	{ "", NOT_NOW },
	{ "HTTP/1.1 200", NOT_NOW },
	{ OK "Content-Length: 10\r\n\r\n{\"a\":", NOT_NOW },
	{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\n[1", NOT_NOW },
};

START_TEST(each_answer_has_its_meaning)
{
	struct raw r;

	start(&r, "", "max_errors = 1;");
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		raw_text(&r, ASK);
		backend_answer(&back, meanings[i].answer);
		raw_expect(&r, meanings[i].said);
	}
	/* None of these was the client's error: it is still there. */
	api_ask(&r, "{\"type\":\"ping\"}", PONG);
	raw_shut(&r);
}
END_TEST

START_TEST(a_message_of_the_back_end_has_a_length)
{
	char answer[400], word[202];
	struct raw r;

	start(&r, "", "");
	memset(word, 'm', sizeof(word));
	word[200] = '\0';
	snprintf(answer, sizeof(answer),
	    "HTTP/1.1 403 No\r\n\r\n{\"message\":\"%s\"}", word);
	raw_text(&r, ASK);
	backend_answer(&back, answer);
	api_hear(&r, "{\"type\":\"error\",\"id\":\"1\",\"code\":\"forbidden\","
		     "\"message\":\"mmm");
	memcpy(word + 200, "m", 2);
	snprintf(answer, sizeof(answer),
	    "HTTP/1.1 403 No\r\n\r\n{\"message\":\"%s\"}", word);
	raw_text(&r, ASK);
	backend_answer(&back, answer);
	raw_expect(&r, API_ERROR_TO("1", "forbidden", "This is not allowed"));
	raw_shut(&r);
}
END_TEST

START_TEST(a_socket_is_as_good_as_a_port)
{
	char config[512], path[160];
	struct backend un;
	struct raw r;

	snprintf(path, sizeof(path), "%s/b", d.dir);
	snprintf(config, sizeof(config),
	    "routes = ( { type = \"ask\"; do = \"forward\"; unix = \"%s\"; "
	    "url = \"http://app/x\"; } );",
	    path);
	api_start(&d, config, "");
	api_open(&d, &r, NULL);
	api_ask(&r, ASK, NOT_NOW);
	backend_open_unix(&un, path);
	raw_text(&r, ASK);
	backend_answer(&un, OK "\r\n1");
	raw_expect(&r, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":1}");
	backend_shut(&un);
	api_ask(&r, ASK, NOT_NOW);
	raw_shut(&r);
}
END_TEST

/* --- back ends that are no help ------------------------------------------ */

START_TEST(a_silent_one_holds_nobody_up_and_is_left)
{
	struct raw r, other;
	int fd;

	start(&r, "timeout = \"200 ms\";", "");
	api_open(&d, &other, NULL);
	raw_text(&r, ASK);
	fd = backend_take(&back);
	api_ask(&r, "{\"type\":\"ping\"}", PONG);
	api_ask(&other, "{\"type\":\"ping\"}", PONG);
	raw_expect(&r, TOO_LATE);
	backend_await_end(fd);
	raw_shut(&r);
	raw_shut(&other);
}
END_TEST

START_TEST(one_that_is_down_is_said_to_be_and_comes_back)
{
	struct raw r;

	start(&r, "", "");
	backend_shut(&back);
	for (int i = 0; i < 20; i++)
		api_ask(&r, ASK, NOT_NOW);
	daemon_log(&d, "Connection refused", NULL);
	raw_shut(&r);
	backend_open(&back);
}
END_TEST

START_TEST(endless_heads_and_bodies_end)
{
	static const char head[] =
	    "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
	    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
	struct raw r;
	int fd, n;

	start(&r, "max_response = 1000;", "");
	raw_text(&r, ASK);
	fd = backend_take(&back);
	backend_say(fd, OK, sizeof(OK) - 1);
	for (n = 0; n < 100000 && backend_say(fd, head, sizeof(head) - 1);)
		n++;
	ck_assert_int_lt(n, 100000);
	close(fd);
	raw_expect(&r, BROKEN);
	raw_text(&r, ASK);
	fd = backend_take(&back);
	backend_say(fd, OK "\r\n\"", sizeof(OK "\r\n\"") - 1);
	for (n = 0; n < 100000 && backend_say(fd, head, sizeof(head) - 3);)
		n++;
	ck_assert_int_lt(n, 100000);
	close(fd);
	raw_expect(&r, BROKEN);
	raw_shut(&r);
}
END_TEST

START_TEST(an_answer_has_a_size)
{
	char answer[200];
	struct raw r;

	start(&r, "max_response = 100;", "");
	for (int n = 100; n <= 101; n++) {
		snprintf(answer, sizeof(answer), OK "\r\n%*d", n, 7);
		raw_text(&r, ASK);
		backend_answer(&back, answer);
		raw_expect(&r,
		    n == 100 ? "{\"type\":\"reply\",\"id\":\"1\",\"payload\":7}"
			     : BROKEN);
	}
	raw_shut(&r);
}
END_TEST

START_TEST(the_size_of_an_answer_is_64_kib_if_none_is_given)
{
	const size_t head = sizeof(OK "\r\n") - 1;
	char *answer = malloc(head + 65538);
	struct raw r;

	start(&r, "", "");
	memset(answer, ' ', head + 65537);
	memcpy(answer, OK "\r\n7", head + 1);
	answer[head + 65537] = '\0';
	raw_text(&r, ASK);
	backend_answer(&back, answer);
	raw_expect(&r, BROKEN);
	answer[head + 65536] = '\0';
	raw_text(&r, ASK);
	backend_answer(&back, answer);
	raw_expect(&r, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":7}");
	raw_shut(&r);
	free(answer);
}
END_TEST

/* An answer of n brackets within brackets. */
static void
answer_deep(size_t n)
{
	static const char head[] = OK "\r\n";
	char text[sizeof(head) + 200];

	memcpy(text, head, sizeof(head) - 1);
	memset(text + sizeof(head) - 1, '[', n);
	memset(text + sizeof(head) - 1 + n, ']', n);
	text[sizeof(head) - 1 + 2 * n] = '\0';
	backend_answer(&back, text);
}

/* An array of n. */
static void
answer_long(size_t n)
{
	static const char head[] = OK "\r\n[";
	char *text = malloc(sizeof(head) + 2 * n), *p = text;

	memcpy(p, head, sizeof(head));
	p += sizeof(head) - 1;
	for (size_t i = 0; i < n; i++, p += 2)
		memcpy(p, i + 1 < n ? "1," : "1]", 2);
	*p = '\0';
	backend_answer(&back, text);
	free(text);
}

START_TEST(an_answer_has_a_depth)
{
	struct raw r;

	start(&r, "", "");
	raw_text(&r, ASK);
	answer_deep(64);
	api_hear(&r, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":[[[[");
	raw_text(&r, ASK);
	answer_deep(65);
	raw_expect(&r, BROKEN);
	raw_shut(&r);
}
END_TEST

/* Brackets, braces and commas, as cleat_json.h counts them. */
START_TEST(an_answer_has_so_many_values)
{
	struct raw r;

	start(&r, "max_response = \"16 MiB\";", "");
	raw_text(&r, ASK);
	answer_long(1000000);
	api_hear(&r, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":[1,1,");
	raw_text(&r, ASK);
	answer_long(1000001);
	raw_expect(&r, BROKEN);
	raw_shut(&r);
}
END_TEST

START_TEST(bytes_may_come_one_by_one)
{
	static const char answer[] = OK "Transfer-Encoding: chunked\r\n\r\n"
					"1\r\n[\r\n1\r\n]\r\n0\r\n\r\n";
	char request[4096];
	struct raw r;
	int fd;

	start(&r, "", "");
	raw_text(&r, ASK);
	fd = backend_take(&back);
	backend_read(fd, request, sizeof(request));
	for (size_t i = 0; i < sizeof(answer) - 1; i++)
		backend_say(fd, answer + i, 1);
	raw_expect(&r, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":[]}");
	close(fd);
	raw_shut(&r);
}
END_TEST

/* A payload that no socket buffer holds. */
static char *
large(size_t n)
{
	static const char head[] =
	    "{\"type\":\"ask\",\"id\":\"1\",\"payload\":\"";
	char *text = malloc(n + sizeof(head) + 3);

	memcpy(text, head, sizeof(head) - 1);
	memset(text + sizeof(head) - 1, 'x', n);
	memcpy(text + sizeof(head) - 1 + n, "\"}", 3);
	return text;
}

START_TEST(a_large_request_is_sent_as_it_is_taken)
{
	const size_t n = 12 << 20;
	char *text = large(n), *request = malloc(n + 4096);
	struct raw r;
	int fd;

	start(&r, "", "max_message = \"16 MiB\";");
	raw_text(&r, text);
	fd = backend_take(&back);
	api_ask(&r, "{\"type\":\"ping\"}", PONG);
	backend_read(fd, request, n + 4096);
	backend_say(fd, OK "\r\n", 19);
	close(fd);
	raw_expect(&r, DONE);
	/* One that answers and leaves before it has read all of it. */
	raw_text(&r, text);
	fd = backend_take(&back);
	backend_say(fd, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", 38);
	api_hear(
	    &r, "{\"type\":\"error\",\"id\":\"1\",\"code\":\"bad_payload\"");
	close(fd);
	/* Or leaves at once: what it said still counts. */
	for (int i = 0; i < 3; i++) {
		raw_text(&r, text);
		fd = backend_take(&back);
		backend_say(
		    fd, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", 38);
		close(fd);
		api_hear(&r, "{\"type\":\"error\",\"id\":\"1\",\"code\":"
			     "\"bad_payload\"");
	}
	/* And one that only leaves. */
	raw_text(&r, text);
	close(backend_take(&back));
	raw_expect(&r, NOT_NOW);
	raw_shut(&r);
	free(text);
	free(request);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_forward");
	TCase *c = suite_case(s, "back ends");

	tcase_add_checked_fixture(c, prepare, finish);
	tcase_add_test(c, the_back_end_is_asked_plainly);
	tcase_add_test(c, each_answer_has_its_meaning);
	tcase_add_test(c, a_message_of_the_back_end_has_a_length);
	tcase_add_test(c, a_socket_is_as_good_as_a_port);
	tcase_add_test(c, a_silent_one_holds_nobody_up_and_is_left);
	tcase_add_test(c, one_that_is_down_is_said_to_be_and_comes_back);
	tcase_add_test(c, endless_heads_and_bodies_end);
	tcase_add_test(c, an_answer_has_a_size);
	tcase_add_test(c, the_size_of_an_answer_is_64_kib_if_none_is_given);
	tcase_add_test(c, an_answer_has_a_depth);
	tcase_add_test(c, an_answer_has_so_many_values);
	tcase_add_test(c, bytes_may_come_one_by_one);
	tcase_add_test(c, a_large_request_is_sent_as_it_is_taken);
	return suite_run(s);
}
