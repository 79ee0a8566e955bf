/* SPDX-License-Identifier: MIT
 *
 * test_limits.c - every limit of a route, reached and just not reached.
 *
 * Deadlines are short here and are waited for by reading until the host
 * acts; nothing sleeps. What happens to the millisecond is tested with a
 * clock of its own in tests/unit.
 */
#include "config.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static void
start(void)
{
	daemon_prepare(&d);
	daemon_start(&d,
	    "max_connections = 8;\n"
	    "http: { root = \"www\"; request_timeout = \"300 ms\"; };\n"
	    "routes = (\n"
	    "  { path = \"/small\"; handler = \"echo\";\n"
	    "    max_message = 100; max_fragments = 3; },\n"
	    "  { path = \"/two\"; handler = \"echo\"; max_connections = 2; },\n"
	    "  { path = \"/two-politely\"; handler = \"echo\";\n"
	    "    max_connections = 1; refuse = \"close\"; },\n"
	    "  { path = \"/echo\"; handler = \"echo\"; },\n"
	    "  { path = \"/idle\"; handler = \"echo\";\n"
	    "    idle_timeout = \"200 ms\"; },\n"
	    "  { path = \"/pinged\"; handler = \"echo\";\n"
	    "    ping_every = \"50 ms\"; pong_within = \"400 ms\"; },\n"
	    "  { path = \"/brief\"; handler = \"echo\";\n"
	    "    max_lifetime = \"200 ms\"; },\n"
	    "  { path = \"/stuck\"; handler = \"echo\";\n"
	    "    write_within = \"300 ms\"; max_message = \"64 MiB\";\n"
	    "    queue_bytes = \"128 MiB\"; },\n"
	    "  { path = \"/unanswered\"; handler = \"echo\";\n"
	    "    max_lifetime = \"50 ms\"; close_within = \"200 ms\"; },\n"
	    "  { path = \"/turns\"; handler = \"echo\"; turn_messages = 4; }\n"
	    ");");
}

static void
stop(void)
{
	daemon_end(&d);
}

START_TEST(a_message_of_max_message_passes_and_one_byte_more_is_1009)
{
	char text[102];
	struct raw r;

	memset(text, 'x', sizeof text);
	text[101] = '\0';
	raw_ws(&r, d.port, "/small");
	raw_frame(&r, 0x81, text, 100);
	ck_assert_uint_eq(raw_next(&r).len, 100);
	raw_frame(&r, 0x81, text, 101);
	raw_expect_close(&r, 1009, "max_message");
	raw_shut(&r);

	/* Counted over the fragments too. */
	raw_ws(&r, d.port, "/small");
	raw_frame(&r, 0x01, text, 60);
	raw_frame(&r, 0x80, text, 40);
	ck_assert_uint_eq(raw_next(&r).len, 100);
	raw_frame(&r, 0x01, text, 60);
	raw_frame(&r, 0x80, text, 41);
	raw_expect_close(&r, 1009, "max_message");
	raw_shut(&r);
}
END_TEST

START_TEST(an_oversize_message_is_refused_by_its_header_alone)
{
	struct raw r;

	raw_ws(&r, d.port, "/small");
	raw_put(&r, "\x82\xff\0\0\0\1\0\0\0\0\1\2\3\4", 14);
	raw_expect_close(&r, 1009, "max_message");
	raw_shut(&r);
	daemon_log(&d, "closed", "1009", NULL);
}
END_TEST

START_TEST(max_fragments_pass_and_one_more_is_1009)
{
	struct raw r;

	raw_ws(&r, d.port, "/small");
	raw_frame(&r, 0x01, "a", 1);
	raw_frame(&r, 0x00, "b", 1);
	raw_frame(&r, 0x80, "c", 1);
	raw_expect(&r, "abc");
	raw_frame(&r, 0x01, "a", 1);
	raw_frame(&r, 0x00, "b", 1);
	raw_frame(&r, 0x00, "c", 1);
	raw_frame(&r, 0x80, "d", 1);
	raw_expect_close(&r, 1009, "max_fragments");
	raw_shut(&r);
}
END_TEST

START_TEST(a_routes_connections_are_counted_and_given_back)
{
	struct raw a, b, c;
	char head[4096];

	raw_ws(&a, d.port, "/two");
	raw_ws(&b, d.port, "/two");
	raw_open(&c, d.port);
	raw_puts(&c,
	    "GET /two HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	ck_assert_int_eq(raw_head(&c, head, sizeof head), 503);
	ck_assert_ptr_nonnull(strstr(head, "Retry-After:"));
	char body[256] = "";
	raw_take(&c, body, strlen("Too many connections"));
	ck_assert_str_eq(body, "Too many connections");
	raw_shut(&c);

	raw_close(&a, 1000, "");
	raw_expect_close(&a, 1000, "");
	raw_expect_end(&a);
	raw_shut(&a);
	/* The place is free when the host has forgotten the connection. */
	daemon_await(&d, "cleat_connections{route=\"/two\"}", 1);
	raw_ws(&a, d.port, "/two");
	raw_shut(&a);
	raw_shut(&b);
	daemon_await(&d, "cleat_connections{route=\"/two\"}", 0);
}
END_TEST

START_TEST(a_full_route_can_refuse_with_a_close_frame)
{
	struct raw a, b;

	raw_ws(&a, d.port, "/two-politely");
	raw_ws(&b, d.port, "/two-politely");
	raw_expect_close(&b, 1013, "Too many connections");
	raw_shut(&a);
	raw_shut(&b);
	daemon_await(&d, "cleat_connections{route=\"/two-politely\"}", 0);
}
END_TEST

START_TEST(the_total_is_limited_over_all_routes)
{
	struct raw r[9];

	for (int i = 0; i < 8; i++)
		raw_ws(&r[i], d.port, i % 2 ? "/echo" : "/small");
	raw_open(&r[8], d.port);
	ck_assert_int_eq(raw_upgrade(&r[8], "/echo", NULL), 503);
	for (int i = 0; i < 9; i++)
		raw_shut(&r[i]);
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 0);
	daemon_await(&d, "cleat_connections{route=\"/small\"}", 0);
	raw_ws(&r[0], d.port, "/echo");
	raw_shut(&r[0]);
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 0);
}
END_TEST

START_TEST(a_request_that_never_ends_is_cut_off)
{
	struct raw r;
	uint8_t byte;

	raw_open(&r, d.port);
	raw_puts(&r, "GET /echo HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
	/* Activity does not help: each byte is followed by a look. */
	for (;;) {
		struct pollfd p = { .fd = r.fd, .events = POLLIN };
		raw_puts(&r, "a");
		if (poll(&p, 1, 20) == 1)
			break;
	}
	while (raw_take(&r, &byte, 1) == 1)
		;
	raw_shut(&r);
}
END_TEST

START_TEST(silence_ends_an_idle_connection)
{
	struct raw r;

	raw_ws(&r, d.port, "/idle");
	raw_text(&r, "not yet");
	raw_expect(&r, "not yet");
	raw_expect_close(&r, 1001, "idle");
	raw_shut(&r);
	daemon_log(&d, "closed", "/idle", "idle", NULL);
}
END_TEST

START_TEST(a_peer_that_answers_pings_stays)
{
	struct raw r;

	raw_ws(&r, d.port, "/pinged");
	/* Well beyond pong_within. */
	for (int i = 0; i < 20; i++) {
		struct raw_frame f = raw_next(&r);
		ck_assert_int_eq(f.opcode, 9);
		raw_frame(&r, 0x8a, f.data, f.len);
	}
	raw_text(&r, "still here");
	struct raw_frame f;
	while ((f = raw_next(&r)).opcode == 9)
		;
	ck_assert_str_eq((char *)f.data, "still here");
	raw_shut(&r);
}
END_TEST

START_TEST(a_peer_that_does_not_answer_pings_is_let_go)
{
	struct raw r;
	struct raw_frame f;

	raw_ws(&r, d.port, "/pinged");
	while ((f = raw_next(&r)).opcode == 9)
		;
	ck_assert_int_eq(f.opcode, 8);
	raw_shut(&r);
	daemon_log(&d, "closed", "/pinged", "no_pong", NULL);
}
END_TEST

START_TEST(a_lifetime_ends)
{
	struct raw r;

	raw_ws(&r, d.port, "/brief");
	raw_expect_close(&r, 1001, "lifetime");
	raw_shut(&r);
}
END_TEST

START_TEST(a_reader_that_takes_nothing_is_let_go)
{
	enum { SIZE = 32 << 20 };
	struct raw r;
	uint8_t *big = calloc(1, SIZE);

	ck_assert_ptr_nonnull(big);
	raw_ws(&r, d.port, "/stuck");
	raw_frame(&r, 0x82, big, SIZE);
	/* Not one byte is read until the host has given up. */
	daemon_log(&d, "closed", "/stuck", "write_timeout", NULL);
	raw_shut(&r);
	free(big);
}
END_TEST

START_TEST(a_close_that_is_not_answered_ends_all_the_same)
{
	struct raw r;

	raw_ws(&r, d.port, "/unanswered");
	raw_expect_close(&r, 1001, "lifetime");
	raw_expect_end(&r);
	raw_shut(&r);
}
END_TEST

START_TEST(a_fast_sender_leaves_turns_to_others)
{
	enum { MANY = 20000 };
	uint8_t *all = malloc(MANY * 16);
	struct raw fast, slow;
	size_t n = 0;

	ck_assert_ptr_nonnull(all);
	for (int i = 0; i < MANY; i++)
		n += raw_build(all + n, 0x81, "x", 1);
	raw_ws(&fast, d.port, "/turns");
	raw_ws(&slow, d.port, "/turns");
	raw_put(&fast, all, n);
	raw_text(&slow, "and me");
	raw_expect(&slow, "and me");
	for (int i = 0; i < MANY; i++)
		raw_expect(&fast, "x");
	raw_shut(&fast);
	raw_shut(&slow);
	free(all);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("limits");
	TCase *c = suite_case(s, "reached and just not");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(
	    c, a_message_of_max_message_passes_and_one_byte_more_is_1009);
	tcase_add_test(c, an_oversize_message_is_refused_by_its_header_alone);
	tcase_add_test(c, max_fragments_pass_and_one_more_is_1009);
	tcase_add_test(c, a_routes_connections_are_counted_and_given_back);
	tcase_add_test(c, a_full_route_can_refuse_with_a_close_frame);
	tcase_add_test(c, the_total_is_limited_over_all_routes);
	tcase_add_test(c, a_request_that_never_ends_is_cut_off);
	tcase_add_test(c, silence_ends_an_idle_connection);
	tcase_add_test(c, a_peer_that_answers_pings_stays);
	tcase_add_test(c, a_peer_that_does_not_answer_pings_is_let_go);
	tcase_add_test(c, a_lifetime_ends);
	tcase_add_test(c, a_reader_that_takes_nothing_is_let_go);
	tcase_add_test(c, a_close_that_is_not_answered_ends_all_the_same);
	tcase_add_test(c, a_fast_sender_leaves_turns_to_others);
	return suite_run(s);
}
