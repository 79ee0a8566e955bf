/* SPDX-License-Identifier: MIT
 *
 * test_conn_in.c - what comes in: whole, cut, too much, at the wrong time.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_rig.h"
#include "../suite.h"

static struct rig rig;

static void
echo(struct player *p)
{
	ck_assert_int_ge(conn_send(&p->conn, p->type, p->message, p->len), 0);
}

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

START_TEST(a_message_of_max_message_passes_and_one_byte_more_is_1009)
{
	struct player *p;
	uint8_t data[101] = { 0 };

	rig.rules.max_message = 100;
	p = rig_open(&rig, NULL, 0);
	player_say(p, FRAME_FIN | WS_OP_BINARY, data, 100);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_uint_eq(p->len, 100);
	player_say(p, FRAME_FIN | WS_OP_BINARY, data, 101);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.code, 1009);
	ck_assert_int_eq(p->end.cause, WS_V_TOO_BIG);
	player_expect_close(p, 1009, "message exceeds max_message");
}
END_TEST

START_TEST(a_message_of_max_fragments_passes_and_one_more_is_1009)
{
	struct player *p;

	rig.rules.max_fragments = 3;
	p = rig_open(&rig, NULL, 0);
	player_say(p, WS_OP_TEXT, "a", 1);
	player_say(p, WS_OP_CONTINUATION, "b", 1);
	player_say(p, FRAME_FIN | WS_OP_CONTINUATION, "c", 1);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_str_eq((char *)p->message, "abc");
	ck_assert_int_eq(p->type, WS_OP_TEXT);
	player_say(p, WS_OP_TEXT, "a", 1);
	for (int i = 0; i < 3; i++)
		player_say(p, WS_OP_CONTINUATION, "b", 1);
	rig_round(&rig);
	ck_assert_int_eq(p->end.cause, WS_V_FRAGMENTS);
}
END_TEST

START_TEST(every_frame_of_an_early_block_of_120_kb_is_delivered)
{
	enum { FRAMES = 4500, EACH = 20 };
	uint8_t *early = malloc(FRAMES * (EACH + FRAME_CLIENT_MAX));
	size_t n = 0;
	struct player *p;
	struct got g;

	for (int i = 0; i < FRAMES; i++) {
		char text[EACH + 1];

		snprintf(text, sizeof text, "%020d", i);
		n += masked(early + n, FRAME_FIN | WS_OP_TEXT, text, EACH);
	}
	ck_assert_uint_gt(n, 115000);
	p = rig_open(&rig, early, n);
	p->on_message = echo;
	ck_assert_int_eq(p->n_messages, 0); /* never inside a call */
	for (int i = 0; i < FRAMES; i++) {
		char text[EACH + 1];

		while (!player_hear(p, &g))
			rig_round(&rig);
		snprintf(text, sizeof text, "%020d", i);
		ck_assert_mem_eq(g.data, text, EACH);
	}
	ck_assert_int_eq(p->n_messages, FRAMES);
	ck_assert_ptr_null(p->conn.in);
	free(early);
}
END_TEST

START_TEST(bytes_may_come_one_by_one)
{
	struct player *p = rig_open(&rig, NULL, 0);
	uint8_t frame[300];
	char text[201];
	size_t n;

	memset(text, 'x', 200);
	text[200] = '\0';
	n = masked(frame, FRAME_FIN | WS_OP_TEXT, text, 200);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(p->n_messages, 0);
		player_write(p, frame + i, 1);
		rig_round(&rig);
	}
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_str_eq((char *)p->message, text);
	ck_assert_ptr_null(p->conn.in);
}
END_TEST

START_TEST(an_empty_message_in_two_empty_frames_is_delivered)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say(p, WS_OP_TEXT, "", 0);
	player_say(p, FRAME_FIN | WS_OP_CONTINUATION, "", 0);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_uint_eq(p->len, 0);
	ck_assert_ptr_null(p->conn.in);
}
END_TEST

START_TEST(a_connection_with_parts_gets_pieces_and_keeps_nothing)
{
	struct player *p;
	uint8_t frame[64];
	size_t n;

	rig.parts = true;
	p = rig_open(&rig, NULL, 0);
	n = masked(frame, FRAME_FIN | WS_OP_TEXT, "hello world", 11);
	player_write(p, frame, n - 6);
	rig_round(&rig);
	ck_assert_int_eq(p->n_parts, 1);
	ck_assert(p->first && !p->last);
	ck_assert_str_eq((char *)p->message, "hello");
	ck_assert_ptr_null(p->conn.in);
	player_write(p, frame + n - 6, 6);
	rig_round(&rig);
	ck_assert_int_eq(p->n_parts, 2);
	ck_assert(!p->first && p->last);
	ck_assert_str_eq((char *)p->message, " world");
	ck_assert_int_eq(p->n_messages, 0);
}
END_TEST

static void
say_many(struct player *p, int n)
{
	uint8_t frame[64];
	size_t len = masked(frame, FRAME_FIN | WS_OP_TEXT, "abcdefgh", 8);
	uint8_t *all = malloc(len * (size_t)n);

	for (int i = 0; i < n; i++)
		memcpy(all + len * (size_t)i, frame, len);
	player_write(p, all, len * (size_t)n);
	free(all);
}

START_TEST(a_turn_ends_after_turn_messages)
{
	struct player *p;

	rig.rules.turn_messages = 10;
	p = rig_open(&rig, NULL, 0);
	rig_round(&rig);
	say_many(p, 25);
	/* The round of the event, with the work that it leaves. */
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 20);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 25);
}
END_TEST

START_TEST(a_turn_ends_after_turn_bytes)
{
	struct player *p;

	rig.rules.turn_bytes = 28; /* two frames of 14 */
	p = rig_open(&rig, NULL, 0);
	say_many(p, 5);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 4);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 5);
}
END_TEST

START_TEST(a_turn_ends_after_500_microseconds)
{
	struct player *p = rig_open(&rig, NULL, 0);

	rig.spent_ns = 100000;
	say_many(p, 64);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 32);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 48);
	rig.spent_ns = 0;
}
END_TEST

START_TEST(a_turn_that_took_long_is_told)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say_text(p, "quick");
	rig_round(&rig);
	ck_assert_uint_eq(p->lingered_ms, 0);
	rig.spent_ns = 30 * 1000000;
	player_say_text(p, "slow");
	rig_round(&rig);
	ck_assert_uint_eq(p->lingered_ms, 30);
	rig.spent_ns = 0;
}
END_TEST

START_TEST(one_that_sends_much_does_not_starve_one_that_sends_little)
{
	struct player *much, *little;

	rig.rules.turn_messages = 8;
	much = rig_open(&rig, NULL, 0);
	little = rig_open(&rig, NULL, 0);
	say_many(much, 2000);
	rig_round(&rig);
	for (int i = 1; i <= 50; i++) {
		player_say_text(little, "me too");
		say_many(much, 1); /* an event, but no second turn */
		rig_round(&rig);
		ck_assert_int_eq(little->n_messages, i);
		ck_assert_int_eq(much->n_messages, 16 + 8 * i);
	}
}
END_TEST

static void
pause_now(struct player *p)
{
	conn_pause(&p->conn, true);
}

START_TEST(a_pause_holds_what_was_already_read)
{
	struct player *p = rig_open(&rig, NULL, 0);

	p->on_message = pause_now;
	say_many(p, 3);
	rig_rounds(&rig, 3);
	ck_assert_int_eq(p->n_messages, 1);
	conn_pause(&p->conn, false);
	ck_assert_int_eq(p->n_messages, 1); /* never inside a call */
	rig_rounds(&rig, 3);
	ck_assert_int_eq(p->n_messages, 2);
	p->on_message = NULL;
	conn_pause(&p->conn, false);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(p->n_messages, 3);
}
END_TEST

START_TEST(a_paused_connection_reads_nothing_from_its_socket)
{
	struct player *p = rig_open(&rig, NULL, 0);
	uint64_t before;

	conn_pause(&p->conn, true);
	rig_round(&rig);
	before = rig.tally.bytes_in;
	say_many(p, 100);
	rig_rounds(&rig, 3);
	ck_assert_uint_eq(rig.tally.bytes_in, before);
	conn_pause(&p->conn, false);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(p->n_messages, 100);
}
END_TEST

START_TEST(a_ping_is_answered_with_its_payload_between_fragments)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say(p, WS_OP_TEXT, "a", 1);
	player_say(p, FRAME_FIN | WS_OP_PING, "are you there", 13);
	player_say(p, FRAME_FIN | WS_OP_CONTINUATION, "b", 1);
	rig_round(&rig);
	player_expect(p, WS_OP_PONG, "are you there");
	ck_assert_str_eq((char *)p->message, "ab");
	ck_assert_uint_eq(rig.tally.pings_in, 1);
}
END_TEST

/* Each violation of the wire ends the connection with its own row. */
static const struct {
	enum ws_violation v;
	const char *bytes;
	size_t n;
} bad[] = {
	{ WS_V_RSV, "\xc1\x80\0\0\0\0", 6 },
	{ WS_V_OPCODE, "\x83\x80\0\0\0\0", 6 },
	{ WS_V_CONTROL_FRAGMENT, "\x09\x80\0\0\0\0", 6 },
	{ WS_V_CONTROL_LENGTH, "\x89\xfe\0\x7e\0\0\0\0", 8 },
	{ WS_V_UNMASKED, "\x81\x00", 2 },
	{ WS_V_LENGTH_FORM, "\x81\xfe\0\x05\0\0\0\0", 8 },
	{ WS_V_NO_START, "\x80\x80\0\0\0\0", 6 },
	{ WS_V_INTERLEAVED, "\x01\x80\0\0\0\0\x01\x80\0\0\0\0", 12 },
	{ WS_V_BAD_UTF8, "\x81\x81\0\0\0\0\xff", 7 },
	{ WS_V_CLOSE_SHORT, "\x88\x81\0\0\0\0\x03", 7 },
	{ WS_V_CLOSE_CODE, "\x88\x82\0\0\0\0\x03\xed", 8 },
};

START_TEST(a_violation_is_told_counted_and_ends_all_input)
{
	const struct ws_violation_row *row = ws_violation(bad[_i].v);
	struct player *p = rig_open(&rig, NULL, 0);

	player_write(p, bad[_i].bytes, bad[_i].n);
	player_say_text(p, "too late");
	rig_round(&rig);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.cause, bad[_i].v);
	ck_assert_int_eq(p->end.code, row->code);
	ck_assert(!p->end.by_peer);
	ck_assert_uint_eq(rig.tally.causes[bad[_i].v], 1);
	ck_assert_int_eq(p->n_messages, 0);
	player_expect_close(p, row->code, row->reason);
	ck_assert(p->eof);
	player_say_text(p, "still too late");
	rig_round(&rig);
	ck_assert_int_eq(rig.n_released, 0);
	player_hang_up(p);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(rig.n_released, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_in");
	TCase *tc = suite_case(s, "input");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
	    tc, a_message_of_max_message_passes_and_one_byte_more_is_1009);
	tcase_add_test(
	    tc, a_message_of_max_fragments_passes_and_one_more_is_1009);
	tcase_add_loop_test(tc, a_violation_is_told_counted_and_ends_all_input,
	    0, sizeof bad / sizeof bad[0]);
	tcase_add_test(
	    tc, every_frame_of_an_early_block_of_120_kb_is_delivered);
	tcase_add_test(tc, bytes_may_come_one_by_one);
	tcase_add_test(tc, an_empty_message_in_two_empty_frames_is_delivered);
	tcase_add_test(
	    tc, a_connection_with_parts_gets_pieces_and_keeps_nothing);
	tcase_add_test(tc, a_turn_ends_after_turn_messages);
	tcase_add_test(tc, a_turn_ends_after_turn_bytes);
	tcase_add_test(tc, a_turn_ends_after_500_microseconds);
	tcase_add_test(tc, a_turn_that_took_long_is_told);
	tcase_add_test(
	    tc, one_that_sends_much_does_not_starve_one_that_sends_little);
	tcase_add_test(tc, a_pause_holds_what_was_already_read);
	tcase_add_test(tc, a_paused_connection_reads_nothing_from_its_socket);
	tcase_add_test(
	    tc, a_ping_is_answered_with_its_payload_between_fragments);
	return suite_run_forked(s);
}
