/* SPDX-License-Identifier: MIT
 *
 * test_ceiling.c - what counts against max_memory, and who has to go.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "net/ceiling.h"
#include "net/payload.h"
#include "net_rig.h"
#include "../suite.h"

enum { KB = 1000, RIGS = 2 };

static struct rig rigs[RIGS]; /* a worker each */
static struct worker *workers[RIGS];
static struct ceiling ceiling;
static const uint8_t zeros[100 * KB];

static void
set_up(void)
{
	for (int i = 0; i < RIGS; i++) {
		rig_init(&rigs[i]);
		rigs[i].rules.max_message = 10000 * KB;
		rigs[i].rules.queue_bytes = 10000 * KB;
		rigs[i].rules.queue_messages = 10000;
		workers[i] = rigs[i].worker;
	}
	ceiling_init(&ceiling, workers, RIGS);
}

static void
tear_down(void)
{
	uint64_t left = payload_bytes();

	ceiling_fini(&ceiling);
	for (int i = 0; i < RIGS; i++)
		rig_fini(&rigs[i]);
	ck_assert_uint_eq(left, 0);
}

static void
rounds(int n)
{
	while (n-- > 0)
		for (int i = 0; i < RIGS; i++)
			rig_round(&rigs[i]);
}

/* Says so many KB of a message that does not end. */
static void
say(struct player *p, int kb, bool first)
{
	for (int i = 0; i < kb; i += 50) {
		player_say(p,
		    first && i == 0 ? WS_OP_BINARY : WS_OP_CONTINUATION, zeros,
		    50 * KB);
		rounds(2);
	}
}

START_TEST(input_queues_and_payloads_count_and_are_given_back)
{
	struct player *p = rig_open(&rigs[0], NULL, 0);
	struct payload *shared;
	uint64_t before;

	ck_assert_uint_eq(ceiling_held(&ceiling), 0);
	say(p, 100, true);
	ck_assert_uint_ge(ceiling_held(&ceiling), 100 * KB);
	player_say(p, FRAME_FIN | WS_OP_CONTINUATION, "", 0);
	rounds(2);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_uint_eq(ceiling_held(&ceiling), 0);

	while (conn_queued(&p->conn) < 200 * KB)
		conn_send(&p->conn, WS_OP_BINARY, zeros, 10 * KB);
	ck_assert_uint_ge(ceiling_held(&ceiling), conn_queued(&p->conn));
	before = ceiling_held(&ceiling);
	shared = payload_new(WS_OP_BINARY, zeros, 50 * KB);
	ck_assert_uint_ge(ceiling_held(&ceiling), before + 50 * KB);
	/* Once, however many share it. */
	before = ceiling_held(&ceiling);
	for (int i = 0; i < 10; i++)
		ck_assert_int_ge(conn_send_shared(&p->conn, shared), 0);
	ck_assert_uint_lt(ceiling_held(&ceiling), before + 5 * KB);
	payload_unref(&shared);
	player_hang_up(p);
	rounds(3);
	ck_assert_uint_eq(ceiling_held(&ceiling), 0);
}
END_TEST

/* On the other worker, which has less to do than the one that notices. */
START_TEST(the_greediest_of_all_has_to_go)
{
	struct player *a = rig_open(&rigs[0], NULL, 0);
	struct player *b = rig_open(&rigs[1], NULL, 0);
	struct player *c = rig_open(&rigs[0], NULL, 0);
	uint64_t max;

	/* Neither the first nor the last of its worker. */
	for (int i = 0; i < 8; i++)
		say(rig_open(&rigs[1], NULL, 0), 50, true);
	say(a, 200, true);
	say(b, 500, true);
	say(c, 200, true);
	max = ceiling_held(&ceiling) + 50 * KB;
	ceiling_set(&ceiling, max);
	rounds(5);
	ck_assert_int_eq(a->n_closed + b->n_closed + c->n_closed, 0);
	say(a, 100, false);
	rounds(5);
	player_expect_close(b, 1013,
	    "the server holds as much as it may, and most of it for this "
	    "connection");
	ck_assert_int_eq(b->end.cause, WS_V_MAX_MEMORY);
	ck_assert_uint_eq(rigs[1].tally.causes[WS_V_MAX_MEMORY], 1);
	ck_assert_uint_lt(ceiling_held(&ceiling), max);
	/* That was enough: the others go on. */
	player_say(a, FRAME_FIN | WS_OP_CONTINUATION, "", 0);
	player_say(c, FRAME_FIN | WS_OP_CONTINUATION, "", 0);
	rounds(5);
	ck_assert_int_eq(a->n_messages, 1);
	ck_assert_int_eq(c->n_messages, 1);
	ck_assert_int_eq(a->n_closed + c->n_closed, 0);
}
END_TEST

START_TEST(one_after_the_other_goes_until_it_is_enough)
{
	struct player *p[6];
	int closed = 0;

	for (int i = 0; i < 6; i++) {
		p[i] = rig_open(&rigs[i % RIGS], NULL, 0);
		say(p[i], 200, true);
	}
	ceiling_set(&ceiling, ceiling_held(&ceiling) / 2);
	rounds(20);
	for (int i = 0; i < 6; i++)
		closed += p[i]->n_closed;
	ck_assert_int_eq(closed, 3);
}
END_TEST

START_TEST(a_slow_reader_gets_whole_frames_and_a_close_frame)
{
	struct player *p = rig_open(&rigs[0], NULL, 0);
	struct got g;
	int n = 0;

	while (conn_queued(&p->conn) < 500 * KB)
		conn_send(&p->conn, WS_OP_BINARY, zeros, 1 * KB);
	ceiling_set(&ceiling, 150 * KB);
	rounds(5);
	ck_assert_int_eq(p->end.cause, WS_V_MAX_MEMORY);
	ck_assert_uint_lt(conn_queued(&p->conn), 2 * KB);
	player_drain(p);
	while (player_hear(p, &g) && g.opcode == WS_OP_BINARY) {
		ck_assert_uint_eq(g.len, 1 * KB);
		n++;
	}
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(g.opcode, WS_OP_CLOSE);
}
END_TEST

/* What has begun to leave is too much to wait for. */
START_TEST(who_reads_a_large_message_too_slowly_is_cut_off)
{
	struct player *p;
	uint8_t *large = calloc(1, 2000 * KB);

	ck_assert_ptr_nonnull(large);
	p = rig_open(&rigs[0], NULL, 0);
	ck_assert_int_ge(
	    conn_send(&p->conn, WS_OP_BINARY, large, 2000 * KB), 0);
	ceiling_set(&ceiling, 1000 * KB);
	rounds(5);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.code, 1013);
	ck_assert_int_eq(p->end.cause, WS_V_MAX_MEMORY);
	ck_assert_int_eq(rigs[0].n_released, 1);
	free(large);
}
END_TEST

/* One that is being closed already holds what it holds, too. */
START_TEST(who_is_leaving_too_slowly_is_cut_off)
{
	struct player *p = rig_open(&rigs[0], NULL, 0);

	while (conn_queued(&p->conn) < 500 * KB)
		conn_send(&p->conn, WS_OP_BINARY, zeros, 1 * KB);
	conn_close(&p->conn, 1000, "", 0);
	rounds(2);
	ck_assert_int_eq(rigs[0].n_released, 0);
	ceiling_set(&ceiling, 150 * KB);
	rounds(5);
	ck_assert_int_eq(p->end.code, 1000);
	ck_assert_int_eq(rigs[0].n_released, 1);
}
END_TEST

START_TEST(where_nobody_holds_much_nobody_goes)
{
	struct payload *history = payload_new(WS_OP_BINARY, zeros, 100 * KB);
	struct player *p = rig_open(&rigs[0], NULL, 0);

	ceiling_set(&ceiling, 50 * KB);
	for (int i = 0; i < 10; i++) {
		player_say_text(p, "hello");
		rounds(2);
	}
	ck_assert_int_eq(p->n_messages, 10);
	ck_assert_int_eq(p->n_closed, 0);
	/* It is looked again, and then there is somebody. */
	say(p, 50, true);
	ck_assert_int_eq(p->n_closed, 0);
	rig_advance(&rigs[0], 100);
	rounds(5);
	ck_assert_int_eq(p->n_closed, 1);
	payload_unref(&history);
}
END_TEST

START_TEST(near_the_ceiling_nobody_new_may_come)
{
	ck_assert(!ceiling_near(&ceiling));
	ceiling_set(&ceiling, 800 * KB);
	ceiling_add(&ceiling, 700 * KB);
	ck_assert(!ceiling_near(&ceiling));
	ceiling_add(&ceiling, 1);
	ck_assert(ceiling_near(&ceiling));
	ceiling_sub(&ceiling, 2);
	ck_assert(!ceiling_near(&ceiling));
	ceiling_add(&ceiling, 100 * KB);
	ceiling_set(&ceiling, 0);
	ck_assert(!ceiling_near(&ceiling));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ceiling");
	TCase *c = suite_case(s, "ceiling");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, input_queues_and_payloads_count_and_are_given_back);
	tcase_add_test(c, the_greediest_of_all_has_to_go);
	tcase_add_test(c, one_after_the_other_goes_until_it_is_enough);
	tcase_add_test(c, a_slow_reader_gets_whole_frames_and_a_close_frame);
	tcase_add_test(c, who_reads_a_large_message_too_slowly_is_cut_off);
	tcase_add_test(c, who_is_leaving_too_slowly_is_cut_off);
	tcase_add_test(c, where_nobody_holds_much_nobody_goes);
	tcase_add_test(c, near_the_ceiling_nobody_new_may_come);
	return suite_run(s);
}
