/* SPDX-License-Identifier: MIT
 *
 * test_conn_end.c - who closes, in which order, and who is told what.
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
check_end(const struct player *p, int code, const char *reason,
    enum ws_violation cause, bool by_peer)
{
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.code, code);
	ck_assert_str_eq(p->reason, reason);
	ck_assert_int_eq(p->end.cause, cause);
	ck_assert_int_eq(p->end.by_peer, by_peer);
}

static void
check_released(int n)
{
	rig_rounds(&rig, 2);
	ck_assert_int_eq(rig.n_released, n);
	ck_assert_uint_eq(worker_conns(rig.worker), 0);
}

START_TEST(the_end_of_the_socket_without_a_close_is_1006)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_hang_up(p);
	rig_round(&rig);
	check_end(p, 1006, "", WS_V_NONE, true);
	ck_assert_uint_eq(
	    rig.tally.codes[tally_code_index(WS_CLOSE_ABNORMAL)], 1);
	check_released(1);
}
END_TEST

START_TEST(a_paused_connection_whose_socket_dies_is_1006)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_pause(&p->conn, true);
	rig_round(&rig);
	player_hang_up(p);
	rig_round(&rig);
	check_end(p, 1006, "", WS_V_NONE, true);
	check_released(1);
}
END_TEST

START_TEST(the_peers_close_is_answered_with_its_code)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say(p, FRAME_FIN | WS_OP_CLOSE,
	    "\x0f\xa0"
	    "bye",
	    5);
	rig_round(&rig);
	check_end(p, 4000, "bye", WS_V_NONE, true);
	player_expect_close(p, 4000, "");
	ck_assert(p->eof); /* we have shut our side and wait for theirs */
	ck_assert_int_eq(rig.n_released, 0);
	player_hang_up(p);
	check_released(1);
}
END_TEST

START_TEST(the_peers_close_without_a_code_is_1005_and_answered_empty)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say_close(p, 0);
	rig_round(&rig);
	check_end(p, 1005, "", WS_V_NONE, true);
	player_expect_close(p, 0, "");
}
END_TEST

START_TEST(messages_before_the_peers_close_count_and_those_behind_do_not)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say_text(p, "one");
	player_say_close(p, 1000);
	player_say_text(p, "two");
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	check_end(p, 1000, "", WS_V_NONE, true);
}
END_TEST

static void
close_it(struct player *p)
{
	conn_close(&p->conn, 4001, "enough", 6);
	ck_assert_int_eq(p->n_closed, 0); /* never inside a call */
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_GONE);
	conn_close(&p->conn, 4002, "again", 5);
}

START_TEST(our_close_is_told_at_the_end_of_the_turn_and_waits_for_theirs)
{
	struct player *p = rig_open(&rig, NULL, 0);

	p->on_message = close_it;
	player_say_text(p, "one");
	player_say_text(p, "two");
	rig_round(&rig);
	ck_assert_int_eq(p->n_messages, 1);
	check_end(p, 4001, "enough", WS_V_NONE, false);
	player_expect_close(p, 4001, "enough");
	player_expect_nothing(p);
	ck_assert(!p->eof);
	player_say_text(p, "three");
	rig_round(&rig);
	player_say_close(p, 4001);
	rig_round(&rig);
	player_expect_nothing(p);
	ck_assert(p->eof);
	player_hang_up(p);
	check_released(1);
}
END_TEST

START_TEST(a_close_for_a_row_says_its_code_and_reason)
{
	struct player *p = rig_open(&rig, NULL, 0);

	const struct ws_violation_row *row = ws_violation(WS_V_NO_MEMORY);

	conn_refuse(&p->conn, WS_V_NO_MEMORY);
	rig_round(&rig);
	check_end(p, 1013, row->reason, WS_V_NO_MEMORY, false);
	player_expect_close(p, 1013, row->reason);
	ck_assert_uint_eq(rig.tally.causes[WS_V_NO_MEMORY], 1);
}
END_TEST

START_TEST(a_close_without_a_code_is_empty)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_close(&p->conn, WS_CLOSE_NONE, NULL, 0);
	rig_round(&rig);
	player_expect_close(p, 0, "");
	check_end(p, 1005, "", WS_V_NONE, false);
}
END_TEST

START_TEST(half_a_message_is_forgotten_at_the_close)
{
	struct player *p = rig_open(&rig, NULL, 0);

	player_say(p, WS_OP_TEXT, "half", 4);
	rig_round(&rig);
	ck_assert_ptr_nonnull(p->conn.in);
	conn_close(&p->conn, 1000, "", 0);
	rig_round(&rig);
	ck_assert_ptr_null(p->conn.in);
}
END_TEST

START_TEST(queued_messages_leave_before_our_close)
{
	enum { SIZE = 500000 };
	struct player *p;
	uint8_t *data = calloc(1, SIZE);
	struct got g;

	p = rig_open(&rig, NULL, 0);
	ck_assert_int_ge(conn_send(&p->conn, WS_OP_BINARY, data, SIZE), 0);
	conn_close(&p->conn, 1000, "", 0);
	ck_assert_uint_gt(conn_queued(&p->conn), 0);
	for (int i = 0; i < 1000 && conn_queued(&p->conn) > 0; i++) {
		player_listen(p);
		rig_round(&rig);
	}
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, SIZE);
	player_expect_close(p, 1000, "");
	free(data);
}
END_TEST

START_TEST(queued_messages_leave_before_we_answer_the_peers_close)
{
	enum { SIZE = 500000 };
	struct player *p = rig_open(&rig, NULL, 0);
	uint8_t *data = calloc(1, SIZE);
	struct got g;

	ck_assert_int_ge(conn_send(&p->conn, WS_OP_BINARY, data, SIZE), 0);
	player_say_close(p, 1000);
	rig_round(&rig);
	check_end(p, 1000, "", WS_V_NONE, true);
	for (int i = 0; i < 1000 && !p->eof; i++) {
		rig_round(&rig);
		player_listen(p);
	}
	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.len, SIZE);
	player_expect_close(p, 1000, "");
	free(data);
}
END_TEST

START_TEST(what_comes_after_the_end_is_thrown_away_without_a_reset)
{
	struct player *p = rig_open(&rig, NULL, 0);
	uint8_t junk[10000] = { 0 };

	player_say_close(p, 1000);
	rig_round(&rig);
	for (int i = 0; i < 10; i++) {
		player_write(p, junk, sizeof junk);
		rig_round(&rig);
	}
	player_expect_close(p, 1000, "");
	player_hang_up(p);
	check_released(1);
}
END_TEST

START_TEST(both_may_close_at_once)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_close(&p->conn, 4001, "", 0);
	player_say_close(p, 4002);
	rig_round(&rig);
	check_end(p, 4001, "", WS_V_NONE, false);
	player_expect_close(p, 4001, "");
	player_expect_nothing(p);
	player_hang_up(p);
	check_released(1);
}
END_TEST

START_TEST(a_violation_instead_of_the_peers_close_ends_the_wait)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_close(&p->conn, 4001, "", 0);
	rig_round(&rig);
	player_write(p, "\xff\xff", 2);
	rig_round(&rig);
	check_end(p, 4001, "", WS_V_NONE, false);
	player_expect_close(p, 4001, "");
	player_expect_nothing(p);
	ck_assert(p->eof);
	player_hang_up(p);
	check_released(1);
}
END_TEST

START_TEST(a_socket_lost_after_our_close_tells_nothing_new)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_close(&p->conn, 1000, "", 0);
	player_hang_up(p);
	check_released(1);
	check_end(p, 1000, "", WS_V_NONE, false);
}
END_TEST

START_TEST(close_within_cuts_off_who_does_not_answer)
{
	struct player *p = rig_open(&rig, NULL, 0);

	rig.rules.close_within_ms = 3000;
	conn_close(&p->conn, 1000, "", 0);
	rig_round(&rig);
	rig_advance(&rig, 2999);
	rig_round(&rig);
	ck_assert_int_eq(rig.n_released, 0);
	rig_advance(&rig, 1);
	check_released(1);
}
END_TEST

START_TEST(close_within_cuts_off_who_does_not_hang_up)
{
	struct player *p = rig_open(&rig, NULL, 0);

	rig.rules.close_within_ms = 3000;
	player_say_close(p, 1000);
	rig_round(&rig);
	rig_advance(&rig, 2999);
	rig_round(&rig);
	ck_assert_int_eq(rig.n_released, 0);
	rig_advance(&rig, 1);
	check_released(1);
}
END_TEST

START_TEST(all_left_at_the_stop_are_told_1001)
{
	struct player *p = rig_open(&rig, NULL, 0);
	struct player *q = rig_open(&rig, NULL, 0);

	worker_stop(rig.worker);
	ck_assert_int_eq(rig.n_released, 2);
	check_end(p, 1001, "server is shutting down", WS_V_GOING_AWAY, false);
	check_end(q, 1001, "server is shutting down", WS_V_GOING_AWAY, false);
	player_expect_close(p, 1001, "server is shutting down");
	player_expect_close(q, 1001, "server is shutting down");
}
END_TEST

START_TEST(after_the_stop_nothing_starts)
{
	struct conn c = { .rules = &rig.rules, .tally = &rig.tally };
	int fds[2];

	worker_stop(rig.worker);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_lt(conn_start(&c, rig.worker,
			     &(struct stream){ .fd = fds[0] }, NULL, 0),
	    0);
	ck_assert_int_eq(recv(fds[1], &(char){ 0 }, 1, 0), 0);
	ck_assert_int_eq(rig.n_released, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_end");
	TCase *tc = suite_case(s, "the end");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, the_end_of_the_socket_without_a_close_is_1006);
	tcase_add_test(tc, a_paused_connection_whose_socket_dies_is_1006);
	tcase_add_test(tc, the_peers_close_is_answered_with_its_code);
	tcase_add_test(
	    tc, the_peers_close_without_a_code_is_1005_and_answered_empty);
	tcase_add_test(
	    tc, messages_before_the_peers_close_count_and_those_behind_do_not);
	tcase_add_test(
	    tc, our_close_is_told_at_the_end_of_the_turn_and_waits_for_theirs);
	tcase_add_test(tc, a_close_for_a_row_says_its_code_and_reason);
	tcase_add_test(tc, a_close_without_a_code_is_empty);
	tcase_add_test(tc, half_a_message_is_forgotten_at_the_close);
	tcase_add_test(tc, queued_messages_leave_before_our_close);
	tcase_add_test(
	    tc, queued_messages_leave_before_we_answer_the_peers_close);
	tcase_add_test(
	    tc, what_comes_after_the_end_is_thrown_away_without_a_reset);
	tcase_add_test(tc, both_may_close_at_once);
	tcase_add_test(
	    tc, a_violation_instead_of_the_peers_close_ends_the_wait);
	tcase_add_test(tc, a_socket_lost_after_our_close_tells_nothing_new);
	tcase_add_test(tc, close_within_cuts_off_who_does_not_answer);
	tcase_add_test(tc, close_within_cuts_off_who_does_not_hang_up);
	tcase_add_test(tc, all_left_at_the_stop_are_told_1001);
	tcase_add_test(tc, after_the_stop_nothing_starts);
	return suite_run_forked(s);
}
