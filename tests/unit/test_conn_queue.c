/* SPDX-License-Identifier: MIT
 *
 * test_conn_queue.c - limits, marks and policies of the send queue: each
 * reached, and one just below.
 */
#include "config.h"

#include <sys/socket.h>
#include <stdlib.h>
#include <string.h>

#include "net_rig.h"
#include "../suite.h"

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig);
}

static void
tear_down(void)
{
	rig_fini(&rig);
}

static void
send_until_busy(struct player *p)
{
	enum conn_sent rc;

	while ((rc = conn_send(&p->conn, WS_OP_TEXT, "x", 1)) == CONN_SENT)
		continue;
	ck_assert_int_eq(rc, CONN_BUSY);
}

/* A connection whose socket is full: nothing that is sent now can leave. */
static struct player *
open_full(void)
{
	static const uint8_t much[1 << 19];
	uint64_t bytes = rig.rules.queue_bytes;
	struct player *p;

	rig.rules.queue_bytes = 1 << 30;
	p = rig_open(&rig, NULL, 0);
	ck_assert_int_eq(
	    conn_send(&p->conn, WS_OP_BINARY, much, sizeof much), CONN_SENT);
	ck_assert_uint_gt(conn_queued(&p->conn), 0);
	ck_assert_uint_eq(p->conn.out.messages, 1);
	rig.rules.queue_bytes = bytes + conn_queued(&p->conn);
	return p;
}

static bool
is_low(const struct player *p)
{
	const struct rules *r = &rig.rules;

	return p->conn.out.messages <= r->queue_messages / 4 &&
	       p->conn.out.bytes <= r->queue_bytes / 4;
}

START_TEST(beyond_queue_messages_the_slow_consumer_is_closed_with_1013)
{
	struct player *p = open_full();

	for (int i = 1; i < 256; i++)
		ck_assert_int_ge(conn_send(&p->conn, WS_OP_TEXT, "x", 1), 0);
	ck_assert(conn_is_open(&p->conn));
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_GONE);
	ck_assert(!conn_is_open(&p->conn));
	rig_round(&rig);
	ck_assert_int_eq(p->end.cause, WS_V_SLOW_CONSUMER);
	ck_assert_int_eq(p->end.code, 1013);
}
END_TEST

START_TEST(beyond_queue_messages_a_message_is_dropped_if_the_policy_says_so)
{
	struct player *p = open_full();

	rig.rules.queue_policy = QUEUE_DROP;
	for (int i = 1; i < 256; i++)
		ck_assert_int_ge(conn_send(&p->conn, WS_OP_TEXT, "x", 1), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
		    conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_DROPPED);
	ck_assert_uint_eq(rig.tally.dropped, 3);
	ck_assert_uint_eq(p->conn.out.messages, 256);
	player_drain(p);
	ck_assert_int_eq(p->n_drained, 1);
	ck_assert(conn_is_open(&p->conn));
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
}
END_TEST

START_TEST(the_queue_takes_queue_bytes_and_not_one_more)
{
	struct player *p = open_full();
	uint8_t data[1000] = { 0 };
	size_t room;

	rig.rules.queue_policy = QUEUE_DROP;
	rig.rules.queue_bytes = p->conn.out.bytes + 2000;
	room = 2000 - 4 - sizeof data - 4;
	ck_assert_int_ge(
	    conn_send(&p->conn, WS_OP_BINARY, data, sizeof data), 0);
	ck_assert_int_eq(
	    conn_send(&p->conn, WS_OP_BINARY, data, room + 1), CONN_DROPPED);
	ck_assert_int_ge(conn_send(&p->conn, WS_OP_BINARY, data, room), 0);
	ck_assert_uint_eq(p->conn.out.bytes, rig.rules.queue_bytes);
}
END_TEST

START_TEST(a_later_part_is_never_dropped_but_closes)
{
	struct player *p = open_full();

	rig.rules.queue_policy = QUEUE_DROP;
	ck_assert_int_ge(
	    conn_send_part(&p->conn, WS_OP_TEXT, "a", 1, true, false), 0);
	rig.rules.queue_messages = 2;
	ck_assert_int_eq(
	    conn_send_part(&p->conn, WS_OP_TEXT, "b", 1, false, false),
	    CONN_GONE);
	rig_round(&rig);
	ck_assert_int_eq(p->end.cause, WS_V_SLOW_CONSUMER);
}
END_TEST

START_TEST(busy_begins_above_the_high_mark)
{
	struct player *p = open_full();

	for (int i = 1; i < 192; i++)
		ck_assert_int_eq(
		    conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	ck_assert_uint_eq(p->conn.out.messages, 192); /* 75 % of 256 */
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_BUSY);
	ck_assert_uint_eq(rig.tally.busy, 1);
}
END_TEST

START_TEST(drained_comes_once_at_the_low_mark_and_only_after_busy)
{
	struct player *p = open_full();

	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	player_drain(p);
	ck_assert_int_eq(p->n_drained, 0);
	rig.send_room = 4608;
	p = open_full();
	send_until_busy(p);
	ck_assert_int_eq(p->n_drained, 0);
	while (p->n_drained == 0) {
		ck_assert(!is_low(p));
		player_listen(p);
		rig_round(&rig);
	}
	ck_assert(is_low(p));
	player_drain(p);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	rig_round(&rig);
	ck_assert_int_eq(p->n_drained, 1);
}
END_TEST

START_TEST(who_has_closed_is_not_told_that_the_queue_has_drained)
{
	struct player *p = open_full();

	send_until_busy(p);
	conn_close(&p->conn, 1000, "", 0);
	player_drain(p);
	ck_assert_int_eq(p->n_drained, 0);
	ck_assert_int_eq(p->n_closed, 1);
}
END_TEST

START_TEST(a_full_queue_spares_its_connection_from_pong_within)
{
	struct player *p;

	rig.rules.pong_within_ms = 20000;
	p = open_full();
	send_until_busy(p);
	rig_advance(&rig, 100000);
	rig_round(&rig);
	ck_assert_int_eq(p->n_closed, 0);
	player_drain(p);
	rig_advance(&rig, 19999);
	rig_round(&rig);
	ck_assert_int_eq(p->n_closed, 0);
	rig_advance(&rig, 1);
	rig_round(&rig);
	ck_assert_int_eq(p->end.cause, WS_V_NO_PONG);
}
END_TEST

START_TEST(an_empty_queue_takes_one_message_of_any_size)
{
	static const uint8_t data[600000];
	struct player *p = rig_open(&rig, NULL, 0);
	struct got g;

	rig.rules.queue_bytes = 1000;
	ck_assert_int_eq(
	    conn_send(&p->conn, WS_OP_BINARY, data, sizeof data), CONN_BUSY);
	player_drain(p);
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, sizeof data);
	ck_assert_int_eq(p->n_drained, 1);
}
END_TEST

START_TEST(input_waits_while_the_queue_is_high_and_goes_on_at_the_low_mark)
{
	struct player *p = open_full();
	int before;

	send_until_busy(p);
	rig_round(&rig);
	player_say_text(p, "hello");
	rig_rounds(&rig, 3);
	before = p->n_messages;
	player_drain(p);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(before, 0);
	ck_assert_int_eq(p->n_messages, 1);
}
END_TEST

START_TEST(control_frames_are_exempt_from_the_limits)
{
	struct player *p = open_full();
	uint32_t messages;

	rig.rules.queue_messages = 3;
	rig.rules.queue_high = 100;
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	messages = p->conn.out.messages;
	player_say(p, FRAME_FIN | WS_OP_PING, "p", 1);
	player_say(p, FRAME_FIN | WS_OP_PING, "q", 1);
	rig_round(&rig);
	ck_assert_uint_eq(p->conn.out.messages, messages);
	player_drain(p);
	player_hear(p, &(struct got){ 0 });
	player_expect(p, WS_OP_TEXT, "x");
	player_expect(p, WS_OP_TEXT, "x");
	player_expect(p, WS_OP_PONG, "p");
	player_expect(p, WS_OP_PONG, "q");
}
END_TEST

START_TEST(a_flood_of_pings_that_reads_nothing_is_not_read_either)
{
	struct player *p = rig_open(&rig, NULL, 0);
	uint8_t body[125] = { 0 }, frame[200];
	size_t n = masked(frame, FRAME_FIN | WS_OP_PING, body, sizeof body);

	rig.rules.queue_bytes = 10000;
	for (int i = 0; i < 20000; i++) {
		if (send(p->fd, frame, n, MSG_DONTWAIT) != (ssize_t)n)
			break;
		rig_round(&rig);
	}
	ck_assert_uint_lt(conn_queued(&p->conn), 10000);
	ck_assert_uint_lt(rig.tally.pings_in, 20000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_queue");
	TCase *tc = suite_case(s, "the send queue");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
	    tc, beyond_queue_messages_the_slow_consumer_is_closed_with_1013);
	tcase_add_test(tc,
	    beyond_queue_messages_a_message_is_dropped_if_the_policy_says_so);
	tcase_add_test(tc, the_queue_takes_queue_bytes_and_not_one_more);
	tcase_add_test(tc, a_later_part_is_never_dropped_but_closes);
	tcase_add_test(tc, busy_begins_above_the_high_mark);
	tcase_add_test(
	    tc, drained_comes_once_at_the_low_mark_and_only_after_busy);
	tcase_add_test(
	    tc, who_has_closed_is_not_told_that_the_queue_has_drained);
	tcase_add_test(tc, a_full_queue_spares_its_connection_from_pong_within);
	tcase_add_test(tc, an_empty_queue_takes_one_message_of_any_size);
	tcase_add_test(tc,
	    input_waits_while_the_queue_is_high_and_goes_on_at_the_low_mark);
	tcase_add_test(tc, control_frames_are_exempt_from_the_limits);
	tcase_add_test(
	    tc, a_flood_of_pings_that_reads_nothing_is_not_read_either);
	return suite_run_forked(s);
}
