/* SPDX-License-Identifier: MIT
 *
 * test_conn_deflate.c - permessage-deflate between a connection and a client
 * that uses zlib as it comes.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "net/payload.h"
#include "net_rig.h"
#include "../suite.h"

enum { ROOM = 1 << 17, RSV1_TEXT = FRAME_RSV1 | WS_OP_TEXT };

static const uint8_t tail[4] = { 0x00, 0x00, 0xff, 0xff };
static const struct deflate_terms forgets = { .on = true,
	.server_bits = 15,
	.client_bits = 15 },
				  remembers = { .on = true,
					  .server_takeover = true,
					  .client_takeover = true,
					  .server_bits = 15,
					  .client_bits = 15 };

static struct rig rig;
static z_stream packer, unpacker; /* the client's */
static uint8_t packed[ROOM], unpacked[ROOM];

static void
set_up(void)
{
	rig_init(&rig);
	rig.deflate = forgets;
	rig.rules.deflate_level = 1;
	rig.rules.deflate_min = 64;
	packer = unpacker = (z_stream){ 0 };
	ck_assert_int_eq(deflateInit2(&packer, 6, Z_DEFLATED, -15, 8, 0), Z_OK);
	ck_assert_int_eq(inflateInit2(&unpacker, -15), Z_OK);
}

static void
tear_down(void)
{
	deflateEnd(&packer);
	inflateEnd(&unpacker);
	rig_fini(&rig);
}

static size_t
pack_as(const void *p, size_t n, int flush)
{
	if (!rig.deflate.client_takeover)
		deflateReset(&packer);
	packer.next_in = p;
	packer.avail_in = (uInt)n;
	packer.next_out = packed;
	packer.avail_out = ROOM;
	ck_assert_int_ge(deflate(&packer, flush), Z_OK);
	return ROOM - packer.avail_out;
}

static size_t
pack(const void *p, size_t n)
{
	return pack_as(p, n, Z_SYNC_FLUSH) - sizeof tail;
}

static void
say_packed(struct player *p, const char *text)
{
	player_say(p, FRAME_FIN | RSV1_TEXT, packed, pack(text, strlen(text)));
}

/* What a frame stands for: a text in `unpacked`. */
static const char *
unpack(const struct got *g)
{
	const struct {
		const uint8_t *p;
		size_t n;
	} in[] = { { g->data, g->len }, { tail, sizeof tail } };

	if (!rig.deflate.server_takeover)
		inflateReset(&unpacker);
	unpacker.next_out = unpacked;
	unpacker.avail_out = ROOM - 1;
	for (int i = 0; i < 2; i++) {
		unpacker.next_in = in[i].p;
		unpacker.avail_in = (uInt)in[i].n;
		ck_assert_int_ge(inflate(&unpacker, Z_SYNC_FLUSH), Z_BUF_ERROR);
		ck_assert_uint_eq(unpacker.avail_in, 0);
	}
	unpacked[ROOM - 1 - unpacker.avail_out] = '\0';
	return (const char *)unpacked;
}

/* Returns how many bytes it took. */
static size_t
expect_packed(struct player *p, const char *text)
{
	struct got g;

	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.opcode, WS_OP_TEXT);
	ck_assert(g.fin && g.compressed);
	ck_assert_str_eq(unpack(&g), text);
	return g.len;
}

static const char *
words(int n)
{
	static char text[ROOM];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "{\"user\": %d, \"room\": \"lobby\"} ", i);
	return text;
}

/* What no compressor makes smaller; as text, if it is short. */
static const char *
noise_of(size_t n, unsigned values)
{
	static char text[ROOM];
	unsigned seed = 1;

	ck_assert_uint_lt(n, sizeof text);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)(1 + (seed >> 16) % values);
	}
	text[n] = '\0';
	return text;
}

static void
answer(struct player *p)
{
	ck_assert_int_ge(
	    conn_send(&p->conn, p->type, p->message, p->len), CONN_SENT);
}

static struct player *
echo(void)
{
	struct player *p = rig_open(&rig, NULL, 0);

	p->on_message = answer;
	return p;
}

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
	n = pack(text, strlen(text));
	player_say(p, FRAME_FIN | RSV1_TEXT, packed, n / 2);
	refused(p, WS_V_DEFLATE, 1002, reason);
	p = echo();
	player_say(p, FRAME_FIN | RSV1_TEXT, "", 0);
	refused(p, WS_V_DEFLATE, 1002, reason);
	p = echo(); /* refers to what nobody has said */
	rig.deflate.client_takeover = true;
	(void)pack(text, strlen(text));
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
	n = pack(noise, MAX);
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

START_TEST(fragments_and_pieces_are_one_message)
{
	const char *text = words(30);
	size_t n = pack(text, strlen(text));
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
	struct player *p = echo();
	size_t n = pack_as(text, strlen(text), Z_FINISH);

	packed[n++] = 0x00;
	player_say(p, FRAME_FIN | RSV1_TEXT, packed, n);
	rig_round(&rig);
	expect_packed(p, text);
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
		ck_assert_str_eq(unpack(&g), text);
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
	Suite *s = suite_create("conn_deflate");
	TCase *tc = suite_case(s, "permessage-deflate");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_damaged_or_cut_short_is_1002);
	tcase_add_test(
	    tc, the_bit_stands_on_the_first_frame_of_a_message_alone);
	tcase_add_test(tc, what_gets_too_large_is_1009);
	tcase_add_test(
	    tc, what_is_as_large_as_may_be_may_get_larger_on_the_way);
	tcase_add_test(tc, text_is_validated_when_it_is_large_again);
	tcase_add_test(tc, messages_come_and_go_compressed);
	tcase_add_test(tc, what_is_small_or_gets_no_smaller_is_sent_as_it_is);
	tcase_add_test(tc, fragments_and_pieces_are_one_message);
	tcase_add_test(tc, a_handler_of_parts_gets_a_compressed_message_whole);
	tcase_add_test(tc, a_message_may_have_a_last_block_and_go_on);
	tcase_add_test(tc, a_smaller_window_is_kept_to);
	tcase_add_test(tc, who_remembers_needs_less_for_the_same_again);
	tcase_add_test(tc, nothing_in_between_confuses_who_remembers);
	tcase_add_test(tc, what_was_dropped_is_not_referred_to);
	tcase_add_test(tc, many_hear_the_same_bytes_and_each_can_read_them);
	tcase_add_test(tc, an_idle_connection_that_forgets_has_no_streams);
	return suite_run_forked(s);
}
