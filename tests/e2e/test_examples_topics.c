/* SPDX-License-Identifier: MIT
 *
 * test_examples_topics.c - the handlers of sdk/examples that stand on topics:
 * the ticker and the board, run by the real host with two workers.
 */
#include "config.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static const char routes[] =
    "workers = 2;\n"
    "routes = ( { path = \"/ticker\"; handler = \"ticker\"; max_topics = 1;\n"
    "    config: { every = \"10 ms\"; goods = [ %s ]; }; },\n"
    "  { path = \"/board\"; handler = \"board\"; history_messages = 3;\n"
    "    queue_bytes = \"64 MiB\"; queue_messages = 1000000;\n"
    "    queue_low = 1; } );\n";

static void
configure(char *more, size_t size, const char *goods)
{
	snprintf(more, size, routes, goods);
}

static void
start(void)
{
	char more[1024];

	daemon_prepare(&d);
	daemon_install(&d, "sdk/examples/ticker.so", "ticker.so");
	daemon_install(&d, "sdk/examples/board.so", "board.so");
	configure(more, sizeof more, "\"rope\", \"sail\"");
	daemon_start(&d, more);
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- ticker --------------------------------------------------------------- */

static void
expect_price(struct raw *r, const char *good)
{
	struct raw_frame f = raw_next(r);
	double price;
	char name[33];

	ck_assert_int_eq(f.opcode, 1);
	ck_assert_int_eq(sscanf((char *)f.data, "%32s %lf", name, &price), 2);
	ck_assert_str_eq(name, good);
	ck_assert(price > 0);
}

START_TEST(the_ticker_sends_the_prices_that_were_asked_for)
{
	struct raw rope, sail;

	raw_ws(&rope, d.port, "/ticker");
	raw_ws(&sail, d.port, "/ticker");
	raw_text(&rope, "+rope");
	raw_text(&sail, "+sail");
	for (int i = 0; i < 20; i++) {
		expect_price(&rope, "rope");
		expect_price(&sail, "sail");
	}
	raw_shut(&rope);
	raw_shut(&sail);
}
END_TEST

/* Prices may come before it. */
static void
expect_behind_prices(struct raw *r, const char *text)
{
	struct raw_frame f = raw_next(r);

	while (f.opcode == 1 && strncmp((char *)f.data, "rope ", 5) == 0)
		f = raw_next(r);
	ck_assert_int_eq(f.opcode, 1);
	ck_assert_str_eq((char *)f.data, text);
}

START_TEST(the_ticker_stops_when_told_and_refuses_what_it_cannot_do)
{
	struct raw r;

	raw_ws(&r, d.port, "/ticker");
	raw_text(&r, "+oar");
	raw_expect(&r, "say +NAME or -NAME, of what is sold here");
	raw_text(&r, "");
	raw_expect(&r, "say +NAME or -NAME, of what is sold here");
	raw_text(&r, "+rope");
	expect_price(&r, "rope");
	raw_text(&r, "+sail"); /* max_topics = 1 */
	expect_behind_prices(&r, "no more than you have");
	raw_text(&r, "-rope");
	raw_text(&r, "-rope"); /* is not heard any more: no harm */
	raw_text(&r, "?");
	expect_behind_prices(&r, "say +NAME or -NAME, of what is sold here");
	raw_text(&r, "?");
	raw_expect(&r, "say +NAME or -NAME, of what is sold here");
	raw_text(&r, "+sail");
	expect_price(&r, "sail");
	raw_shut(&r);
}
END_TEST

START_TEST(the_ticker_has_one_market_also_after_a_reload)
{
	char more[1024];
	struct raw rope, sail;

	raw_ws(&rope, d.port, "/ticker");
	raw_text(&rope, "+rope");
	expect_price(&rope, "rope");
	configure(more, sizeof more, "\"sail\"");
	daemon_config(&d, more);
	daemon_reload(&d);
	raw_text(&rope, "?");
	expect_behind_prices(&rope, "say +NAME or -NAME, of what is sold here");
	raw_ws(&sail, d.port, "/ticker");
	raw_text(&sail, "+sail");
	for (int i = 0; i < 10; i++)
		expect_price(&sail, "sail");
	/* None of a market that went on beside this one. */
	raw_text(&rope, "?");
	raw_expect(&rope, "say +NAME or -NAME, of what is sold here");
	raw_shut(&rope);
	raw_shut(&sail);
}
END_TEST

/* --- board ---------------------------------------------------------------- */

enum { HELLO = 1, CURSOR, STROKE, CLEAR, PING = 9 };

struct player {
	struct raw r;
	uint64_t who, epoch, seq; /* as WELCOME and later strokes say */
	uint32_t missed;
	int complete;
};

static uint64_t
number(const uint8_t *p, int bytes)
{
	uint64_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | p[bytes];
	return n;
}

static uint64_t
digits(const uint8_t *p)
{
	char text[21] = "";

	memcpy(text, p, 20);
	return strtoull(text, NULL, 10);
}

static void
say_hello(struct raw *r, const char *name, uint64_t epoch, uint64_t seq)
{
	uint8_t m[24 + 64] = { HELLO, 1, 0, 0, 7 };

	for (int i = 0; i < 8; i++) {
		m[8 + i] = (uint8_t)(epoch >> 8 * i);
		m[16 + i] = (uint8_t)(seq >> 8 * i);
	}
	memcpy(m + 24, name, strlen(name));
	raw_frame(r, 0x82, m, 24 + strlen(name));
}

static void
come(struct player *p, const char *name, uint64_t epoch, uint64_t seq)
{
	struct raw_frame f;

	raw_ws(&p->r, d.port, "/board");
	say_hello(&p->r, name, epoch, seq);
	f = raw_next(&p->r);
	ck_assert(f.opcode == 2 && f.len == 32);
	ck_assert(f.data[0] == HELLO && f.data[1] == 1 && f.data[3] == 0);
	p->complete = f.data[2];
	p->missed = (uint32_t)number(f.data + 4, 4);
	p->who = number(f.data + 8, 8);
	p->epoch = number(f.data + 16, 8);
	p->seq = number(f.data + 24, 8);
}

static void
expect_join(struct player *p, const struct player *of, const char *name)
{
	char text[80];

	snprintf(text, sizeof text, "join %" PRIu64 " %s", of->who, name);
	raw_expect(&p->r, text);
}

static void
draw(struct player *p, uint8_t colour, uint8_t nr)
{
	const uint8_t m[16] = { STROKE, colour, 5, 0, nr, 0, 0, 0, 1, 2, 3, 4,
		0xff, 0xff, 0, 0 };

	raw_frame(&p->r, 0x82, m, sizeof m);
}

static void
expect_stroke(struct player *p, const struct player *by, uint8_t colour)
{
	static const uint8_t points[8] = { 1, 2, 3, 4, 0xff, 0xff, 0, 0 };
	struct raw_frame f = raw_next(&p->r);

	ck_assert(f.opcode == 2 && f.len == 64);
	ck_assert(f.data[0] == STROKE && f.data[1] == colour && f.data[2] == 5);
	ck_assert_uint_eq(number(f.data + 8, 8), by->who);
	ck_assert_uint_eq(digits(f.data + 16), p->epoch);
	p->seq = digits(f.data + 36);
	ck_assert_mem_eq(f.data + 56, points, sizeof points);
}

START_TEST(the_board_shows_who_is_there_and_what_they_do)
{
	static const uint8_t move[8] = { CURSOR, 0, 1, 0, 2, 0, 0, 0 };
	static const uint8_t clear[8] = { CLEAR, 0, 0, 0, 9, 0, 0, 0 };
	struct player a, b;
	struct raw_frame f;
	char text[80];

	come(&a, "Ada", 0, 0);
	expect_join(&a, &a, "Ada");
	come(&b, "Bob", 0, 0);
	ck_assert(a.who != b.who);
	expect_join(&b, &a, "Ada");
	expect_join(&b, &b, "Bob");
	expect_join(&a, &b, "Bob");
	raw_frame(&a.r, 0x82, move, sizeof move); /* not to herself */
	draw(&a, 3, 1);
	f = raw_next(&b.r);
	ck_assert(f.opcode == 2 && f.len == 16);
	ck_assert_mem_eq(f.data, move, 8);
	ck_assert_uint_eq(number(f.data + 8, 8), a.who);
	expect_stroke(&a, &a, 3);
	expect_stroke(&b, &a, 3);
	raw_frame(&b.r, 0x82, clear, sizeof clear);
	f = raw_next(&a.r);
	ck_assert(f.opcode == 2 && f.len == 56);
	ck_assert_mem_eq(f.data, clear, 8);
	ck_assert_uint_eq(digits(f.data + 36), 2);
	snprintf(text, sizeof text, "leave %" PRIu64, b.who);
	raw_shut(&b.r);
	raw_expect(&a.r, text);
	raw_shut(&a.r);
}
END_TEST

START_TEST(the_board_sends_what_was_missed_and_nothing_twice)
{
	struct player a, b;

	come(&a, "Ada", 0, 0);
	expect_join(&a, &a, "Ada");
	for (uint8_t i = 1; i <= 2; i++) {
		draw(&a, i, i);
		expect_stroke(&a, &a, i);
	}
	draw(&a, 2, 2); /* again: not drawn */
	come(&b, "Bob", a.epoch, 1);
	expect_join(&a, &b, "Bob");
	ck_assert(b.complete && b.missed == 1 && b.seq == 2);
	expect_join(&b, &a, "Ada");
	expect_join(&b, &b, "Bob");
	expect_stroke(&b, &a, 2);
	draw(&b, 3, 3);
	draw(&b, 4, 4);
	expect_stroke(&b, &b, 3);
	expect_stroke(&b, &b, 4);
	raw_shut(&b.r);
	/* Three of four are remembered: all of them follow, not complete. */
	come(&b, "Bob", 0, 0);
	ck_assert(!b.complete && b.missed == 3 && b.seq == 4);
	raw_shut(&b.r);
	raw_shut(&a.r);
}
END_TEST

static void
expect_refusal(const void *message, size_t n, int head, int code)
{
	struct raw r;

	raw_ws(&r, d.port, "/board");
	raw_frame(&r, head, message, n);
	raw_expect_close(&r, code, "");
	raw_shut(&r);
}

START_TEST(the_board_refuses_what_is_not_its_protocol)
{
	static const char *const names[] = { "", "a\xff", "two\nlines",
		"123456789012345678901234567890123" };
	static const uint8_t bad[][12] = {
		{ STROKE, 8, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0 },
		{ STROKE, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 },
		{ STROKE, 0, 33, 0, 1, 0, 0, 0, 0, 0, 0, 0 },
		{ CURSOR },
		{ CLEAR },
		{ 77 },
	};
	static uint8_t long_stroke[8 + 4004] = { STROKE, 0, 1 };
	const uint8_t before[8] = { CURSOR };
	struct player p;

	expect_refusal("text", 4, 0x81, 1003);
	expect_refusal(before, sizeof before, 0x82, 1008);
	expect_refusal("", 0, 0x82, 1008);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		raw_ws(&p.r, d.port, "/board");
		say_hello(&p.r, names[i], 0, 0);
		raw_expect_close(&p.r, 1008, "");
		raw_shut(&p.r);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		come(&p, "Eve", 0, 0);
		expect_join(&p, &p, "Eve");
		raw_frame(&p.r, 0x82, bad[i], sizeof bad[i]);
		raw_expect_close(&p.r, 1008, "");
		raw_shut(&p.r);
		/* Or the next would be told of her. */
		daemon_await(&d, "cleat_topic_members", 0);
	}
	come(&p, "Eve", 0, 0);
	expect_join(&p, &p, "Eve");
	raw_frame(&p.r, 0x82, long_stroke, sizeof long_stroke - 4);
	ck_assert_uint_eq(raw_next(&p.r).len, 56 + 4000);
	raw_frame(&p.r, 0x82, long_stroke, sizeof long_stroke);
	raw_expect_close(&p.r, 1008, "");
	raw_shut(&p.r);
}
END_TEST

START_TEST(the_board_answers_a_ping)
{
	const uint8_t ping[8] = { PING, 1, 2, 3, 4, 5, 6, 7 };
	struct raw_frame f;
	struct raw r;

	raw_ws(&r, d.port, "/board");
	raw_frame(&r, 0x82, ping, sizeof ping);
	f = raw_next(&r);
	ck_assert(f.opcode == 2 && f.len == sizeof ping);
	ck_assert_mem_eq(f.data, ping, sizeof ping);
	raw_shut(&r);
}
END_TEST

/* Draws until more waits for a reader than the low mark, 1 % of 64 MiB. */
static int
draw_until_slow(struct player *p)
{
	static uint8_t stroke[8 + 4000] = { STROKE, 0, 1 };
	int n;

	for (n = 0;
	     n % 100 != 0 ||
	     daemon_metric(&d, "cleat_queue_bytes{route=\"/board\"}") < 1e6;
	     n++) {
		stroke[4] = (uint8_t)n;
		stroke[5] = (uint8_t)(n >> 8);
		raw_frame(&p->r, 0x82, stroke, sizeof stroke);
		ck_assert_uint_eq(raw_next(&p->r).len, 56 + 4000);
	}
	return n;
}

START_TEST(the_board_spares_a_slow_one_the_moves_but_not_the_strokes)
{
	static const uint8_t move[8] = { CURSOR };
	struct player slow, fast;
	int strokes;

	come(&slow, "Sid", 0, 0);
	expect_join(&slow, &slow, "Sid");
	come(&fast, "Flo", 0, 0);
	expect_join(&slow, &fast, "Flo");
	expect_join(&fast, &slow, "Sid");
	expect_join(&fast, &fast, "Flo");
	strokes = draw_until_slow(&fast);
	for (int i = 0; i < 100; i++)
		raw_frame(&fast.r, 0x82, move, sizeof move);
	draw(&fast, 1, 1);
	expect_stroke(&fast, &fast, 1);
	daemon_await(&d,
	    "cleat_dropped_total{route=\"/board\",reason=\"lose_first\"}", 100);
	for (int i = 0; i < strokes; i++)
		ck_assert_uint_eq(raw_next(&slow.r).len, 56 + 4000);
	expect_stroke(&slow, &fast, 1);
	raw_shut(&slow.r);
	raw_shut(&fast.r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("examples with topics");
	TCase *c = suite_case(s, "of the SDK");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, the_ticker_sends_the_prices_that_were_asked_for);
	tcase_add_test(
	    c, the_ticker_stops_when_told_and_refuses_what_it_cannot_do);
	tcase_add_test(c, the_ticker_has_one_market_also_after_a_reload);
	tcase_add_test(c, the_board_shows_who_is_there_and_what_they_do);
	tcase_add_test(c, the_board_sends_what_was_missed_and_nothing_twice);
	tcase_add_test(c, the_board_refuses_what_is_not_its_protocol);
	tcase_add_test(c, the_board_answers_a_ping);
	tcase_add_test(
	    c, the_board_spares_a_slow_one_the_moves_but_not_the_strokes);
	return suite_run(s);
}
