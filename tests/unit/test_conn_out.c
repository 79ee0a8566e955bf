/* SPDX-License-Identifier: MIT
 *
 * test_conn_out.c - what goes out: in one send, in order, whole. What happens
 * when too much of it waits is in test_conn_queue.c.
 */
#include "config.h"

#include <sys/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/payload.h"
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
echo(struct player *p)
{
	ck_assert_int_ge(conn_send(&p->conn, p->type, p->message, p->len), 0);
}

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
		char text[16];

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
		char text[16];

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
	player_drain(p);
	player_expect(p, WS_OP_TEXT, "before");
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, SIZE);
	ck_assert_mem_eq(g.data, data, SIZE);
	player_expect(p, WS_OP_TEXT, "after");
	free(data);
	free(frame);
}
END_TEST

START_TEST(a_shared_frame_reaches_all_and_is_freed_by_the_last)
{
	enum { N = 3, SIZE = 50000 };
	static uint8_t data[SIZE];
	struct player *p[N];
	struct payload *s;
	struct got g;

	rig.send_room = 4608;
	for (int i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i % 253);
	s = payload_new(WS_OP_BINARY, data, SIZE);
	for (int i = 0; i < N; i++) {
		p[i] = rig_open(&rig, NULL, 0);
		ck_assert_int_eq(conn_send_shared(&p[i]->conn, s), CONN_SENT);
	}
	ck_assert_uint_eq(s->refs, 1 + N);
	for (int i = 0; i < N; i++) {
		player_drain(p[i]);
		ck_assert(player_hear(p[i], &g));
		ck_assert_uint_eq(g.len, SIZE);
		ck_assert_mem_eq(g.data, data, SIZE);
		player_expect_nothing(p[i]);
	}
	ck_assert_uint_eq(s->refs, 1);
	payload_unref(&s);
}
END_TEST

START_TEST(a_queue_refers_to_large_shared_frames_and_copies_small_ones)
{
	static const uint8_t data[2000];
	struct payload *large = payload_new(WS_OP_BINARY, data, sizeof data);
	struct payload *small = payload_new(WS_OP_TEXT, "small", 5);
	struct player *p = rig_open(&rig, NULL, 0);
	struct got g;

	ck_assert_int_eq(conn_send_shared(&p->conn, large), CONN_SENT);
	ck_assert_int_eq(conn_send_shared(&p->conn, small), CONN_SENT);
	ck_assert_uint_eq(large->refs, 2);
	ck_assert_uint_eq(small->refs, 1);
	rig_round(&rig);
	ck_assert_uint_eq(large->refs, 1);
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, sizeof data);
	player_expect(p, WS_OP_TEXT, "small");
	payload_unref(&large);
	payload_unref(&small);
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

static void
send_96_bytes_and_more(struct player *p)
{
	static const char text[94];

	ck_assert_int_eq(
	    conn_send(&p->conn, WS_OP_BINARY, text, sizeof text), CONN_SENT);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "1", 1), CONN_SENT);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "2", 1), CONN_SENT);
}

START_TEST(what_just_fits_the_high_mark_keeps_its_place)
{
	struct player *p = rig_open(&rig, NULL, 0);
	struct got g;

	rig.rules.queue_bytes = 100;
	rig.rules.queue_high = 100;
	p->on_message = send_96_bytes_and_more;
	player_say_text(p, "go");
	rig_round(&rig);
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, 94);
	player_expect(p, WS_OP_TEXT, "1");
	player_expect(p, WS_OP_TEXT, "2");
}
END_TEST

static void
send_thirty(struct player *p)
{
	for (int i = 0; i < 30; i++)
		ck_assert_int_eq(
		    conn_send(&p->conn, WS_OP_TEXT, "12", 2), CONN_SENT);
}

START_TEST(a_turn_collects_no_more_messages_than_may_be_queued)
{
	struct player *p;
	uint8_t record[1024];

	rig.socket_type = SOCK_SEQPACKET;
	rig.rules.queue_messages = 16;
	p = rig_open(&rig, NULL, 0);
	p->on_message = send_thirty;
	player_say_text(p, "go");
	rig_round(&rig);
	for (int left = 30; left > 0; left -= 12)
		ck_assert_int_eq(
		    recv(p->fd, record, sizeof record, MSG_DONTWAIT),
		    4 * (left < 12 ? left : 12));
}
END_TEST

START_TEST(a_peer_that_will_not_read_any_more_is_lost)
{
	struct player *p = rig_open(&rig, NULL, 0);

	ck_assert_int_eq(shutdown(p->fd, SHUT_RD), 0);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.code, 1006);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_out");
	TCase *tc = suite_case(s, "output");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
	    tc, a_message_inside_one_that_leaves_in_parts_is_refused);
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
	tcase_add_test(tc, a_shared_frame_reaches_all_and_is_freed_by_the_last);
	tcase_add_test(
	    tc, the_close_frame_is_still_read_when_writing_has_failed);
	tcase_add_test(
	    tc, a_queue_refers_to_large_shared_frames_and_copies_small_ones);
	tcase_add_test(tc, what_just_fits_the_high_mark_keeps_its_place);
	tcase_add_test(tc, a_turn_collects_no_more_messages_than_may_be_queued);
	tcase_add_test(tc, a_peer_that_will_not_read_any_more_is_lost);
	return suite_run_forked(s);
}
