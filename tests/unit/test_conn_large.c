/* SPDX-License-Identifier: MIT
 *
 * test_conn_large.c - messages that come in several pieces: where they are put
 * together, and who else has a turn meanwhile.
 */
#include "config.h"

#include <sys/socket.h>
#include <stdlib.h>
#include <string.h>

#include "net/inbuf.h"
#include "net/worker_struct.h"
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

/* Writes what fits and lets the worker read, until all is through. */
static void
pump(struct player *p, const uint8_t *data, size_t n, size_t step)
{
	while (n > 0) {
		size_t some = n < step ? n : step;

		player_write(p, data, some);
		rig_round(&rig);
		data += some;
		n -= some;
	}
}

START_TEST(a_large_message_is_put_together_as_it_arrives)
{
	enum { SIZE = 300000 };
	struct player *p = rig_open(&rig, NULL, 0);
	uint8_t *data = malloc(SIZE), *frame = malloc(SIZE + FRAME_CLIENT_MAX);
	size_t n;

	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	n = masked(frame, FRAME_FIN | WS_OP_BINARY, data, SIZE);
	pump(p, frame, n - 1, 10007);
	ck_assert_int_eq(p->n_messages, 0);
	pump(p, frame + n - 1, 1, 1);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_uint_eq(p->len, SIZE);
	ck_assert_mem_eq(p->message, data, SIZE);
	ck_assert_ptr_null(p->conn.in);
	free(data);
	free(frame);
}
END_TEST

/* More than a step of the worker, and less than a socket holds. */
enum { LARGE = 300000 };

static uint8_t large[LARGE], large_frame[LARGE + 64];

static struct player *
open_roomy(void)
{
	struct player *p = rig_open(&rig, NULL, 0);
	int room = 2 * LARGE;

	ck_assert_int_eq(
	    setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i * 7 + i / 251);
	return p;
}

static uint64_t held_meanwhile;

static void
look_what_is_held(struct player *p)
{
	held_meanwhile = p->rig->worker->held;
}

START_TEST(a_large_message_that_is_there_is_not_copied)
{
	struct player *p = open_roomy();
	size_t n = masked(large_frame, FRAME_FIN | WS_OP_BINARY, large, LARGE);

	n += masked(large_frame + n, FRAME_FIN | WS_OP_TEXT, "behind", 6);
	p->on_message = look_what_is_held;
	player_write(p, large_frame, n - 3);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_uint_le(held_meanwhile, sizeof(struct inbuf));
	ck_assert_uint_eq(p->len, LARGE);
	ck_assert_mem_eq(p->message, large, LARGE);
	player_write(p, large_frame + n - 3, 3);
	rig_round(&rig);
	ck_assert_str_eq((char *)p->message, "behind");
	ck_assert_uint_eq(rig.worker->held, 0);
}
END_TEST

START_TEST(a_fragment_behind_a_large_one_is_put_to_it)
{
	struct player *p = open_roomy();
	size_t n = masked(large_frame, WS_OP_BINARY, large, LARGE);

	n += masked(large_frame + n, FRAME_FIN | WS_OP_PING, "", 0);
	n += masked(
	    large_frame + n, FRAME_FIN | WS_OP_CONTINUATION, "behind", 6);
	player_write(p, large_frame, n);
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_uint_eq(p->len, LARGE + 6);
	ck_assert_mem_eq(p->message, large, LARGE);
	ck_assert_mem_eq(p->message + LARGE, "behind", 6);
	ck_assert_uint_eq(rig.worker->held, 0);
}
END_TEST

START_TEST(a_large_message_waits_for_its_fragments_in_memory_of_its_own)
{
	struct player *p = open_roomy(), *other = open_roomy();
	size_t n = masked(large_frame, WS_OP_BINARY, large, LARGE);

	player_write(p, large_frame, n);
	rig_round(&rig);
	ck_assert_uint_ge(rig.worker->held, LARGE);
	/* This would overwrite it. */
	memset(large, 0, LARGE);
	player_say(other, FRAME_FIN | WS_OP_BINARY, large, LARGE);
	rig_round(&rig);
	player_say(p, FRAME_FIN | WS_OP_CONTINUATION, "behind", 6);
	rig_round(&rig);
	ck_assert_uint_eq(p->len, LARGE + 6);
	for (size_t i = 0; i < LARGE; i++)
		ck_assert_uint_eq(p->message[i], (uint8_t)(i * 7 + i / 251));
}
END_TEST

START_TEST(impossible_text_deep_in_a_large_message_is_1007)
{
	enum { SIZE = 200000 };
	struct player *p = rig_open(&rig, NULL, 0);
	uint8_t *data = malloc(SIZE), *frame = malloc(SIZE + FRAME_CLIENT_MAX);

	memset(data, 'a', SIZE);
	data[90000] = 0xff;
	masked(frame, FRAME_FIN | WS_OP_TEXT, data, SIZE);
	pump(p, frame, 80000, 10000);
	ck_assert_int_eq(p->n_closed, 0);
	pump(p, frame + 80000, 20000, 10000);
	ck_assert_int_eq(p->end.cause, WS_V_BAD_UTF8);
	ck_assert_int_eq(p->n_messages, 0);
	player_expect_close(p, 1007, "text is not valid UTF-8");
	free(data);
	free(frame);
}
END_TEST

START_TEST(a_large_message_in_parts_is_never_put_together)
{
	enum { SIZE = 100000 };
	uint8_t *data = calloc(1, SIZE), *frame = malloc(SIZE + 14);
	struct player *p;
	size_t n = masked(frame, FRAME_FIN | WS_OP_BINARY, data, SIZE);

	rig.parts = true;
	p = rig_open(&rig, NULL, 0);
	for (size_t at = 0; at < n; at += 10000) {
		player_write(p, frame + at, n - at < 10000 ? n - at : 10000);
		rig_round(&rig);
		ck_assert_ptr_null(p->conn.in);
	}
	ck_assert_int_eq(p->n_parts, 11);
	ck_assert_uint_eq(p->total, SIZE);
	ck_assert(p->last);
	free(data);
	free(frame);
}
END_TEST

static struct player *the_large;
static int large_was_first;

static void
look_who_was_first(struct player *p)
{
	(void)p;
	large_was_first = the_large->n_messages;
}

/* A turn ends in the middle of a message, too. */
START_TEST(a_large_message_does_not_exceed_turn_bytes)
{
	struct player *little;

	rig.rules.turn_bytes = _i ? 1 << 20 : 1024;
	the_large = open_roomy();
	little = rig_open(&rig, NULL, 0);
	little->on_message = look_who_was_first;
	player_say(the_large, FRAME_FIN | WS_OP_BINARY, large, LARGE);
	player_say_text(little, "me too");
	rig_round(&rig);
	ck_assert_int_eq(little->n_messages, 1);
	ck_assert_int_eq(the_large->n_messages, 1);
	ck_assert_int_eq(large_was_first, _i);
	ck_assert_mem_eq(the_large->message, large, LARGE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_large");
	TCase *tc = suite_case(s, "large");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, impossible_text_deep_in_a_large_message_is_1007);
	tcase_add_loop_test(
	    tc, a_large_message_does_not_exceed_turn_bytes, 0, 2);
	tcase_add_test(tc, a_large_message_is_put_together_as_it_arrives);
	tcase_add_test(tc, a_large_message_that_is_there_is_not_copied);
	tcase_add_test(tc, a_fragment_behind_a_large_one_is_put_to_it);
	tcase_add_test(
	    tc, a_large_message_waits_for_its_fragments_in_memory_of_its_own);
	tcase_add_test(tc, a_large_message_in_parts_is_never_put_together);
	return suite_run_forked(s);
}
