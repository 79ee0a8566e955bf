/* SPDX-License-Identifier: MIT
 *
 * test_conn_publish.c - what a slow peer misses of what is published, and
 * what it does not.
 */
#include "config.h"

#include <sys/socket.h>

#include "net/payload.h"
#include "net_rig.h"
#include "../suite.h"

static struct rig rig;
static struct payload *payload;

static void
set_up(void)
{
	rig_init(&rig);
	payload = payload_new(WS_OP_TEXT, "x", 1);
	ck_assert_ptr_nonnull(payload);
}

static void
tear_down(void)
{
	rig_fini(&rig);
	ck_assert_uint_eq(payload->refs, 1); /* nobody has kept one */
	payload_unref(&payload);
}

static enum conn_sent
publish(struct player *p, enum conn_lose lose, bool stored)
{
	return conn_publish(&p->conn, payload, lose, stored);
}

/* A connection whose socket is full: nothing that is sent now can leave. */
static struct player *
open_full(void)
{
	static const uint8_t much[1 << 19];
	struct player *p;

	rig.rules.queue_bytes = 1 << 30;
	p = rig_open(&rig, NULL, 0);
	ck_assert_int_eq(
	    conn_send(&p->conn, WS_OP_BINARY, much, sizeof much), CONN_SENT);
	ck_assert_uint_eq(p->conn.out.messages, 1);
	return p;
}

static void
fill_to(struct player *p, uint32_t messages)
{
	while (p->conn.out.messages < messages)
		ck_assert_int_eq(publish(p, CONN_KEEP, false), CONN_SENT);
}

START_TEST(above_the_low_mark_what_may_be_lost_first_is_lost)
{
	struct player *p = open_full();

	fill_to(p, 64);
	ck_assert_int_eq(publish(p, CONN_LOSE_FIRST, false), CONN_SENT);
	ck_assert_int_eq(publish(p, CONN_LOSE_FIRST, false), CONN_DROPPED);
	ck_assert_int_eq(publish(p, CONN_LOSE_NEXT, false), CONN_SENT);
	ck_assert_uint_eq(rig.tally.lost_first, 1);
	ck_assert_uint_eq(p->conn.out.messages, 66);
}
END_TEST

START_TEST(above_the_high_mark_what_may_be_lost_next_is_lost)
{
	struct player *p = open_full();

	fill_to(p, 192);
	ck_assert_int_eq(publish(p, CONN_LOSE_NEXT, false), CONN_SENT);
	ck_assert_int_eq(publish(p, CONN_LOSE_NEXT, false), CONN_DROPPED);
	ck_assert_int_eq(publish(p, CONN_KEEP, false), CONN_SENT);
	ck_assert_uint_eq(rig.tally.lost_next, 1);
	ck_assert_uint_eq(rig.tally.lost_first, 0);
	ck_assert_uint_eq(p->conn.out.messages, 194);
}
END_TEST

START_TEST(what_only_waits_for_the_end_of_the_round_makes_nobody_slow)
{
	struct player *p = rig_open(&rig, NULL, 0);

	rig.rules.queue_messages = 8;
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(publish(p, CONN_LOSE_FIRST, false), CONN_SENT);
	rig_round(&rig);
	for (int i = 0; i < 100; i++)
		player_expect(p, WS_OP_TEXT, "x");
	player_expect_nothing(p);
}
END_TEST

START_TEST(a_full_queue_drops_what_is_not_stored_if_the_policy_says_so)
{
	struct player *p = open_full();

	rig.rules.queue_policy = QUEUE_DROP;
	fill_to(p, 256);
	ck_assert_int_eq(publish(p, CONN_KEEP, false), CONN_DROPPED);
	ck_assert_uint_eq(rig.tally.dropped, 1);
	ck_assert(conn_is_open(&p->conn));
	player_drain(p);
	ck_assert_int_eq(p->n_drained, 0); /* nobody was told of BUSY */
	ck_assert_uint_eq(rig.tally.busy, 0);
}
END_TEST

START_TEST(a_full_queue_closes_rather_than_drop_what_is_stored)
{
	struct player *p = open_full();

	rig.rules.queue_policy = QUEUE_DROP;
	fill_to(p, 256);
	ck_assert_int_eq(publish(p, CONN_KEEP, true), CONN_GONE);
	rig_round(&rig);
	ck_assert_int_eq(p->end.cause, WS_V_SLOW_CONSUMER);
	ck_assert_uint_eq(rig.tally.dropped, 0);
}
END_TEST

START_TEST(what_follows_a_missed_message_goes_beyond_a_full_queue)
{
	struct player *p = open_full();

	fill_to(p, 256);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(publish(p, CONN_FOLLOWS, true), CONN_SENT);
	ck_assert_uint_eq(p->conn.out.messages, 356);
	ck_assert_int_eq(publish(p, CONN_KEEP, true), CONN_GONE);
	rig_round(&rig);
	ck_assert_int_eq(p->end.cause, WS_V_SLOW_CONSUMER);
}
END_TEST

START_TEST(within_a_message_in_parts_nothing_is_published)
{
	struct player *p = rig_open(&rig, NULL, 0);

	ck_assert_int_eq(
	    conn_send_part(&p->conn, WS_OP_TEXT, "a", 1, true, false),
	    CONN_SENT);
	ck_assert_int_eq(publish(p, CONN_KEEP, true), CONN_ORDER);
	ck_assert_int_eq(
	    conn_send_part(&p->conn, WS_OP_TEXT, "b", 1, false, true),
	    CONN_SENT);
	ck_assert_int_eq(publish(p, CONN_KEEP, true), CONN_SENT);
}
END_TEST

START_TEST(a_round_is_one_send_for_each_of_many)
{
	struct player *p[3];

	rig.socket_type = SOCK_SEQPACKET;
	for (int i = 0; i < 3; i++)
		p[i] = rig_open(&rig, NULL, 0);
	for (int n = 0; n < 3; n++)
		for (int i = 0; i <= n; i++)
			publish(p[i], CONN_KEEP, false);
	ck_assert_uint_eq(payload->refs, 2); /* one waits alone, two copied */
	rig_round(&rig);
	for (int i = 0; i < 3; i++) {
		char packet[64];

		ck_assert_int_eq(
		    recv(p[i]->fd, packet, sizeof packet, MSG_DONTWAIT),
		    3 * (3 - i));
		ck_assert_int_eq(
		    recv(p[i]->fd, packet, sizeof packet, MSG_DONTWAIT), -1);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_publish");
	TCase *tc = suite_case(s, "publications");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, above_the_low_mark_what_may_be_lost_first_is_lost);
	tcase_add_test(tc, above_the_high_mark_what_may_be_lost_next_is_lost);
	tcase_add_test(
	    tc, what_only_waits_for_the_end_of_the_round_makes_nobody_slow);
	tcase_add_test(
	    tc, a_full_queue_drops_what_is_not_stored_if_the_policy_says_so);
	tcase_add_test(tc, a_full_queue_closes_rather_than_drop_what_is_stored);
	tcase_add_test(
	    tc, what_follows_a_missed_message_goes_beyond_a_full_queue);
	tcase_add_test(tc, within_a_message_in_parts_nothing_is_published);
	tcase_add_test(tc, a_round_is_one_send_for_each_of_many);
	return suite_run_forked(s);
}
