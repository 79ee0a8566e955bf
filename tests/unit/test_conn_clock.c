/* SPDX-License-Identifier: MIT
 *
 * test_conn_clock.c - every deadline: just before, and when it comes.
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
	/* Soon 32 bits of milliseconds have been used up. */
	rig_advance(&rig, (UINT64_C(1) << 32) - 5000 - rig_now_ms());
}

static void
tear_down(void)
{
	rig_fini(&rig);
}

static void
step(uint64_t ms)
{
	rig_advance(&rig, ms);
	rig_round(&rig);
}

/* Lets the time pass in small steps; returns how long until `closed`. */
static uint64_t
until_closed(struct player *p, uint64_t limit)
{
	uint64_t began = rig_now_ms();

	while (p->n_closed == 0 && rig_now_ms() - began < limit)
		rig_advance(&rig, 10);
	return rig_now_ms() - began;
}

START_TEST(silence_of_ping_every_is_answered_with_a_ping)
{
	struct player *p;

	rig.rules.ping_every_ms = 10000;
	p = rig_open(&rig, NULL, 0);
	step(8999); /* 10 % of jitter */
	player_expect_nothing(p);
	step(2001);
	player_expect(p, WS_OP_PING, "");
	ck_assert_uint_eq(rig.tally.pings_out, 1);
	step(50000);
	player_expect_nothing(p); /* one ping for each silence */
	player_say(p, FRAME_FIN | WS_OP_PONG, "", 0);
	rig_round(&rig);
	step(8999);
	player_expect_nothing(p);
	step(2001);
	player_expect(p, WS_OP_PING, "");
}
END_TEST

START_TEST(any_byte_puts_the_ping_off)
{
	struct player *p;

	rig.rules.ping_every_ms = 10000;
	p = rig_open(&rig, NULL, 0);
	for (int i = 0; i < 10; i++) {
		step(5000);
		player_say_text(p, "here");
		rig_round(&rig);
	}
	player_expect_nothing(p);
}
END_TEST

START_TEST(connections_ping_at_different_times)
{
	enum { N = 20 };
	struct player *p[N];
	int pinged = 0;

	rig.rules.ping_every_ms = 10000;
	for (int i = 0; i < N; i++)
		p[i] = rig_open(&rig, NULL, 0);
	step(10000);
	for (int i = 0; i < N; i++)
		pinged += p[i]->conn.pinged;
	ck_assert_int_gt(pinged, 2);
	ck_assert_int_lt(pinged, N - 2);
}
END_TEST

START_TEST(pong_within_counts_from_the_last_byte)
{
	struct player *p;

	rig.rules.ping_every_ms = 10000;
	rig.rules.pong_within_ms = 20000;
	p = rig_open(&rig, NULL, 0);
	step(15000);
	player_say(p, FRAME_FIN | WS_OP_PONG, "", 0);
	rig_round(&rig);
	step(19999);
	ck_assert_int_eq(p->n_closed, 0);
	step(1);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.cause, WS_V_NO_PONG);
	ck_assert_int_eq(p->end.code, 1001);
}
END_TEST

START_TEST(pong_within_spares_the_paused_and_gives_them_time_afterwards)
{
	struct player *p;

	rig.rules.pong_within_ms = 20000;
	p = rig_open(&rig, NULL, 0);
	conn_pause(&p->conn, true);
	step(100000);
	ck_assert_int_eq(p->n_closed, 0);
	conn_pause(&p->conn, false);
	step(19999);
	ck_assert_int_eq(p->n_closed, 0);
	step(1);
	ck_assert_int_eq(p->end.cause, WS_V_NO_PONG);
}
END_TEST

START_TEST(idle_timeout_counts_messages_and_not_pings)
{
	struct player *p;

	rig.rules.idle_timeout_ms = 20000;
	p = rig_open(&rig, NULL, 0);
	step(19999);
	player_say_text(p, "still here");
	rig_round(&rig);
	step(19999);
	player_say(p, FRAME_FIN | WS_OP_PING, "", 0);
	rig_round(&rig);
	ck_assert_int_eq(p->n_closed, 0);
	step(1);
	ck_assert_int_eq(p->end.cause, WS_V_IDLE);
}
END_TEST

START_TEST(idle_timeout_counts_what_we_send)
{
	struct player *p;

	rig.rules.idle_timeout_ms = 20000;
	p = rig_open(&rig, NULL, 0);
	step(19999);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	step(19999);
	ck_assert_int_eq(p->n_closed, 0);
	step(1);
	ck_assert_int_eq(p->end.cause, WS_V_IDLE);
}
END_TEST

START_TEST(max_lifetime_ends_even_the_busy)
{
	struct player *p;

	rig.rules.max_lifetime_ms = 60000;
	p = rig_open(&rig, NULL, 0);
	for (int i = 0; i < 59; i++) {
		step(1000);
		player_say_text(p, "busy");
		rig_round(&rig);
	}
	step(999);
	ck_assert_int_eq(p->n_closed, 0);
	step(1);
	ck_assert_int_eq(p->end.cause, WS_V_LIFETIME);
}
END_TEST

/* After so many milliseconds of a second it has ended, and not before. */
static void
ends_after(struct player *p, uint64_t ms, enum ws_violation cause)
{
	step(ms - 1);
	ck_assert_int_eq(p->n_closed, 0);
	step(1);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.cause, cause);
}

START_TEST(what_expires_is_closed_with_a_code_of_its_own)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_expire(&p->conn, 0, 5000);
	ends_after(p, 5000, WS_V_EXPIRED);
	ck_assert_int_eq(p->end.code, 4419);
}
END_TEST

START_TEST(an_expiry_may_come_sooner_or_later_or_never)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_expire(&p->conn, 0, 5000);
	step(1000);
	conn_expire(&p->conn, 1000, 9000);
	step(5000);
	conn_expire(&p->conn, 6000, 100000000000);
	step(10000);
	conn_expire(&p->conn, 16000, UINT64_MAX);
	step(10000);
	ck_assert_int_eq(p->n_closed, 0);
	conn_expire(&p->conn, 26000, 10);
	ends_after(p, 10, WS_V_EXPIRED);
}
END_TEST

START_TEST(what_has_expired_already_ends_at_once)
{
	struct player *p = rig_open(&rig, NULL, 0);

	conn_expire(&p->conn, 0, 0);
	step(0);
	ck_assert_int_eq(p->end.cause, WS_V_EXPIRED);
}
END_TEST

START_TEST(of_lifetime_and_expiry_the_first_counts)
{
	struct player *p;

	rig.rules.max_lifetime_ms = 60000;
	p = rig_open(&rig, NULL, 0);
	conn_expire(&p->conn, 0, 70000);
	step(30000);
	/* Neither a renewal nor its end gives it another lifetime. */
	conn_expire(&p->conn, 30000, 90000);
	conn_expire(&p->conn, 30000, UINT64_MAX);
	ends_after(p, 30000, WS_V_LIFETIME);
	p = rig_open(&rig, NULL, 0);
	conn_expire(&p->conn, 0, 59999);
	ends_after(p, 59999, WS_V_EXPIRED);
	p = rig_open(&rig, NULL, 0);
	step(1000);
	conn_expire(&p->conn, 70000, UINT64_MAX);
	step(0);
	ck_assert_int_eq(p->end.cause, WS_V_LIFETIME);
}
END_TEST

START_TEST(nothing_expires_that_is_to_leave_anyway)
{
	struct player *p = rig_open(&rig, NULL, 0);

	worker_drain(rig.worker, 1000000);
	rig_round(&rig);
	conn_expire(&p->conn, 0, UINT64_MAX);
	step(1000000);
	ck_assert_int_eq(p->end.cause, WS_V_GOING_AWAY);
}
END_TEST

START_TEST(write_within_counts_from_the_last_progress)
{
	static const uint8_t data[500000];
	struct player *p;
	uint8_t piece[200000];

	rig.rules.write_within_ms = 10000;
	p = rig_open(&rig, NULL, 0);
	ck_assert_int_ge(
	    conn_send(&p->conn, WS_OP_BINARY, data, sizeof data), 0);
	step(9999);
	ck_assert_int_eq(p->n_closed, 0);
	ck_assert_int_gt(recv(p->fd, piece, sizeof piece, MSG_DONTWAIT), 0);
	rig_round(&rig);
	ck_assert_uint_gt(conn_queued(&p->conn), 0);
	step(9999);
	ck_assert_int_eq(p->n_closed, 0);
	step(1);
	ck_assert_int_eq(p->end.cause, WS_V_WRITE_TIMEOUT);
}
END_TEST

START_TEST(write_within_is_silent_when_nothing_waits)
{
	struct player *p;

	rig.rules.write_within_ms = 10000;
	p = rig_open(&rig, NULL, 0);
	ck_assert_int_eq(conn_send(&p->conn, WS_OP_TEXT, "x", 1), CONN_SENT);
	step(100000);
	ck_assert_int_eq(p->n_closed, 0);
}
END_TEST

START_TEST(without_deadlines_nothing_ever_happens)
{
	struct player *p = rig_open(&rig, NULL, 0);

	for (int i = 0; i < 30; i++)
		step(24 * 60 * 60 * 1000);
	ck_assert_int_eq(p->n_closed, 0);
	player_expect_nothing(p);
	ck_assert_ptr_null(p->conn.in);
	ck_assert(sendq_empty(&p->conn.out));
}
END_TEST

START_TEST(a_drain_is_spread_and_closes_all_with_1001)
{
	enum { N = 40, OVER = 10000 };
	struct player *p[N], *late;
	int early = 0;

	for (int i = 0; i < N; i++)
		p[i] = rig_open(&rig, NULL, 0);
	worker_drain(rig.worker, OVER);
	rig_round(&rig);
	late = rig_open(&rig, NULL, 0);
	step(OVER / 2);
	for (int i = 0; i < N; i++)
		early += p[i]->n_closed;
	ck_assert_int_gt(early, 5);
	ck_assert_int_lt(early, N - 5);
	until_closed(late, OVER);
	step(OVER / 2);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(p[i]->n_closed, 1);
		ck_assert_int_eq(p[i]->end.code, 1001);
		ck_assert_int_eq(p[i]->end.cause, WS_V_GOING_AWAY);
	}
	ck_assert_int_eq(late->end.cause, WS_V_GOING_AWAY);
}
END_TEST

START_TEST(a_drain_lengthens_no_life)
{
	struct player *p[20];

	rig.rules.max_lifetime_ms = 1000;
	for (int i = 0; i < 20; i++)
		p[i] = rig_open(&rig, NULL, 0);
	worker_drain(rig.worker, 1000000);
	rig_round(&rig);
	step(1000);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(p[i]->n_closed, 1);
}
END_TEST

START_TEST(a_drain_over_no_time_closes_all_at_once)
{
	struct player *p = rig_open(&rig, NULL, 0);

	worker_drain(rig.worker, 0);
	rig_rounds(&rig, 2);
	ck_assert_int_eq(p->n_closed, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_clock");
	TCase *tc = suite_case(s, "deadlines");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, silence_of_ping_every_is_answered_with_a_ping);
	tcase_add_test(tc, any_byte_puts_the_ping_off);
	tcase_add_test(tc, connections_ping_at_different_times);
	tcase_add_test(tc, pong_within_counts_from_the_last_byte);
	tcase_add_test(
	    tc, pong_within_spares_the_paused_and_gives_them_time_afterwards);
	tcase_add_test(tc, idle_timeout_counts_messages_and_not_pings);
	tcase_add_test(tc, idle_timeout_counts_what_we_send);
	tcase_add_test(tc, max_lifetime_ends_even_the_busy);
	tcase_add_test(tc, what_expires_is_closed_with_a_code_of_its_own);
	tcase_add_test(tc, an_expiry_may_come_sooner_or_later_or_never);
	tcase_add_test(tc, what_has_expired_already_ends_at_once);
	tcase_add_test(tc, of_lifetime_and_expiry_the_first_counts);
	tcase_add_test(tc, nothing_expires_that_is_to_leave_anyway);
	tcase_add_test(tc, write_within_counts_from_the_last_progress);
	tcase_add_test(tc, write_within_is_silent_when_nothing_waits);
	tcase_add_test(tc, without_deadlines_nothing_ever_happens);
	tcase_add_test(tc, a_drain_is_spread_and_closes_all_with_1001);
	tcase_add_test(tc, a_drain_lengthens_no_life);
	tcase_add_test(tc, a_drain_over_no_time_closes_all_at_once);
	return suite_run_forked(s);
}
