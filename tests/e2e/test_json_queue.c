/* SPDX-License-Identifier: MIT
 *
 * test_json_queue.c - how many requests json-router forwards at a time, how
 * many wait for their turn, and what becomes of them when time or clients go.
 */
#include "config.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api.h"
#include "backend.h"
#include "suite.h"

#define OK	"HTTP/1.1 200 OK\r\n"
#define ASK	"{\"type\":\"ask\",\"id\":\"1\",\"payload\":{\"a\":1}}"
#define DONE	"{\"type\":\"reply\",\"id\":\"1\"}"
#define PONG	"{\"type\":\"pong\"}"
#define NOT_NOW API_ERROR_TO("1", "unavailable", "The service is not available")

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

START_TEST(connections_and_their_queue_have_bounds)
{
	char request[4096];
	struct raw r;
	int first, second;

	start(&r, "connections = 1; queue = 1;", "");
	raw_text(&r, "{\"type\":\"ask\",\"id\":\"a\"}");
	first = backend_take(&back);
	backend_read(first, request, sizeof(request));
	raw_text(&r, "{\"type\":\"ask\",\"id\":\"b\"}");
	api_ask(&r, ASK, NOT_NOW);
	backend_say(first, OK "\r\n", 19);
	close(first);
	raw_expect(&r, "{\"type\":\"reply\",\"id\":\"a\"}");
	second = backend_take(&back);
	backend_read(second, request, sizeof(request));
	raw_text(&r, ASK);
	backend_say(second, OK "\r\n", 19);
	close(second);
	raw_expect(&r, "{\"type\":\"reply\",\"id\":\"b\"}");
	backend_answer(&back, OK "\r\n");
	raw_expect(&r, DONE);
	api_await(&d, "cleat_handler_forwarded", 3);
	api_await(&d, "cleat_handler_forward_refused", 1);
	raw_shut(&r);
}
END_TEST

START_TEST(bounds_that_are_not_given_are_as_documented)
{
	enum { ACTIVE = 4, QUEUED = 64 };
	int fds[ACTIVE];
	struct pollfd more = { .events = POLLIN };
	struct raw r;

	start(&r, "", "max_waiting = 1000;");
	for (int i = 0; i < ACTIVE + QUEUED; i++)
		raw_text(&r, "{\"type\":\"ask\",\"id\":\"0\"}");
	api_ask(&r, ASK, NOT_NOW);
	/* What is under way has connected by now: it is on loopback. */
	for (int i = 0; i < ACTIVE; i++)
		fds[i] = backend_take(&back);
	more.fd = back.listener;
	ck_assert_int_eq(poll(&more, 1, 0), 0);
	for (int i = 0; i < ACTIVE; i++)
		close(fds[i]);
	raw_shut(&r);
}
END_TEST

START_TEST(so_is_the_number_of_those_that_wait)
{
	struct raw r;

	start(&r, "", "");
	for (int i = 0; i < 16; i++)
		raw_text(&r, "{\"type\":\"ask\",\"id\":\"0\"}");
	api_ask(&r, ASK,
	    API_ERROR_TO(
		"1", "too_many", "Too many requests wait for their answer"));
	raw_shut(&r);
}
END_TEST

START_TEST(time_passes_in_the_queue_too)
{
	struct raw r;
	int fd;

	start(&r, "connections = 1; queue = 2; timeout = \"300 ms\";", "");
	raw_text(&r, "{\"type\":\"ask\",\"id\":\"a\"}");
	fd = backend_take(&back);
	raw_text(&r, "{\"type\":\"ask\",\"id\":\"b\"}");
	api_ask(&r, "{\"type\":\"ping\"}", PONG);
	raw_expect(
	    &r, API_ERROR_TO("a", "timeout", "The answer took too long"));
	raw_expect(
	    &r, API_ERROR_TO("b", "timeout", "The answer took too long"));
	backend_await_end(fd);
	raw_shut(&r);
}
END_TEST

START_TEST(requests_that_wait_have_a_bound)
{
	struct raw r;

	start(&r, "", "max_waiting = 2;");
	raw_text(&r, "{\"type\":\"ask\",\"id\":\"a\"}");
	raw_text(&r, "{\"type\":\"ask\",\"id\":\"b\"}");
	api_ask(&r, ASK,
	    API_ERROR_TO(
		"1", "too_many", "Too many requests wait for their answer"));
	backend_answer(&back, OK "\r\n");
	api_hear(&r, "{\"type\":\"reply\",\"id\":\"");
	raw_text(&r, ASK);
	backend_answer(&back, OK "\r\n");
	api_hear(&r, "{\"type\":\"reply\",\"id\":\"");
	backend_answer(&back, OK "\r\n");
	api_hear(&r, "{\"type\":\"reply\",\"id\":\"");
	raw_shut(&r);
}
END_TEST

/* When the first of many has gone all others are begun and fail, one after
 * the other: a stack that grew with each would soon be too small. */
START_TEST(a_long_queue_ends_as_well_as_a_short_one)
{
	enum { CLIENTS = 40, EACH = 1000 };
	static const char message[] = "{\"type\":\"ask\"}";
	struct raw first, r[CLIENTS];
	uint8_t *bytes = malloc(EACH * (sizeof(message) + 8));
	struct rlimit stack, little;
	char config[512], path[160];
	struct backend un;
	size_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/b", d.dir);
	backend_open_unix(&un, path);
	snprintf(config, sizeof(config),
	    "max_waiting = %d; routes = ( { type = \"ask\"; "
	    "do = \"forward\"; url = \"http://app/x\"; unix = \"%s\"; "
	    "connections = 1; queue = 65536; timeout = \"10 min\"; } );",
	    EACH, path);
	getrlimit(RLIMIT_STACK, &stack);
	little = stack;
	little.rlim_cur = 1 << 20;
	setrlimit(RLIMIT_STACK, &little);
	api_start(&d, config, "queue_messages = 2000;");
	setrlimit(RLIMIT_STACK, &stack);
	for (int i = 0; i < EACH; i++)
		n += raw_build(bytes + n, 0x81, message, sizeof(message) - 1);
	api_open(&d, &first, NULL);
	raw_text(&first, message);
	fd = backend_take(&un);
	backend_shut(&un);
	for (int i = 0; i < CLIENTS; i++) {
		api_open(&d, &r[i], NULL);
		raw_put(&r[i], bytes, n);
	}
	api_await(&d, "cleat_handler_forwarded", CLIENTS * EACH + 1);
	raw_shut(&first);
	backend_await_end(fd);
	for (int i = 0; i < CLIENTS; i++) {
		for (int k = 0; k < EACH; k++)
			raw_expect(&r[i], API_UNAVAILABLE);
		raw_shut(&r[i]);
	}
	free(bytes);
}
END_TEST

START_TEST(when_the_client_goes_so_does_its_request)
{
	char request[4096];
	struct raw r;
	int first;

	start(&r, "connections = 1;", "");
	raw_text(&r, ASK);
	first = backend_take(&back);
	backend_read(first, request, sizeof(request));
	raw_text(&r, ASK);
	raw_text(&r, ASK);
	api_ask(&r, "{\"type\":\"ping\"}", PONG);
	raw_shut(&r);
	backend_await_end(first);
	api_await(&d, "cleat_connections", 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_queue");
	TCase *c = suite_case(s, "how many");

	tcase_add_checked_fixture(c, prepare, finish);
	tcase_add_test(c, connections_and_their_queue_have_bounds);
	tcase_add_test(c, bounds_that_are_not_given_are_as_documented);
	tcase_add_test(c, so_is_the_number_of_those_that_wait);
	tcase_add_test(c, time_passes_in_the_queue_too);
	tcase_add_test(c, requests_that_wait_have_a_bound);
	tcase_add_test(c, a_long_queue_ends_as_well_as_a_short_one);
	tcase_add_test(c, when_the_client_goes_so_does_its_request);
	return suite_run(s);
}
