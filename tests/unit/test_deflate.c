/* SPDX-License-Identifier: MIT
 *
 * test_deflate.c - what a compressor may and may not remember, and what many
 * hear.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

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

int
main(void)
{
	Suite *s = suite_create("deflate");
	TCase *tc = suite_case(s, "permessage-deflate");

	tcase_add_checked_fixture(tc, deflate_rig_init, deflate_rig_fini);
	tcase_add_test(tc, who_remembers_needs_less_for_the_same_again);
	tcase_add_test(tc, nothing_in_between_confuses_who_remembers);
	tcase_add_test(tc, what_was_dropped_is_not_referred_to);
	tcase_add_test(tc, many_hear_the_same_bytes_and_each_can_read_them);
	tcase_add_test(tc, an_idle_connection_that_forgets_has_no_streams);
	return suite_run_forked(s);
}
