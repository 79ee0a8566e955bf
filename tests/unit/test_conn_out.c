/* SPDX-License-Identifier: MIT
 *
 * test_conn_out.c - what goes out: in one send, in order, and not without
 * limits.
 */
#include "config.h"

#include <sys/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/payload.h"
#include "net_rig.h"

static struct rig rig;
static enum conn_sent last_sent;
static int n_sent, n_busy;

static void
set_up(void)
{
	rig_init(&rig);
	n_sent = n_busy = 0;
}

static void
tear_down(void)
{
	rig_fini(&rig);
}

static void
echo(struct player *p)
{
	ck_assert_int_ge(conn_send(&p->conn, p->type, p->message, p->len), 0);
}

/* Sends until something else than SENT comes back; counts what was taken. */
static void
send_until(struct player *p, enum conn_sent stop, const void *data, size_t n)
{
	do {
		last_sent = conn_send(&p->conn, WS_OP_BINARY, data, n);
		n_sent += last_sent >= 0;
		n_busy += last_sent == CONN_BUSY;
	} while (last_sent != stop && n_sent < 100000);
	ck_assert_int_eq(last_sent, stop);
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

/* The client reads and the worker writes until all has arrived. */
static void
drain(struct player *p)
{
	for (int i = 0; i < 10000 && conn_queued(&p->conn) > 0; i++) {
		player_listen(p);
		rig_round(&rig);
	}
	player_listen(p);
	ck_assert_uint_eq(conn_queued(&p->conn), 0);
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
	drain(p);
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
	drain(p);
	ck_assert_int_eq(p->n_drained, 0);
	rig.send_room = 4608;
	p = open_full();
	send_until(p, CONN_BUSY, "x", 1);
	ck_assert_int_eq(p->n_drained, 0);
	while (p->n_drained == 0) {
		ck_assert(!is_low(p));
		player_listen(p);
		rig_round(&rig);
	}
	ck_assert(is_low(p));
	drain(p);
	ck_assert_int_eq(p->n_drained, 1);
}
END_TEST

START_TEST(a_message_inside_one_that_leaves_in_parts_is_refused)
{
	struct player *p = rig_open(&rig, NULL, 0);
	struct payload *s = payload_new(WS_OP_TEXT, "s", 1);

	ck_assert_int_eq(
	    conn_send_part(&p->conn, WS_OP_TEXT, "a", 1, false, false),
	    CONN_ORDER);
	ck_assert_int_eq(
	    conn_send_part(&p->conn, WS_OP_TEXT, "a", 1, true, false),
	    CONN_SENT);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_ORDER);
	ck_assert_int_eq(conn_send_shared(&p->conn, s), CONN_ORDER);
	ck_assert_int_eq(
	    conn_send_part(&p->conn, WS_OP_TEXT, "a", 1, true, false),
	    CONN_ORDER);
	ck_assert_int_eq(
	    conn_send_part(&p->conn, WS_OP_TEXT, "b", 1, false, true),
	    CONN_SENT);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "c", 1), CONN_SENT);
	rig_round(&rig);
	player_expect(p, WS_OP_TEXT, "a");
	player_expect(p, WS_OP_CONTINUATION, "b");
	player_expect(p, WS_OP_TEXT, "c");
	payload_unref(&s);
}
END_TEST

START_TEST(all_answers_of_a_turn_leave_in_one_send)
{
	struct player *p;
	uint8_t frame[16 * 16], record[1024];
	size_t n = 0;

	rig.socket_type = SOCK_SEQPACKET;
	p = rig_open(&rig, NULL, 0);
	p->on_message = echo;
	for (int i = 0; i < 16; i++)
		n += masked(frame + n, FRAME_FIN | WS_OP_TEXT, "12345678", 8);
	player_write(p, frame, n);
	rig_round(&rig);
	ck_assert_int_eq(
	    recv(p->fd, record, sizeof record, MSG_DONTWAIT), 16 * 10);
	ck_assert_int_eq(recv(p->fd, record, sizeof record, MSG_DONTWAIT), -1);
}
END_TEST

START_TEST(all_that_others_send_in_a_round_leaves_in_one_send)
{
	struct player *p;
	uint8_t record[1024];

	rig.socket_type = SOCK_SEQPACKET;
	p = rig_open(&rig, NULL, 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(
		    conn_send(&p->conn, WS_OP_TEXT, "12345678", 8), CONN_SENT);
	ck_assert_int_eq(recv(p->fd, record, sizeof record, MSG_DONTWAIT), -1);
	rig_round(&rig);
	ck_assert_int_eq(
	    recv(p->fd, record, sizeof record, MSG_DONTWAIT), 5 * 10);
	ck_assert_int_eq(recv(p->fd, record, sizeof record, MSG_DONTWAIT), -1);
}
END_TEST

static void
send_a_thousand(struct player *p)
{
	for (int i = 0; i < 1000; i++) {
		char text[8];

		snprintf(text, sizeof text, "%d", i);
		ck_assert_int_eq(
		    conn_send(&p->conn, WS_OP_TEXT, text, strlen(text)),
		    CONN_SENT);
	}
}

static void
expect_a_thousand(struct player *p)
{
	for (int i = 0; i < 1000; i++) {
		char text[8];

		snprintf(text, sizeof text, "%d", i);
		player_expect(p, WS_OP_TEXT, text);
	}
	player_expect_nothing(p);
}

START_TEST(a_thousand_messages_of_one_callback_leave_a_writable_socket)
{
	struct player *p = rig_open(&rig, NULL, 0);

	rig.rules.queue_messages = 16;
	p->on_message = send_a_thousand;
	player_say_text(p, "go");
	rig_round(&rig);
	expect_a_thousand(p);
}
END_TEST

START_TEST(a_thousand_messages_from_elsewhere_leave_a_writable_socket)
{
	struct player *p = rig_open(&rig, NULL, 0);

	rig.rules.queue_messages = 16;
	send_a_thousand(p);
	rig_round(&rig);
	expect_a_thousand(p);
}
END_TEST

START_TEST(what_a_small_socket_takes_bit_by_bit_arrives_in_order)
{
	struct player *p;
	uint8_t data[3000];
	uint64_t want = 0;
	struct got g;

	rig.send_room = 4608;
	p = rig_open(&rig, NULL, 0);
	p->on_message = echo;
	memset(data, 'x', sizeof data);
	for (uint64_t i = 0; i < 400; i++) {
		size_t n = 8 + (size_t)i * 7 % (sizeof data - 8);

		memcpy(data, &i, sizeof i);
		player_say(p, FRAME_FIN | WS_OP_BINARY, data, n);
		rig_round(&rig);
		if (i % 3 == 0 && player_hear(p, &g)) {
			ck_assert_mem_eq(g.data, &want, sizeof want);
			ck_assert_uint_eq(g.len, 8 + want * 7 % 2992);
			want++;
		}
	}
	for (int i = 0; want < 400 && i < 10000; i++) {
		rig_round(&rig);
		while (player_hear(p, &g)) {
			ck_assert_mem_eq(g.data, &want, sizeof want);
			ck_assert_uint_eq(g.len, 8 + want * 7 % 2992);
			want++;
		}
	}
	ck_assert_uint_eq(want, 400);
	ck_assert_uint_eq(p->conn.out.messages, 0);
}
END_TEST

static void
echo_twice(struct player *p)
{
	ck_assert_int_eq(
	    conn_send(&p->conn, WS_OP_TEXT, "before", 6), CONN_SENT);
	echo(p);
	ck_assert_int_ge(conn_send(&p->conn, WS_OP_TEXT, "after", 5), 0);
}

START_TEST(a_large_message_leaves_between_its_small_neighbours)
{
	enum { SIZE = 100000 };
	uint8_t *data = malloc(SIZE), *frame = malloc(SIZE + 14);
	struct player *p;
	struct got g;
	size_t n;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i % 251);
	rig.send_room = _i ? 4608 : 0;
	p = rig_open(&rig, NULL, 0);
	p->on_message = echo_twice;
	n = masked(frame, FRAME_FIN | WS_OP_BINARY, data, SIZE);
	for (size_t i = 0; i < n; i += 10000) {
		player_write(p, frame + i, n - i < 10000 ? n - i : 10000);
		rig_round(&rig);
	}
	drain(p);
	player_expect(p, WS_OP_TEXT, "before");
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, SIZE);
	ck_assert_mem_eq(g.data, data, SIZE);
	player_expect(p, WS_OP_TEXT, "after");
	free(data);
	free(frame);
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
	drain(p);
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, sizeof data);
	ck_assert_int_eq(p->n_drained, 1);
}
END_TEST

START_TEST(a_shared_frame_reaches_all_and_is_freed_by_the_last)
{
	enum { N = 3, SIZE = 50000 };
	static uint8_t data[SIZE];
	struct player *p[N];
	struct payload *s = payload_new(WS_OP_BINARY, data, SIZE);
	struct got g;

	rig.send_room = 4608;
	for (int i = 0; i < N; i++) {
		p[i] = rig_open(&rig, NULL, 0);
		ck_assert_int_eq(conn_send_shared(&p[i]->conn, s), CONN_SENT);
	}
	ck_assert_uint_eq(s->refs, 1 + N);
	for (int i = 0; i < N; i++) {
		drain(p[i]);
		ck_assert(player_hear(p[i], &g));
		ck_assert_uint_eq(g.len, SIZE);
	}
	ck_assert_uint_eq(s->refs, 1);
	payload_unref(&s);
}
END_TEST

START_TEST(input_waits_while_the_queue_is_high_and_goes_on_at_the_low_mark)
{
	struct player *p = open_full();
	int before;

	send_until(p, CONN_BUSY, "x", 1);
	rig_round(&rig);
	player_say_text(p, "hello");
	rig_rounds(&rig, 3);
	before = p->n_messages;
	drain(p);
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
	drain(p);
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

START_TEST(the_close_frame_is_still_read_when_writing_has_failed)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say_close(p, 1001);
	player_hang_up(p);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	conn_pause(&p->conn, true); /* so that the write is first */
	conn_pause(&p->conn, false);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.code, 1001);
	ck_assert(p->end.by_peer);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_out");
	TCase *tc = tcase_create("output");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
	    tc, beyond_queue_messages_the_slow_consumer_is_closed_with_1013);
	tcase_add_test(tc,
	    beyond_queue_messages_a_message_is_dropped_if_the_policy_says_so);
	tcase_add_test(tc, the_queue_takes_queue_bytes_and_not_one_more);
	tcase_add_test(tc, a_later_part_is_never_dropped_but_closes);
	tcase_add_test(
	    tc, a_message_inside_one_that_leaves_in_parts_is_refused);
	tcase_add_test(tc, busy_begins_above_the_high_mark);
	tcase_add_test(
	    tc, drained_comes_once_at_the_low_mark_and_only_after_busy);
	tcase_add_test(tc,
	    input_waits_while_the_queue_is_high_and_goes_on_at_the_low_mark);
	tcase_add_test(
	    tc, a_flood_of_pings_that_reads_nothing_is_not_read_either);
	tcase_add_test(tc, control_frames_are_exempt_from_the_limits);
	tcase_add_test(tc, all_answers_of_a_turn_leave_in_one_send);
	tcase_add_test(tc, all_that_others_send_in_a_round_leaves_in_one_send);
	tcase_add_test(
	    tc, a_thousand_messages_of_one_callback_leave_a_writable_socket);
	tcase_add_test(
	    tc, a_thousand_messages_from_elsewhere_leave_a_writable_socket);
	tcase_add_test(
	    tc, what_a_small_socket_takes_bit_by_bit_arrives_in_order);
	tcase_add_loop_test(
	    tc, a_large_message_leaves_between_its_small_neighbours, 0, 2);
	tcase_add_test(tc, an_empty_queue_takes_one_message_of_any_size);
	tcase_add_test(tc, a_shared_frame_reaches_all_and_is_freed_by_the_last);
	tcase_add_test(
	    tc, the_close_frame_is_still_read_when_writing_has_failed);
	suite_add_tcase(s, tc);
	return rig_run(s);
}
