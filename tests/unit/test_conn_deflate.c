/* SPDX-License-Identifier: MIT
 *
 * test_conn_deflate.c - compressed messages in and out, each for itself.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "net/conn_extra.h"
#include "net/payload.h"
#include "deflate_rig.h"
#include "../suite.h"

/* --- refusals ------------------------------------------------------------ */

static void
refused(struct player *p, enum ws_violation v, int code, const char *reason)
{
	rig_rounds(&rig, 2);
	player_expect_close(p, code, reason);
	ck_assert_int_eq(p->n_messages, 0);
	ck_assert_int_eq(p->end.cause, v);
}

START_TEST(what_is_damaged_or_cut_short_is_1002)
{
	static const char *const reason = "a compressed message is damaged";
	const char *text = words(20);
	size_t n;
	struct player *p = echo();

	player_say(p, FRAME_FIN | RSV1_TEXT, "\xff\xff\xff\xff", 4);
	refused(p, WS_V_DEFLATE, 1002, reason);
	p = echo();
	n = squeeze(text, strlen(text));
	player_say(p, FRAME_FIN | RSV1_TEXT, packed, n / 2);
	refused(p, WS_V_DEFLATE, 1002, reason);
	p = echo();
	player_say(p, FRAME_FIN | RSV1_TEXT, "", 0);
	refused(p, WS_V_DEFLATE, 1002, reason);
	p = echo(); /* refers to what nobody has said */
	rig.deflate.client_takeover = true;
	(void)squeeze(text, strlen(text));
	say_packed(p, text);
	refused(p, WS_V_DEFLATE, 1002, reason);
	rig.deflate.client_takeover = false;
}
END_TEST

START_TEST(the_bit_stands_on_the_first_frame_of_a_message_alone)
{
	static const char *const reason =
	    "a reserved bit is set without an extension that uses it";
	struct player *p = echo();

	player_say(p, WS_OP_TEXT, "a", 1);
	player_say(p, FRAME_FIN | FRAME_RSV1 | WS_OP_CONTINUATION, "b", 1);
	refused(p, WS_V_RSV, 1002, reason);
	p = echo();
	player_say(p, FRAME_FIN | FRAME_RSV1 | WS_OP_PING, "", 0);
	refused(p, WS_V_RSV, 1002, reason);
	rig.deflate.on = false;
	p = echo();
	say_packed(p, "hello");
	refused(p, WS_V_RSV, 1002, reason);
}
END_TEST

/* A million times what was sent, if nobody stopped it. */
START_TEST(what_gets_too_large_is_1009)
{
	enum { MAX = 10000 };
	static char text[5 * MAX];
	struct player *p = echo();

	memset(text, 'x', sizeof text - 1);
	say_packed(p, text);
	rig_rounds(&rig, 2);
	expect_packed(p, text);
	p = echo();
	rig.rules.max_message = MAX;
	text[MAX + 1] = '\0';
	say_packed(p, text);
	refused(p, WS_V_TOO_BIG, 1009, "message exceeds max_message");
	text[MAX] = '\0';
	p = echo();
	say_packed(p, text);
	rig_rounds(&rig, 2);
	ck_assert_uint_eq(p->len, MAX);
	expect_packed(p, text);
}
END_TEST

/* max_message is about messages, not about what they become on the way. */
START_TEST(what_is_as_large_as_may_be_may_get_larger_on_the_way)
{
	enum { MAX = 4000 };
	const char *noise = noise_of(MAX, 255);
	struct player *p = echo();
	size_t n;

	rig.rules.max_message = MAX;
	deflateParams(&packer, 0, Z_DEFAULT_STRATEGY);
	n = squeeze(noise, MAX);
	ck_assert_uint_gt(n, MAX);
	player_say(p, FRAME_FIN | FRAME_RSV1 | WS_OP_BINARY, packed, n);
	rig_rounds(&rig, 2);
	player_expect(p, WS_OP_BINARY, noise);
}
END_TEST

START_TEST(text_is_validated_when_it_is_large_again)
{
	struct player *p = echo();

	say_packed(p, "caf\xe9");
	refused(p, WS_V_BAD_UTF8, 1007, "text is not valid UTF-8");
}
END_TEST

/* --- each message for itself --------------------------------------------- */

START_TEST(messages_come_and_go_compressed)
{
	struct player *p = echo();

	for (int i = 3; i < 300; i += 50) {
		const char *text = words(i);

		say_packed(p, text);
		rig_round(&rig);
		ck_assert_uint_eq(p->len, strlen(text));
		ck_assert_uint_lt(expect_packed(p, text), strlen(text) / 2);
	}
	player_say_text(p, words(3)); /* nobody must compress */
	rig_round(&rig);
	expect_packed(p, words(3));
}
END_TEST

START_TEST(what_is_small_or_gets_no_smaller_is_sent_as_it_is)
{
	const char *noise = noise_of(200, 127);
	struct player *p = echo();

	say_packed(p, words(2));
	rig_round(&rig);
	ck_assert_uint_lt(strlen(words(2)), rig.rules.deflate_min);
	player_expect(p, WS_OP_TEXT, words(2));
	rig.rules.deflate_min = strlen(words(2));
	say_packed(p, words(2));
	rig_round(&rig);
	expect_packed(p, words(2));
	say_packed(p, noise);
	rig_round(&rig);
	player_expect(p, WS_OP_TEXT, noise);
}
END_TEST

START_TEST(what_is_too_large_to_be_compressed_in_one_go_is_sent_as_it_is)
{
	struct player *p = echo();
	struct payload *s = payload_new(WS_OP_TEXT, words(50), 1001);

	ck_assert_ptr_nonnull(s);
	ck_assert_ptr_ne(conn_pack_shared(&p->conn, s), s);
	rig.rules.deflate_max = 1000;
	ck_assert_ptr_eq(conn_pack_shared(&p->conn, s), s);
	payload_unref(&s);
	rig.rules.deflate_max = strlen(words(50));
	say_packed(p, words(50));
	say_packed(p, words(51));
	rig_round(&rig);
	expect_packed(p, words(50));
	player_expect(p, WS_OP_TEXT, words(51));
}
END_TEST

/* At the fast levels another library packs, with or without codes of its own
 * as the size is: each can be read in the window that was agreed on, whatever
 * there would be to find beyond that. */
START_TEST(whatever_is_sent_can_be_read_in_its_window)
{
	static const size_t halves[] = { 40, 300, 600, 2047, 2049, 5000,
		20000 };
	static const unsigned levels[] = { 1, 2, 3, 9 };
	static char text[ROOM];

	for (unsigned bits = DEFLATE_BITS_MIN; bits <= DEFLATE_BITS_MAX; bits++)
		for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
			struct player *p;
			struct got g;

			rig.deflate.server_bits = (uint8_t)bits;
			rig.rules.deflate_level = levels[(bits + i) % 4];
			inflateEnd(&unpacker);
			ck_assert_int_eq(
			    inflateInit2(&unpacker, -(int)bits), Z_OK);
			snprintf(text, sizeof text, "%s%s %s",
			    noise_of(halves[i], 127), words(3),
			    noise_of(halves[i], 127));
			p = echo();
			player_say_text(p, text);
			rig_rounds(&rig, 2);
			ck_assert(player_hear(p, &g));
			if (halves[i] + 100 < (1U << bits))
				ck_assert(g.compressed);
			if (g.compressed)
				ck_assert_str_eq(restore(&g), text);
			else
				ck_assert_uint_eq(g.len, strlen(text));
		}
}
END_TEST

START_TEST(a_higher_level_makes_a_small_message_smaller)
{
	size_t sizes[3];

	for (unsigned level = 1; level <= 2; level++) {
		struct player *p;

		rig.rules.deflate_level = level;
		p = echo();
		say_packed(p, words(40));
		rig_round(&rig);
		sizes[level] = expect_packed(p, words(40));
	}
	ck_assert_uint_lt(sizes[2], sizes[1]);
}
END_TEST

/* What has been looked at and refused leaves nothing behind. */
START_TEST(noise_of_any_size_comes_through_and_what_follows_too)
{
	static const size_t sizes[] = { 64, 65, 300, 4095, 4096, 4097, 5000,
		65535, 65536, 100000 };

	for (unsigned level = 1; level <= 3; level++) {
		struct player *p;

		rig.rules.deflate_level = level;
		p = echo();
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			player_say(p, FRAME_FIN | WS_OP_BINARY,
			    noise_of(sizes[i], 255), sizes[i]);
			rig_rounds(&rig, 3);
			player_expect(p, WS_OP_BINARY, noise_of(sizes[i], 255));
			say_packed(p, words(40));
			rig_rounds(&rig, 2);
			expect_packed(p, words(40));
		}
	}
}
END_TEST

START_TEST(fragments_and_pieces_are_one_message)
{
	const char *text = words(30);
	size_t n = squeeze(text, strlen(text));
	uint8_t wire[ROOM];
	struct player *p = echo();
	size_t len = masked(wire, RSV1_TEXT, packed, 10);

	len += masked(wire + len, FRAME_FIN | WS_OP_PING, "?", 1);
	len += masked(wire + len, WS_OP_CONTINUATION, packed + 10, 20);
	len += masked(
	    wire + len, FRAME_FIN | WS_OP_CONTINUATION, packed + 30, n - 30);
	for (size_t i = 0; i < len; i++) {
		player_write(p, wire + i, 1);
		rig_round(&rig);
	}
	player_expect(p, WS_OP_PONG, "?");
	expect_packed(p, text);
	ck_assert_int_eq(p->n_messages, 1);
}
END_TEST

START_TEST(a_handler_of_parts_gets_a_compressed_message_whole)
{
	const char *text = words(30);
	struct player *p;

	rig.parts = true;
	p = rig_open(&rig, NULL, 0);
	say_packed(p, text);
	rig_round(&rig);
	ck_assert_int_eq(p->n_parts, 1);
	ck_assert(p->first && p->last);
	ck_assert_uint_eq(p->total, strlen(text));
	player_say(p, WS_OP_TEXT, "ab", 2);
	player_say(p, FRAME_FIN | WS_OP_CONTINUATION, "c", 1);
	rig_round(&rig);
	ck_assert_int_eq(p->n_parts, 3);
}
END_TEST

/* RFC 7692, 7.2.3.4 and 7.2.3.5. */
START_TEST(a_message_may_have_a_last_block_and_go_on)
{
	const char *text = words(5);
	uint8_t twice[400];
	char both[400];
	struct player *p = echo();
	size_t n = squeeze_as(text, strlen(text), Z_FINISH);

	packed[n++] = 0x00;
	player_say(p, FRAME_FIN | RSV1_TEXT, packed, n);
	rig_round(&rig);
	expect_packed(p, text);
	n = squeeze_as(text, strlen(text), Z_FINISH);
	memcpy(twice, packed, n);
	memcpy(twice + n, packed, n);
	twice[2 * n] = 0x00;
	player_say(p, FRAME_FIN | RSV1_TEXT, twice, 2 * n + 1);
	rig_round(&rig);
	snprintf(both, sizeof both, "%s%s", text, text);
	expect_packed(p, both);
	player_say(p, FRAME_FIN | RSV1_TEXT, "\0", 1); /* empty */
	rig_round(&rig);
	player_expect(p, WS_OP_TEXT, "");
}
END_TEST

START_TEST(a_smaller_window_is_kept_to)
{
	struct player *p;

	rig.deflate.server_bits = 9;
	inflateEnd(&unpacker);
	ck_assert_int_eq(inflateInit2(&unpacker, -9), Z_OK);
	p = echo();
	say_packed(p, words(500));
	rig_round(&rig);
	expect_packed(p, words(500));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conn_deflate");
	TCase *tc = suite_case(s, "permessage-deflate");

	tcase_add_checked_fixture(tc, deflate_rig_init, deflate_rig_fini);
	tcase_add_test(tc, what_is_damaged_or_cut_short_is_1002);
	tcase_add_test(
	    tc, the_bit_stands_on_the_first_frame_of_a_message_alone);
	tcase_add_test(tc, what_gets_too_large_is_1009);
	tcase_add_test(
	    tc, what_is_as_large_as_may_be_may_get_larger_on_the_way);
	tcase_add_test(tc, text_is_validated_when_it_is_large_again);
	tcase_add_test(tc, messages_come_and_go_compressed);
	tcase_add_test(tc, what_is_small_or_gets_no_smaller_is_sent_as_it_is);
	tcase_add_test(
	    tc, what_is_too_large_to_be_compressed_in_one_go_is_sent_as_it_is);
	tcase_add_test(tc, whatever_is_sent_can_be_read_in_its_window);
	tcase_add_test(tc, a_higher_level_makes_a_small_message_smaller);
	tcase_add_test(
	    tc, noise_of_any_size_comes_through_and_what_follows_too);
	tcase_add_test(tc, fragments_and_pieces_are_one_message);
	tcase_add_test(tc, a_handler_of_parts_gets_a_compressed_message_whole);
	tcase_add_test(tc, a_message_may_have_a_last_block_and_go_on);
	tcase_add_test(tc, a_smaller_window_is_kept_to);
	return suite_run_forked(s);
}
