/* SPDX-License-Identifier: MIT
 *
 * test_deflate.c - what a compressor may and may not remember, and what many
 * hear.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/ceiling.h"
#include "net/conn_extra.h"
#include "net/deflate.h"
#include "net/payload.h"
#include "deflate_rig.h"
#include "../suite.h"

/* --- memory of what was said --------------------------------------------- */

START_TEST(who_remembers_needs_less_for_the_same_again)
{
	size_t first, again;
	struct player *p;

	rig.deflate = remembers;
	p = echo();
	say_packed(p, words(10));
	rig_round(&rig);
	first = expect_packed(p, words(10));
	say_packed(p, words(10));
	rig_round(&rig);
	again = expect_packed(p, words(10));
	ck_assert_uint_lt(again, first / 2);
}
END_TEST

/* Whatever stands between two messages of a connection, the second can be
 * understood. Each is another one: what is the same again would hide it. */
START_TEST(nothing_in_between_confuses_who_remembers)
{
	char many[400];
	struct payload *s;
	struct player *p;

	rig.deflate = remembers;
	p = echo();
	snprintf(many, sizeof many, "%.200s and more", words(7));
	s = payload_new(WS_OP_TEXT, many, strlen(many));
	ck_assert_ptr_nonnull(s);
	for (int i = 0; i < 20; i++) {
		say_packed(p, words(10 + i));
		say_packed(p, "small");
		say_packed(p, noise_of((size_t)(100 + i), 127));
		say_packed(p, words(50 - i));
		rig_round(&rig);
		expect_packed(p, words(10 + i));
		player_expect(p, WS_OP_TEXT, "small");
		player_expect(p, WS_OP_TEXT, noise_of((size_t)(100 + i), 127));
		expect_packed(p, words(50 - i));
		ck_assert_int_ge(
		    conn_publish(&p->conn, s, CONN_KEEP, false), CONN_SENT);
		rig_round(&rig);
		expect_packed(p, many);
	}
	payload_unref(&s);
}
END_TEST

/* What is large is packed without a past, and is the past of what follows. */
START_TEST(what_is_large_does_not_confuse_who_remembers)
{
	struct player *p;

	rig.deflate = remembers;
	p = echo();
	for (int i = 0; i < 3; i++) {
		say_packed(p, words(10));
		rig_round(&rig);
		expect_packed(p, words(10));
		say_packed(p, words(2500 + i));
		rig_rounds(&rig, 3);
		ck_assert_uint_gt(strlen(words(2500)), 64 * 1024);
		expect_packed(p, words(2500 + i));
		say_packed(p, words(12));
		rig_round(&rig);
		expect_packed(p, words(12));
	}
}
END_TEST

/* Sends lines until one is dropped; the client reads the others. */
static void
send_until_dropped(struct player *p, int from)
{
	char line[200];
	int sent = 0;

	for (;; sent++) {
		snprintf(line, sizeof line, "%d %.150s", from + sent, words(8));
		if (conn_send(&p->conn, WS_OP_TEXT, line, strlen(line)) < 0)
			break;
	}
	ck_assert_int_gt(sent, 0);
	player_drain(p);
	for (int i = 0; i < sent; i++) {
		snprintf(line, sizeof line, "%d %.150s", from + i, words(8));
		expect_packed(p, line);
	}
	player_expect_nothing(p);
}

START_TEST(what_was_dropped_is_not_referred_to)
{
	struct player *p;

	rig.deflate = remembers;
	rig.rules.queue_policy = QUEUE_DROP;
	rig.rules.queue_messages = 2;
	rig.send_room = 4096;
	p = rig_open(&rig, NULL, 0);
	for (int i = 0; i < 10; i++)
		send_until_dropped(p, 10000 * i);
}
END_TEST

/* --- what many hear ------------------------------------------------------ */

START_TEST(many_hear_the_same_bytes_and_each_can_read_them)
{
	const char *text = words(40);
	struct payload *s = payload_new(WS_OP_TEXT, text, strlen(text));
	struct player *p[12];
	struct got first, g;

	ck_assert_ptr_nonnull(s);
	for (int i = 0; i < 12; i++) {
		/* more sets of parameters than are kept at a time */
		rig.deflate.server_bits = (uint8_t)(15 - i / 2);
		rig.deflate.on = i < 10;
		p[i] = rig_open(&rig, NULL, 0);
	}
	rig.deflate.on = true;
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(
		    conn_publish(&p[i]->conn, s, CONN_KEEP, true), CONN_SENT);
	rig_round(&rig);
	for (int i = 0; i < 10; i++) {
		ck_assert(player_hear(p[i], &g));
		ck_assert(g.compressed);
		ck_assert_str_eq(restore(&g), text);
		if (i % 2 == 0)
			first = g;
		ck_assert_uint_eq(g.len, first.len);
		ck_assert_mem_eq(g.data, first.data, g.len);
	}
	player_expect(p[10], WS_OP_TEXT, text);
	player_expect(p[11], WS_OP_TEXT, text);
	payload_unref(&s);
	s = payload_new(WS_OP_TEXT, "short", 5);
	ck_assert_int_eq(conn_send_shared(&p[0]->conn, s), CONN_SENT);
	rig_round(&rig);
	player_expect(p[0], WS_OP_TEXT, "short");
	payload_unref(&s);
}
END_TEST

START_TEST(an_idle_connection_that_forgets_has_no_streams)
{
	struct player *p = echo();

	say_packed(p, words(100));
	rig_round(&rig);
	expect_packed(p, words(100));
	ck_assert_ptr_null(p->conn.in);
	ck_assert(sendq_empty(&p->conn.out));
	player_say(p, RSV1_TEXT, packed, 20); /* and ends in the middle */
	rig_round(&rig);
	conn_close(&p->conn, 1000, "", 0);
	rig_round(&rig);
	ck_assert_int_eq(p->n_closed, 1);
}
END_TEST

/* Every window that a client may ask for, in turns: none takes the place of
 * another, or who asks for rare ones has all compressed for each of them. */
START_TEST(no_window_pushes_another_out)
{
	enum { KINDS = DEFLATE_BITS_MAX - DEFLATE_BITS_MIN + 1 };
	struct payload *as[KINDS];
	struct player *p[KINDS];
	struct payload *s = payload_new(WS_OP_TEXT, words(50), 1000);

	ck_assert_ptr_nonnull(s);
	for (int i = 0; i < KINDS; i++) {
		rig.deflate.server_bits = (uint8_t)(DEFLATE_BITS_MIN + i);
		p[i] = rig_open(&rig, NULL, 0);
		as[i] = payload_ref(conn_pack_shared(&p[i]->conn, s));
		ck_assert_ptr_ne(as[i], s);
	}
	for (int i = 0; i < KINDS; i++) {
		ck_assert_ptr_eq(conn_pack_shared(&p[i]->conn, s), as[i]);
		payload_unref(&as[i]);
	}
	payload_unref(&s);
}
END_TEST

/* --- what becomes large -------------------------------------------------- */

enum { BOMB = 60000 };

static void
say_bombs(struct player *p, int n)
{
	static const uint8_t zeros[BOMB];

	while (n-- > 0)
		player_say(p, FRAME_FIN | FRAME_RSV1 | WS_OP_BINARY, packed,
		    squeeze(zeros, BOMB));
}

START_TEST(a_turn_ends_with_what_became_large)
{
	struct player *p = rig_open(&rig, NULL, 0);

	rig.rules.turn_bytes = 2 * BOMB;
	say_bombs(p, 10);
	rig_round(&rig); /* of two turns */
	ck_assert_int_le(p->n_messages, 4);
	rig_rounds(&rig, 5);
	ck_assert_int_eq(p->n_messages, 10);
}
END_TEST

START_TEST(what_became_large_counts_as_bytes)
{
	struct player *p;

	rig.rules.max_message = BOMB;
	rig.rules.max_fragments = 1;
	rig.rules.rate_burst_ms = 1000;
	rig.rules.byte_rate = 3 * BOMB + BOMB / 2;
	p = rig_open(&rig, NULL, 0);
	say_bombs(p, 10);
	rig_rounds(&rig, 10);
	ck_assert_int_eq(p->n_messages, 3);
	player_expect_close(p, 1008, "too many bytes in too short a time");
	ck_assert_int_eq(p->end.cause, WS_V_BYTE_RATE);
}
END_TEST

/* --- what it holds ------------------------------------------------------- */

enum { TALKERS = 20 };

static struct ceiling ceiling;
static struct player *talkers[TALKERS];

static void
talk(int from, int to)
{
	for (int i = from; i < to; i++) {
		say_packed(talkers[i], words(10 + i));
		rig_round(&rig);
		expect_packed(talkers[i], words(10 + i));
	}
}

static void
let_remember(void)
{
	rig.deflate = remembers;
	rig.deflate.client_takeover = false;
	ceiling_init(&ceiling, &rig.worker, 1);
	for (int i = 0; i < TALKERS; i++)
		talkers[i] = echo();
	/* Each says one thing at a time, so that the client can do with one
	 * decompressor that knows nothing. */
	rig.deflate.server_takeover = false;
}

static void
expect_nobody_closed(void)
{
	for (int i = 0; i < TALKERS; i++)
		ck_assert_int_eq(talkers[i]->n_closed, 0);
}

START_TEST(who_remembers_holds_what_streams_take)
{
	rig.deflate = remembers;
	ceiling_init(&ceiling, &rig.worker, 1);
	talkers[0] = echo();
	ck_assert_uint_eq(ceiling_held(&ceiling), 0);
	talk(0, 1);
	ck_assert_uint_ge(ceiling_held(&ceiling), 200 * 1024);
	ck_assert_uint_le(ceiling_held(&ceiling), 210 * 1024);
	player_hang_up(talkers[0]);
	rig_rounds(&rig, 3);
	ck_assert_uint_eq(ceiling_held(&ceiling), 0);
	ceiling_fini(&ceiling);
}
END_TEST

START_TEST(above_the_ceiling_the_past_is_forgotten_and_nobody_goes)
{
	uint64_t before;

	let_remember();
	talk(0, TALKERS);
	before = ceiling_held(&ceiling);
	ck_assert_uint_ge(before, TALKERS * 160 * 1024);
	ceiling_set(&ceiling, before / 2);
	rig_rounds(&rig, 5);
	ck_assert_uint_eq(ceiling_held(&ceiling), 0);
	expect_nobody_closed();
	talk(0, TALKERS);
	expect_nobody_closed();
	ceiling_fini(&ceiling);
}
END_TEST

START_TEST(near_the_ceiling_nobody_begins_to_remember)
{
	uint64_t before;

	let_remember();
	talk(0, TALKERS - 2);
	before = ceiling_held(&ceiling);
	/* There would be room for two more. */
	ceiling_set(&ceiling, before + before / 8);
	rig_round(&rig);
	talk(TALKERS - 2, TALKERS);
	ck_assert_uint_le(ceiling_held(&ceiling), before);
	expect_nobody_closed();
	ceiling_fini(&ceiling);
}
END_TEST

/* What a client remembers cannot be given back: who has most of it goes. */
START_TEST(streams_count_when_it_comes_to_who_has_to_go)
{
	struct player *quiet;

	rig.deflate = remembers;
	rig.deflate.server_takeover = false;
	ceiling_init(&ceiling, &rig.worker, 1);
	talkers[0] = echo();
	quiet = echo();
	talk(0, 1);
	ceiling_set(&ceiling, 1);
	rig_rounds(&rig, 5);
	player_expect_close(talkers[0], 1013,
	    "the server holds as much as it may, and most of it for this "
	    "connection");
	ck_assert_int_eq(quiet->n_closed, 0);
	ck_assert_uint_eq(ceiling_held(&ceiling), 0);
	ceiling_fini(&ceiling);
}
END_TEST

/* Not a byte of it is looked at. */
START_TEST(what_zlib_cannot_count_is_not_compressed)
{
	struct deflates all = { .held = 0 };
	struct deflate *d = deflate_new(&forgets, 1);
	struct deflate_bytes out;

	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(
	    deflate_pack(&all, d, "", ((size_t)1 << 30) + 1, &out), -E2BIG);
	deflate_free(&d);
	deflates_fini(&all);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("deflate");
	TCase *tc = suite_case(s, "permessage-deflate");

	tcase_add_checked_fixture(tc, deflate_rig_init, deflate_rig_fini);
	tcase_add_test(tc, who_remembers_needs_less_for_the_same_again);
	tcase_add_test(tc, nothing_in_between_confuses_who_remembers);
	tcase_add_test(tc, what_is_large_does_not_confuse_who_remembers);
	tcase_add_test(tc, what_was_dropped_is_not_referred_to);
	tcase_add_test(tc, many_hear_the_same_bytes_and_each_can_read_them);
	tcase_add_test(tc, an_idle_connection_that_forgets_has_no_streams);
	tcase_add_test(tc, no_window_pushes_another_out);
	tcase_add_test(tc, a_turn_ends_with_what_became_large);
	tcase_add_test(tc, what_became_large_counts_as_bytes);
	tcase_add_test(tc, who_remembers_holds_what_streams_take);
	tcase_add_test(
	    tc, above_the_ceiling_the_past_is_forgotten_and_nobody_goes);
	tcase_add_test(tc, near_the_ceiling_nobody_begins_to_remember);
	tcase_add_test(tc, streams_count_when_it_comes_to_who_has_to_go);
	tcase_add_test(tc, what_zlib_cannot_count_is_not_compressed);
	return suite_run_forked(s);
}
