/* SPDX-License-Identifier: MIT
 *
 * test_conn_rate.c - how much a peer may say in a second, and what happens to
 * one who says more.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "net_rig.h"
#include "../suite.h"

static struct rig rig;

static void
set_up(void)
{
	rig_init(&rig);
	rig.rules.rate_burst_ms = 1000;
}

static void
tear_down(void)
{
	rig_fini(&rig);
}

static void
refused(struct player *p, enum ws_violation v, const char *reason)
{
	rig_rounds(&rig, 2);
	player_expect_close(p, 1008, reason);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.cause, v);
	ck_assert_uint_eq(rig.tally.causes[v], 1);
}

static void
say(struct player *p, int n)
{
	for (int i = 0; i < n; i++)
		player_say_text(p, "x");
	rig_rounds(&rig, 2);
}

/* One message, in so many frames of so many bytes. */
static void
say_in(struct player *p, int frames, size_t each)
{
	static const uint8_t zeros[64];

	for (int i = 0; i < frames; i++)
		player_say(p,
		    (i == frames - 1 ? FRAME_FIN : 0) |
			(unsigned)(i == 0 ? WS_OP_BINARY : WS_OP_CONTINUATION),
		    zeros, each);
	rig_rounds(&rig, 2);
}

/* --- messages ------------------------------------------------------------ */

START_TEST(messages_come_at_a_rate)
{
	struct player *p;

	rig.rules.message_rate = 10;
	p = rig_open(&rig, NULL, 0);
	say(p, 10);
	ck_assert_int_eq(p->n_messages, 10);
	rig_advance(&rig, 500);
	say(p, 5);
	ck_assert_int_eq(p->n_messages, 15);
	ck_assert_int_eq(p->n_closed, 0);
	say(p, 1);
	ck_assert_int_eq(p->n_messages, 15);
	refused(p, WS_V_MESSAGE_RATE, "too many messages in too short a time");
}
END_TEST

/* All of it came in one segment: no more than is allowed is handed up. */
START_TEST(what_came_at_once_is_counted_one_by_one)
{
	struct player *p;

	rig.rules.message_rate = 3;
	p = rig_open(&rig, NULL, 0);
	say(p, 100);
	ck_assert_int_eq(p->n_messages, 3);
	refused(p, WS_V_MESSAGE_RATE, "too many messages in too short a time");
}
END_TEST

START_TEST(parts_of_a_message_are_one_message)
{
	struct player *p;

	rig.rules.message_rate = 2;
	rig.parts = true;
	p = rig_open(&rig, NULL, 0);
	say_in(p, 20, 5);
	say_in(p, 20, 5);
	ck_assert_int_eq(p->n_parts, 40);
	ck_assert_int_eq(p->n_closed, 0);
	say_in(p, 1, 5);
	ck_assert_int_eq(p->n_parts, 40);
	refused(p, WS_V_MESSAGE_RATE, "too many messages in too short a time");
}
END_TEST

START_TEST(a_large_message_is_a_message)
{
	enum { LARGE = 200000 };
	uint8_t *large = calloc(1, LARGE);
	struct player *p;

	ck_assert_ptr_nonnull(large);
	rig.rules.message_rate = 1;
	rig.rules.max_message = LARGE;
	rig.rules.fragment_rate = 1;
	rig.rules.max_fragments = 1;
	p = rig_open(&rig, NULL, 0);
	/* It comes in pieces, some of them straight into their place; they
	 * are no fragments. */
	player_say(p, FRAME_FIN | WS_OP_BINARY, large, LARGE);
	while (p->n_messages == 0 && p->n_closed == 0)
		rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	player_say(p, FRAME_FIN | WS_OP_BINARY, large, LARGE);
	while (p->n_closed == 0)
		rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_int_eq(p->end.cause, WS_V_MESSAGE_RATE);
	free(large);
}
END_TEST

/* --- bytes --------------------------------------------------------------- */

START_TEST(bytes_come_at_a_rate)
{
	uint8_t data[94] = { 0 }; /* 100 with its header */
	struct player *p;

	rig.rules.byte_rate = 1000;
	rig.rules.max_message = 94;
	rig.rules.max_fragments = 1;
	p = rig_open(&rig, NULL, 0);
	for (int i = 0; i < 10; i++) {
		player_say(p, FRAME_FIN | WS_OP_BINARY, data, sizeof data);
		rig_round(&rig);
	}
	ck_assert_int_eq(p->n_messages, 10);
	rig_advance(&rig, 100);
	player_say(p, FRAME_FIN | WS_OP_BINARY, data, sizeof data);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 11);
	player_write(p, "\x82", 1);
	refused(p, WS_V_BYTE_RATE, "too many bytes in too short a time");
}
END_TEST

START_TEST(one_message_of_max_message_passes_whatever_the_rate)
{
	enum { LARGE = 100000 };
	uint8_t *large = calloc(1, LARGE);
	struct player *p;

	ck_assert_ptr_nonnull(large);
	rig.rules.byte_rate = 1;
	rig.rules.fragment_rate = 1;
	rig.rules.max_message = LARGE;
	rig.rules.max_fragments = 8;
	p = rig_open(&rig, NULL, 0);
	player_say(p, FRAME_FIN | WS_OP_BINARY, large, LARGE);
	while (p->n_messages == 0 && p->n_closed == 0)
		rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	say_in(p, 8, 1);
	ck_assert_int_eq(p->n_messages, 2);
	ck_assert_int_eq(p->n_closed, 0);
	free(large);
}
END_TEST

START_TEST(bytes_that_came_early_count)
{
	uint8_t early[512];
	size_t n = 0;
	struct player *p;

	while (n < 300)
		n += masked(early + n, FRAME_FIN | WS_OP_TEXT, "abcd", 4);
	rig.rules.byte_rate = 200;
	rig.rules.max_message = 4;
	rig.rules.max_fragments = 1;
	p = rig_open(&rig, early, n);
	refused(p, WS_V_BYTE_RATE, "too many bytes in too short a time");
	ck_assert_int_eq(p->n_messages, 0);
}
END_TEST

/* --- control frames ------------------------------------------------------ */

START_TEST(pings_and_pongs_come_at_a_rate)
{
	struct player *p;

	rig.rules.control_rate = 4;
	p = rig_open(&rig, NULL, 0);
	player_say(p, FRAME_FIN | WS_OP_PING, "a", 1);
	player_say(p, FRAME_FIN | WS_OP_PONG, "", 0);
	player_say(p, FRAME_FIN | WS_OP_PING, "b", 1);
	player_say(p, FRAME_FIN | WS_OP_PONG, "", 0);
	rig_rounds(&rig, 2);
	player_expect(p, WS_OP_PONG, "a");
	player_expect(p, WS_OP_PONG, "b");
	/* Messages are no control frames. */
	say(p, 10);
	ck_assert_int_eq(p->n_messages, 10);
	player_say(p, FRAME_FIN | WS_OP_PING, "c", 1);
	refused(p, WS_V_CONTROL_RATE,
	    "too many pings and pongs in too short a time");
}
END_TEST

START_TEST(a_flood_of_pongs_ends_like_one_of_pings)
{
	struct player *p;

	rig.rules.control_rate = 4;
	p = rig_open(&rig, NULL, 0);
	for (int i = 0; i < 5; i++)
		player_say(p, FRAME_FIN | WS_OP_PONG, "", 0);
	refused(p, WS_V_CONTROL_RATE,
	    "too many pings and pongs in too short a time");
}
END_TEST

/* --- fragments ----------------------------------------------------------- */

/* Of one byte, of none, with pings between, handed up in parts or not: the
 * 64 that a message may have pass, and the 36 that the rate allows. */
START_TEST(fragments_come_at_a_rate)
{
	size_t each = _i & 1;
	struct player *p;

	rig.parts = _i & 2;
	rig.rules.fragment_rate = 100;
	rig.rules.max_fragments = 64;
	p = rig_open(&rig, NULL, 0);
	say_in(p, 64, each);
	ck_assert_int_eq(
	    rig.parts ? p->n_parts : p->n_messages, rig.parts && each ? 64 : 1);
	/* Whole messages are no fragments, nor does what was counted for the
	 * message before count again. */
	say(p, 200);
	ck_assert_int_eq(p->n_closed, 0);
	say_in(p, 36, each);
	ck_assert_int_eq(p->n_closed, 0);
	say(p, 1);
	player_say(p, WS_OP_BINARY, "", 0);
	player_say(p, FRAME_FIN | WS_OP_PONG, "", 0);
	player_say(p, FRAME_FIN | WS_OP_CONTINUATION, "x", 1);
	refused(
	    p, WS_V_FRAGMENT_RATE, "too many fragments in too short a time");
}
END_TEST

START_TEST(a_message_that_is_cut_is_counted_as_it_comes)
{
	struct player *p;

	rig.rules.fragment_rate = 10;
	rig.rules.max_fragments = 100;
	p = rig_open(&rig, NULL, 0);
	/* The bucket has room for one message of 100. */
	say_in(p, 90, 1);
	ck_assert_int_eq(p->n_messages, 1);
	player_say(p, WS_OP_BINARY, "x", 1);
	for (int i = 0; i < 9; i++)
		player_say(p, WS_OP_CONTINUATION, "x", 1);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(p->n_closed, 0);
	player_say(p, WS_OP_CONTINUATION, "x", 1);
	refused(
	    p, WS_V_FRAGMENT_RATE, "too many fragments in too short a time");
	ck_assert_int_eq(p->n_messages, 1);
}
END_TEST

/* --- the others ---------------------------------------------------------- */

START_TEST(who_is_not_measured_owns_nothing_for_it)
{
	struct player *p = rig_open(&rig, NULL, 0);

	ck_assert(!p->conn.rated && p->conn.straight);
	ck_assert_ptr_null(p->conn.extra);
	for (int i = 0; i < 100; i++)
		say(p, 100);
	ck_assert_int_eq(p->n_messages, 10000);
}
END_TEST

START_TEST(each_connection_has_its_own_buckets)
{
	struct player *a, *b;

	rig.rules.message_rate = 2;
	a = rig_open(&rig, NULL, 0);
	b = rig_open(&rig, NULL, 0);
	say(a, 2);
	say(b, 2);
	ck_assert_int_eq(a->n_messages, 2);
	ck_assert_int_eq(b->n_messages, 2);
	say(a, 1);
	refused(a, WS_V_MESSAGE_RATE, "too many messages in too short a time");
	ck_assert_int_eq(b->n_closed, 0);
	/* One that is lost gives back what it was measured with. */
	player_hang_up(b);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(b->n_closed, 1);
	ck_assert_int_eq(b->end.code, 1006);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_rate");
	TCase *c = suite_case(s, "conn_rate");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, messages_come_at_a_rate);
	tcase_add_test(c, what_came_at_once_is_counted_one_by_one);
	tcase_add_test(c, parts_of_a_message_are_one_message);
	tcase_add_test(c, a_large_message_is_a_message);
	tcase_add_test(c, bytes_come_at_a_rate);
	tcase_add_test(c, one_message_of_max_message_passes_whatever_the_rate);
	tcase_add_test(c, bytes_that_came_early_count);
	tcase_add_test(c, pings_and_pongs_come_at_a_rate);
	tcase_add_test(c, a_flood_of_pongs_ends_like_one_of_pings);
	tcase_add_loop_test(c, fragments_come_at_a_rate, 0, 4);
	tcase_add_test(c, a_message_that_is_cut_is_counted_as_it_comes);
	tcase_add_test(c, who_is_not_measured_owns_nothing_for_it);
	tcase_add_test(c, each_connection_has_its_own_buckets);
	return suite_run(s);
}
