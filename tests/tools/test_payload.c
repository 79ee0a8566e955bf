/* SPDX-License-Identifier: MIT
 *
 * test_payload.c - messages that follow from two numbers, and words that are
 * safe to print.
 */
#include "config.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "payload.h"
#include "printable.h"
#include "../suite.h"

enum { SIZE = 5000 };

static const struct payload_id id = { 7, 41 };

START_TEST(any_other_byte_is_noticed)
{
	static uint8_t buffer[SIZE];
	struct payload p;

	ck_assert_int_eq(payload_init(&p, SIZE, false), 0);
	payload_write(&p, id, 0, buffer, SIZE);
	for (size_t i = 0; i < SIZE; i += 7) {
		buffer[i] ^= 0x10;
		ck_assert(!payload_equal(&p, id, 0, buffer, SIZE));
		buffer[i] ^= 0x10;
	}
	ck_assert(payload_equal(&p, id, 0, buffer, SIZE));
	payload_fini(&p);
}
END_TEST

START_TEST(even_one_byte_tells_a_message_from_the_next)
{
	struct payload p;
	uint8_t byte;

	ck_assert_int_eq(payload_init(&p, 1, true), 0);
	for (uint64_t seq = 0; seq < 100; seq++) {
		struct payload_id now = { 3, seq }, next = { 3, seq + 1 };

		payload_write(&p, now, 0, &byte, 1);
		ck_assert(payload_equal(&p, now, 0, &byte, 1));
		ck_assert(!payload_equal(&p, next, 0, &byte, 1));
	}
	payload_fini(&p);
}
END_TEST

START_TEST(connections_differ_in_stamp_and_noise)
{
	struct payload_id other = { id.conn + 1, id.seq };
	uint8_t buffer[SIZE];
	struct payload p;

	ck_assert_int_eq(payload_init(&p, SIZE, false), 0);
	payload_write(&p, id, 0, buffer, SIZE);
	ck_assert(!payload_equal(&p, other, 0, buffer, PAYLOAD_STAMP));
	ck_assert(!payload_equal(&p, other, PAYLOAD_STAMP,
	    buffer + PAYLOAD_STAMP, SIZE - PAYLOAD_STAMP));
	payload_fini(&p);
}
END_TEST

START_TEST(a_message_in_pieces_is_the_message)
{
	static uint8_t whole[SIZE], pieces[SIZE];
	struct payload p;

	ck_assert_int_eq(payload_init(&p, SIZE, true), 0);
	payload_write(&p, id, 0, whole, SIZE);
	for (size_t step = 1; step < 40; step++) {
		memset(pieces, 0, SIZE);
		for (size_t at = 0; at < SIZE; at += step) {
			size_t n = SIZE - at < step ? SIZE - at : step;

			payload_write(&p, id, at, pieces + at, n);
			ck_assert(payload_equal(&p, id, at, whole + at, n));
		}
		ck_assert_mem_eq(whole, pieces, SIZE);
	}
	payload_fini(&p);
}
END_TEST

START_TEST(text_is_printable_ascii)
{
	uint8_t buffer[SIZE];
	struct payload p;

	ck_assert_int_eq(payload_init(&p, SIZE, true), 0);
	payload_write(&p, id, 0, buffer, SIZE);
	for (size_t i = 0; i < SIZE; i++)
		ck_assert(isprint(buffer[i]));
	payload_fini(&p);
}
END_TEST

START_TEST(a_peers_words_cannot_move_the_cursor)
{
	char out[32];

	ck_assert_str_eq(
	    printable(out, sizeof(out), "a\x1b[2J\r\n\0z", 9, ""), "a?[2J???z");
	ck_assert_str_eq(
	    printable(out, sizeof(out), "\x7f\xc2\x9b\xc3\xa4", 5, ""),
	    "?\xc2?\xc3\xa4");
	ck_assert_str_eq(
	    printable(out, sizeof(out), "\n\t\r\0", 4, "\n\t"), "\n\t??");
	ck_assert_str_eq(printable(out, 4, "abcdef", 6, ""), "abc");
	ck_assert_str_eq(printable(out, 1, "abcdef", 6, ""), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("payload");
	TCase *tc = suite_case(suite, "payload");

	tcase_add_test(tc, any_other_byte_is_noticed);
	tcase_add_test(tc, even_one_byte_tells_a_message_from_the_next);
	tcase_add_test(tc, connections_differ_in_stamp_and_noise);
	tcase_add_test(tc, a_message_in_pieces_is_the_message);
	tcase_add_test(tc, text_is_printable_ascii);
	tcase_add_test(tc, a_peers_words_cannot_move_the_cursor);
	return suite_run_forked(suite);
}
