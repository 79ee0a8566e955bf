/* SPDX-License-Identifier: MIT
 *
 * test_status.c - the private listener.
 */
#include "config.h"

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/status.h"
#include "http_client.h"
#include "net/listener.h"
#include "../suite.h"

static bool is_ready;
static struct status *status;
static struct listener *listener;

static void
metrics(void *arg, FILE *out)
{
	ck_assert_ptr_eq(arg, &is_ready);
	fputs("answer 42\n", out);
}

static bool
ready(void *arg)
{
	return __atomic_load_n((bool *)arg, __ATOMIC_RELAXED);
}

static void
set_up(void)
{
	const struct listen_address at = { .address = "127.0.0.1" };
	const struct status_calls calls = {
		.metrics = metrics, .ready = ready, .arg = &is_ready
	};

	ck_assert_int_eq(listener_open(&listener, &at, 1, 16, NULL), 0);
	ck_assert_int_eq(status_start(&status, listener, &calls), 0);
}

static void
tear_down(void)
{
	status_stop(&status);
	listener_unref(&listener);
}

static void
ask(const char *request, struct reply *r)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof at;
	int fds[LISTENER_FDS], fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_uint_eq(listener_fds(listener, 0, fds), 1);
	ck_assert_int_eq(getsockname(fds[0], (struct sockaddr *)&at, &len), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, len), 0);
	say(fd, request);
	hear(fd, true, r);
	close(fd);
}

static void
expect(const char *request, int status_code, const char *body)
{
	struct reply r;

	ask(request, &r);
	ck_assert_int_eq(r.status, status_code);
	if (body)
		ck_assert_str_eq(r.body, body);
	reply_free(&r);
}

START_TEST(nothing_else_is_served)
{
	expect("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404, NULL);
	expect("GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", 404, NULL);
	expect("POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405, NULL);
}
END_TEST

START_TEST(readiness_is_asked_for_each_time)
{
	static const char request[] = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";

	expect(request, 503, "not ready\n");
	__atomic_store_n(&is_ready, true, __ATOMIC_RELAXED);
	expect(request, 200, "ready\n");
	__atomic_store_n(&is_ready, false, __ATOMIC_RELAXED);
	expect(request, 503, "not ready\n");
}
END_TEST

START_TEST(health_does_not_depend_on_readiness)
{
	expect("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200, "ok\n");
}
END_TEST

START_TEST(metrics_are_prometheus_text)
{
	struct reply r;

	ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "answer 42\n");
	ck_assert_str_eq(
	    reply_header(&r, "Content-Type"), "text/plain; version=0.0.4");
	reply_free(&r);
}
END_TEST

START_TEST(a_stop_leaves_the_listener_to_its_owner)
{
	int fds[LISTENER_FDS], on = 0;
	socklen_t len = sizeof on;

	status_stop(&status);
	listener_fds(listener, 0, fds);
	ck_assert_int_eq(
	    getsockopt(fds[0], SOL_SOCKET, SO_ACCEPTCONN, &on, &len), 0);
	ck_assert_int_eq(on, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("status");
	TCase *tc = suite_case(suite, "status");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nothing_else_is_served);
	tcase_add_test(tc, readiness_is_asked_for_each_time);
	tcase_add_test(tc, health_does_not_depend_on_readiness);
	tcase_add_test(tc, metrics_are_prometheus_text);
	tcase_add_test(tc, a_stop_leaves_the_listener_to_its_owner);
	return suite_run_forked(suite);
}
