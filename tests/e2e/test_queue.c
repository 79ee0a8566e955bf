/* SPDX-License-Identifier: MIT
 *
 * test_queue.c - peers that read too slowly: BUSY and on_drain, and the
 * bounds of the send queue, met exactly.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;

static void
start(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/filler.so", "filler.so");
	visit_start(&d, "", "",
	    ", { path = \"/bytes\"; handler = \"filler\";\n"
	    "  queue_bytes = \"256 KiB\"; queue_messages = 1000000;\n"
	    "  queue_policy = \"drop\"; },\n"
	    "{ path = \"/messages\"; handler = \"filler\";\n"
	    "  queue_bytes = \"64 MiB\"; queue_messages = 8;\n"
	    "  queue_policy = \"drop\"; },\n"
	    "{ path = \"/closing\"; handler = \"filler\";\n"
	    "  queue_bytes = \"256 KiB\"; }");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- slow readers -------------------------------------------------------- */

/* Reads on until a text comes; the number of messages before it. */
static unsigned
skip_to_text(struct raw *r, const char *text)
{
	struct raw_frame f;
	unsigned n = 0;

	while ((f = raw_next(r)).opcode == 2)
		n++;
	ck_assert_int_eq(f.opcode, 1);
	ck_assert_str_eq((char *)f.data, text);
	return n;
}

START_TEST(a_slow_reader_makes_busy_and_then_on_drain)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	raw_text(&r, "flood");
	while (visit_counted(&d, "cleat_sends_busy_total", visit_bases[_i]) < 1)
		continue;
	ck_assert(visit_counted(&d, "cleat_queue_bytes", visit_bases[_i]) >
		  512 * 1024);
	skip_to_text(&r, "flood=1 queued=1");
	raw_expect(&r, "drained");
	ck_assert(visit_counted(&d, "cleat_queue_bytes", visit_bases[_i]) == 0);
	raw_shut(&r);
}
END_TEST

/* Fills the queue with messages of SIZE bytes, waits until one is dropped,
 * then reads all of it: what the handler saw. */
enum { SIZE = 65536 };
static uint8_t bytes[SIZE];

static void
fill(const char *route, unsigned *waiting, size_t *queued)
{
	char metric[96];
	struct raw_frame f;
	struct raw r;
	unsigned n = 0;
	int refused;

	raw_ws(&r, d.port, route);
	raw_frame(&r, 0x82, bytes, SIZE);
	snprintf(metric, sizeof metric,
	    "cleat_dropped_total{route=\"%s\",reason=\"queue\"}", route);
	daemon_await(&d, metric, 1);
	while ((f = raw_next(&r)).opcode == 2)
		n++;
	ck_assert_int_eq(
	    sscanf((char *)f.data, "refused=%d waiting=%u queued=%zu", &refused,
		waiting, queued),
	    3);
	ck_assert_int_eq(refused, -1);
	ck_assert_uint_ge(n, *waiting);
	/* The connection has only lost a message. */
	raw_text(&r, "");
	raw_expect(&r, "");
	raw_shut(&r);
}

START_TEST(queue_bytes_may_wait_and_one_message_more_is_dropped)
{
	const size_t limit = 256 * 1024, frame = SIZE + 10;
	unsigned waiting;
	size_t queued;

	fill("/bytes", &waiting, &queued);
	ck_assert_uint_le(queued, limit);
	ck_assert_uint_gt(queued + frame, limit);
}
END_TEST

START_TEST(queue_messages_may_wait_and_one_more_is_dropped)
{
	unsigned waiting;
	size_t queued;

	fill("/messages", &waiting, &queued);
	ck_assert_uint_eq(waiting, 8);
	ck_assert_uint_gt(queued, 7 * SIZE);
}
END_TEST

START_TEST(a_full_queue_closes_with_1013)
{
	struct raw_frame f;
	struct raw r;

	raw_ws(&r, d.port, "/closing");
	raw_frame(&r, 0x82, bytes, SIZE);
	daemon_await(&d, "cleat_handler_filler_full{route=\"/closing\"}", 1);
	while ((f = raw_next(&r)).opcode == 2)
		continue;
	ck_assert_int_eq(f.opcode, 8);
	ck_assert_int_eq(f.code, 1013);
	ck_assert_ptr_nonnull(strstr(f.reason, "too slowly"));
	raw_close(&r, 1013, "");
	raw_shut(&r);
	daemon_log(&d, "on_close 1013", NULL);
	daemon_await(&d,
	    "cleat_closes_by_host_total{route=\"/closing\","
	    "reason=\"slow_consumer\"}",
	    1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("queue");
	TCase *c = suite_case(s, "of slow readers");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_loop_test(
	    c, a_slow_reader_makes_busy_and_then_on_drain, 0, VISIT_BASES);
	tcase_add_test(c, queue_bytes_may_wait_and_one_message_more_is_dropped);
	tcase_add_test(c, queue_messages_may_wait_and_one_more_is_dropped);
	tcase_add_test(c, a_full_queue_closes_with_1013);
	return suite_run(s);
}
