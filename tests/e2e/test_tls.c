/* SPDX-License-Identifier: MIT
 *
 * test_tls.c - https and wss on one port: what goes through, what a handler
 * learns, and handshakes that do not end.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "holding.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;

static void
start(void)
{
	secure_start(&d, "tls: { " SECURE_FILES("one") " };", "workers = 2;");
}

static void
start_here(void)
{
	secure_start(&d, "tls: { " SECURE_FILES("here") " };", "");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- what goes through --------------------------------------------------- */

START_TEST(messages_of_every_size_come_back)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 16383, 16384, 16385,
		32768, 65535, 65536, 300000, 4 << 20 };
	const struct tunnel_wish wish = { .priority = secure_versions[_i] };
	struct tunnel t;

	tunnel_open(&t, d.port, &wish);
	ck_assert_int_eq(raw_upgrade(&t.raw, "/echo", ""), 101);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		secure_echo(&t.raw, sizes[i]);
	raw_close(&t.raw, 1000, "");
	raw_expect_close(&t.raw, 1000, "");
	raw_expect_end(&t.raw);
	tunnel_shut(&t);
}
END_TEST

START_TEST(a_handler_learns_what_was_spoken)
{
	const struct tunnel_wish wish = { .priority = secure_versions[_i] };
	char answer[64];
	struct tunnel t;

	tunnel_open(&t, d.port, &wish);
	ck_assert_int_eq(raw_upgrade(&t.raw, "/probe", ""), 101);
	visit_ask(&t.raw, "var HTTPS", "HTTPS=on");
	snprintf(answer, sizeof answer, "SSL_PROTOCOL=%s", secure_names[_i]);
	visit_ask(&t.raw, "var SSL_PROTOCOL", answer);
	raw_text(&t.raw, "var SSL_CIPHER");
	ck_assert_ptr_nonnull(strstr((char *)raw_next(&t.raw).data, "_AES_"));
	visit_ask(&t.raw, "var REMOTE_ADDR", "REMOTE_ADDR=127.0.0.1");
	snprintf(answer, sizeof answer, "SERVER_PORT=%d", d.port);
	visit_ask(&t.raw, "var SERVER_PORT", answer);
	visit_ask(&t.raw, "var SSL_CLIENT_VERIFY", "SSL_CLIENT_VERIFY=(null)");
	tunnel_shut(&t);
}
END_TEST

START_TEST(old_versions_and_other_protocols_are_refused)
{
	const struct tunnel_wish old = { .priority =
					     "NORMAL:-VERS-ALL:+VERS-TLS1.1" };
	const struct tunnel_wish h2 = { .alpn = "h2" };
	const struct tunnel_wish http = { .alpn = "http/1.1" };
	struct tunnel t;

	ck_assert_int_lt(tunnel_try(&t, d.port, &old), 0);
	ck_assert_int_lt(tunnel_try(&t, d.port, &h2), 0);
	tunnel_open(&t, d.port, &http);
	tunnel_shut(&t);
}
END_TEST

START_TEST(frames_in_the_record_of_the_request_are_heard)
{
	static const char head[] =
	    "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	size_t sizes[] = { 5, 9000, 200000 }, n = sizes[_i];
	uint8_t *all = malloc(sizeof head + n + 64);
	char *data = malloc(n), answer[1024];
	struct raw_frame f;
	struct tunnel t;
	size_t len;

	memset(data, 'x', n);
	memcpy(all, head, sizeof head - 1);
	len = sizeof head - 1;
	len += raw_build(all + len, 0x82, data, n);
	len += raw_build(all + len, 0x81, "bye", 3);
	tunnel_open(&t, d.port, NULL);
	raw_put(&t.raw, all, len);
	ck_assert_int_eq(raw_head(&t.raw, answer, sizeof answer), 101);
	f = raw_next(&t.raw);
	ck_assert_uint_eq(f.len, n);
	ck_assert_mem_eq(f.data, data, n);
	raw_expect(&t.raw, "bye");
	tunnel_shut(&t);
	free(all);
	free(data);
}
END_TEST

START_TEST(who_does_not_listen_is_waited_for)
{
	enum { MANY = 10, SIZE = 700000 };
	uint8_t *data = calloc(1, SIZE);
	struct tunnel t;

	tunnel_ws(&t, d.port, "/echo");
	for (int i = 0; i < MANY; i++) {
		data[0] = (uint8_t)i;
		raw_frame(&t.raw, 0x82, data, SIZE);
	}
	for (int i = 0; i < MANY; i++) {
		struct raw_frame f = raw_next(&t.raw);

		ck_assert_uint_eq(f.len, SIZE);
		ck_assert_uint_eq(f.data[0], i);
	}
	tunnel_shut(&t);
	free(data);
}
END_TEST

START_TEST(connections_go_to_the_worker_of_their_route)
{
	enum { MANY = 16 };
	struct tunnel t[MANY];

	for (int i = 0; i < MANY; i++)
		tunnel_ws(&t[i], d.port, "/probe");
	for (int i = 0; i < MANY; i++)
		visit_ask(&t[i].raw, "var HTTPS", "HTTPS=on");
	for (int i = 0; i < MANY; i++)
		tunnel_shut(&t[i]);
}
END_TEST

START_TEST(who_leaves_without_a_word_is_lost)
{
	const struct tunnel_wish wish = { .rude = true };
	struct tunnel t;

	tunnel_open(&t, d.port, &wish);
	ck_assert_int_eq(raw_upgrade(&t.raw, "/echo", ""), 101);
	tunnel_shut(&t);
	daemon_log(&d, "closed", "route=/echo", "code=1006", NULL);
}
END_TEST

START_TEST(a_session_counts_against_max_memory)
{
	struct tunnel t;
	double before;

	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 0);
	daemon_await(&d, "cleat_connections{route=\"/probe\"}", 0);
	before = daemon_metric(&d, "cleat_memory_bytes");
	tunnel_ws(&t, d.port, "/echo");
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 1);
	ck_assert_double_gt(
	    daemon_metric(&d, "cleat_memory_bytes"), before + 10240);
	tunnel_shut(&t);
	daemon_await(&d, "cleat_memory_bytes", before);
}
END_TEST

/* --- HTTP ---------------------------------------------------------------- */

START_TEST(files_come_by_https)
{
	enum { SIZE = 3 << 20 };
	char *file = malloc(SIZE), *got = malloc(SIZE), head[2048];
	struct tunnel t;

	for (size_t i = 0; i < SIZE; i++)
		file[i] = (char)(i * 13 + i / 8191);
	daemon_write(&d, "www/large.bin", file, SIZE);
	tunnel_open(&t, d.port, NULL);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(raw_request(&t.raw, "GET /large.bin", "", head,
				     sizeof head),
		    200);
		ck_assert_uint_eq(raw_take(&t.raw, got, SIZE), SIZE);
		ck_assert_mem_eq(got, file, SIZE);
	}
	ck_assert_int_eq(raw_request(&t.raw, "GET /none",
			     "Connection: close\r\n", head, sizeof head),
	    404);
	while (raw_take(&t.raw, got, SIZE) > 0)
		continue;
	tunnel_shut(&t);
	free(file);
	free(got);
}
END_TEST

/* `cleat load` in the shell; its exit status. */
static int
load(const char *options, const char *host, char out[512])
{
	char command[512];
	int status;
	FILE *f;

	snprintf(command, sizeof command,
	    "./cleat load -q %s wss://%s:%d/echo 2>&1", options, host, d.port);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	out[fread(out, 1, 511, f)] = '\0';
	status = pclose(f);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(a_load_is_echoed_byte_by_byte)
{
	/* Messages in one record and in many, records with many of them, and
	 * more under way than sockets hold. */
	static const char *const options[] = {
		"-k -c 20 -n 4000 -p 16 -s 1024",
		"-k -c 3 -n 300 -p 64 -s 0,1,125,16384,70000",
		"-k -c 2 -n 12 -p 3 -s 4M,20,1M",
		"-k -H 'Origin: https://127.0.0.1:1'",
	};
	char out[512];

	for (size_t i = 0; i < 3; i++)
		ck_assert_msg(
		    load(options[i], "127.0.0.1", out) == 0, "%s", out);
	ck_assert_int_eq(load(options[3], "127.0.0.1", out), 2);
	ck_assert_msg(strstr(out, "HTTP/1.1 403") != NULL, "%s", out);
	/* The certificate is the right one, but of another host. */
	ck_assert_int_eq(
	    load("--ca " TESTS_TLS "/one.pem", "127.0.0.1", out), 1);
	ck_assert_msg(strstr(out, "has another name") != NULL, "%s", out);
}
END_TEST

START_TEST(a_load_trusts_whom_it_is_told_to)
{
	static const char ours[] = "-n 1 --ca " TESTS_TLS "/here.pem";
	static const char other[] = "-n 1 --ca " TESTS_TLS "/one.pem";
	char out[512];

	ck_assert_msg(load(ours, "127.0.0.1", out) == 0, "%s", out);
	ck_assert_msg(load(ours, "localhost", out) == 0, "%s", out);
	ck_assert_int_eq(load(other, "127.0.0.1", out), 1);
	ck_assert_msg(strstr(out, "is not trusted") != NULL, "%s", out);
	ck_assert_int_eq(load("-n 1", "127.0.0.1", out), 1);
	ck_assert_msg(strstr(out, "is not trusted") != NULL, "%s", out);
}
END_TEST

START_TEST(plain_http_is_told_that_the_port_speaks_tls)
{
	char head[1024], body[128];
	struct raw r;
	size_t n;

	raw_open(&r, d.port);
	ck_assert_int_eq(raw_request(&r, "GET /", "", head, sizeof head), 400);
	n = raw_take(&r, body, sizeof body - 1);
	body[n] = '\0';
	ck_assert_str_eq(
	    body, "This port speaks TLS: use https:// or wss://\n");
	raw_shut(&r);
	raw_open(&r, d.port);
	raw_put(&r, "\x80\x01nonsense", 10);
	raw_expect_end(&r);
	raw_shut(&r);
}
END_TEST

START_TEST(refusals_are_said_through_tls)
{
	struct tunnel t;

	tunnel_open(&t, d.port, NULL);
	ck_assert_int_eq(
	    raw_upgrade(&t.raw, "/echo", "Origin: https://evil.example\r\n"),
	    403);
	tunnel_shut(&t);
}
END_TEST

/* --- handshakes that do not end ------------------------------------------- */

START_TEST(two_hundred_that_leave_half_way_leave_nothing)
{
	enum { MANY = 200 };
	int before = holding_descriptors(&d);
	struct tunnel t;

	for (int i = 0; i < MANY; i++) {
		/* A ClientHello's beginning; some say nothing at all. */
		static const uint8_t begun[] = { 22, 3, 1, 2, 0, 1, 0, 1,
			0xfc };
		struct raw r;

		raw_open(&r, d.port);
		raw_put(&r, begun, (size_t)i % (sizeof begun + 1));
		raw_shut(&r);
	}
	tunnel_ws(&t, d.port, "/echo");
	secure_echo(&t.raw, 100);
	tunnel_shut(&t);
	holding_await_descriptors(&d, before);
}
END_TEST

static void
start_impatient(void)
{
	secure_start(&d, "tls: { " SECURE_FILES("one") " };",
	    "workers = 1;"
	    "http: { request_timeout = \"300 ms\"; max_connections = 3; };");
}

START_TEST(a_handshake_has_its_time)
{
	static const uint8_t begun[] = { 22, 3, 1, 2 };
	struct raw r[2];

	raw_open(&r[0], d.port);
	raw_open(&r[1], d.port);
	raw_put(&r[1], begun, sizeof begun);
	raw_expect_end(&r[0]);
	raw_expect_end(&r[1]);
	raw_shut(&r[0]);
	raw_shut(&r[1]);
}
END_TEST

START_TEST(a_request_has_its_time_behind_tls)
{
	struct tunnel t;

	tunnel_open(&t, d.port, NULL);
	raw_puts(&t.raw, "GET / HTTP/1.1\r\n");
	raw_expect_end(&t.raw);
	tunnel_shut(&t);
}
END_TEST

static void
start_small(void)
{
	secure_start(&d, "tls: { " SECURE_FILES("one") " };",
	    "workers = 1; http: { max_connections = 3; };");
}

START_TEST(the_oldest_of_too_many_handshakes_gives_way)
{
	struct raw r[4];
	struct tunnel t;

	for (int i = 0; i < 4; i++) {
		raw_open(&r[i], d.port);
		raw_put(&r[i], "\x16", 1);
	}
	raw_expect_end(&r[0]);
	/* Those that wait hold nobody up. */
	tunnel_ws(&t, d.port, "/echo");
	secure_echo(&t.raw, 1000);
	raw_expect_end(&r[1]);
	tunnel_shut(&t);
	for (int i = 0; i < 4; i++)
		raw_shut(&r[i]);
}
END_TEST

START_TEST(a_stop_waits_for_no_handshake)
{
	struct tunnel t[2];
	struct raw r;

	start();
	raw_open(&r, d.port);
	raw_put(&r, "\x16\x03", 2);
	tunnel_ws(&t[0], d.port, "/echo");
	tunnel_open(&t[1], d.port, NULL);
	daemon_signal(&d, SIGTERM);
	raw_expect_close(&t[0].raw, 1001, "");
	raw_expect_end(&r);
	tunnel_shut(&t[0]);
	tunnel_shut(&t[1]);
	raw_shut(&r);
	daemon_end(&d);
}
END_TEST

static TCase *
case_with(Suite *s, const char *name, void (*set_up)(void))
{
	TCase *tc = suite_case(s, name);

	tcase_add_unchecked_fixture(tc, set_up, stop);
	return tc;
}

int
main(void)
{
	Suite *s = suite_create("tls");
	TCase *tc = case_with(s, "traffic", start);

	tcase_add_loop_test(tc, messages_of_every_size_come_back, 0, 2);
	tcase_add_loop_test(tc, a_handler_learns_what_was_spoken, 0, 2);
	tcase_add_test(tc, old_versions_and_other_protocols_are_refused);
	tcase_add_loop_test(
	    tc, frames_in_the_record_of_the_request_are_heard, 0, 3);
	tcase_add_test(tc, who_does_not_listen_is_waited_for);
	tcase_add_test(tc, connections_go_to_the_worker_of_their_route);
	tcase_add_test(tc, who_leaves_without_a_word_is_lost);
	tcase_add_test(tc, a_session_counts_against_max_memory);
	tcase_add_test(tc, files_come_by_https);
	tcase_add_test(tc, plain_http_is_told_that_the_port_speaks_tls);
	tcase_add_test(tc, refusals_are_said_through_tls);
	tcase_add_test(tc, two_hundred_that_leave_half_way_leave_nothing);
	tcase_add_test(tc, a_load_is_echoed_byte_by_byte);
	tc = case_with(s, "here", start_here);
	tcase_add_test(tc, a_load_trusts_whom_it_is_told_to);
	tc = case_with(s, "impatient", start_impatient);
	tcase_add_test(tc, a_handshake_has_its_time);
	tcase_add_test(tc, a_request_has_its_time_behind_tls);
	tc = case_with(s, "small", start_small);
	tcase_add_test(tc, the_oldest_of_too_many_handshakes_gives_way);
	tc = suite_case(s, "alone");
	tcase_add_test(tc, a_stop_waits_for_no_handshake);
	return suite_run(s);
}
