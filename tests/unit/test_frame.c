/* SPDX-License-Identifier: MIT
 *
 * test_frame.c - headers alone, as bytes. What follows from several frames is
 * in tests/wire.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "wire/frame.h"

static const uint8_t key[4] = { 1, 2, 3, 4 };

START_TEST(reserved_bits_are_refused_unless_allowed)
{
	const uint8_t rsv1[] = { 0xc1, 0x00 }, rsv12[] = { 0xe1, 0x00 };
	struct frame f;

	ck_assert_int_eq(frame_parse(&f, rsv1, 2, 0), -WS_V_RSV);
	ck_assert_int_eq(frame_parse(&f, rsv12, 2, FRAME_RSV1), -WS_V_RSV);
	ck_assert_int_eq(frame_parse(&f, rsv1, 2, FRAME_RSV1), 2);
	ck_assert_uint_eq(f.rsv, FRAME_RSV1);
	ck_assert_uint_eq(f.opcode, WS_OP_TEXT);
}
END_TEST

START_TEST(reserved_bits_are_never_allowed_on_control_frames)
{
	const uint8_t ping[] = { 0xc9, 0x00 };
	struct frame f;

	ck_assert_int_eq(frame_parse(&f, ping, 2, FRAME_RSV), -WS_V_RSV);
}
END_TEST

START_TEST(the_ten_reserved_opcodes_are_refused)
{
	static const uint16_t known =
	    1 << WS_OP_CONTINUATION | 1 << WS_OP_TEXT | 1 << WS_OP_BINARY |
	    1 << WS_OP_CLOSE | 1 << WS_OP_PING | 1 << WS_OP_PONG;
	struct frame f;

	for (unsigned op = 0; op < 16; op++) {
		const uint8_t p[] = { (uint8_t)(FRAME_FIN | op), 0 };

		ck_assert_int_eq(frame_parse(&f, p, 2, 0),
		    known >> op & 1 ? 2 : -WS_V_OPCODE);
	}
}
END_TEST

START_TEST(a_client_must_mask_and_a_server_need_not)
{
	const uint8_t p[] = { 0x81, 0x00 };
	struct frame f;

	ck_assert_int_eq(frame_parse_client(&f, p, 2, 0), -WS_V_UNMASKED);
	ck_assert_int_eq(frame_parse(&f, p, 2, 0), 2);
	ck_assert(!f.masked);
}
END_TEST

START_TEST(lengths_that_are_not_in_their_shortest_form_are_refused)
{
	const uint8_t in16[] = { 0x82, 126, 0, 125 };
	const uint8_t in64[] = { 0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	const uint8_t sign[] = { 0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0 };
	struct frame f;

	ck_assert_int_eq(
	    frame_parse(&f, in16, sizeof in16, 0), -WS_V_LENGTH_FORM);
	ck_assert_int_eq(
	    frame_parse(&f, in64, sizeof in64, 0), -WS_V_LENGTH_FORM);
	ck_assert_int_eq(
	    frame_parse(&f, sign, sizeof sign, 0), -WS_V_LENGTH_SIGN);
}
END_TEST

START_TEST(control_frames_are_whole_and_short)
{
	const uint8_t part[] = { WS_OP_PING, 0 };
	const uint8_t longer[] = { 0x89, 126, 0, 126 };
	struct frame f;

	ck_assert_int_eq(frame_parse(&f, part, 2, 0), -WS_V_CONTROL_FRAGMENT);
	ck_assert_int_eq(frame_parse(&f, longer, 2, 0), -WS_V_CONTROL_LENGTH);
}
END_TEST

/* Reads back what was written, and nothing less. */
static void
check_round_trip(const uint8_t *p, size_t n, bool masked, uint64_t len)
{
	struct frame f;

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(frame_parse(&f, p, i, 0), 0);
	ck_assert_int_eq(frame_parse(&f, p, n, 0), (int)n);
	ck_assert_uint_eq(f.len, len);
	ck_assert_uint_eq(f.opcode, WS_OP_BINARY);
	ck_assert(f.fin);
	ck_assert(f.masked == masked);
	ck_assert_mem_eq(f.key, masked ? key : (const uint8_t[4]){ 0 }, 4);
}

START_TEST(every_length_is_written_in_its_shortest_form_and_read_back)
{
	static const struct {
		uint64_t len;
		size_t head;
	} rows[] = { { 0, 2 }, { 1, 2 }, { 125, 2 }, { 126, 4 }, { 127, 4 },
		{ 256, 4 }, { 65535, 4 }, { 65536, 10 },
		{ UINT64_C(0x0102030405060708), 10 }, { INT64_MAX, 10 } };
	const unsigned first = FRAME_FIN | WS_OP_BINARY;
	uint8_t out[FRAME_CLIENT_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t n = frame_put(out, first, rows[i].len);

		ck_assert_uint_eq(n, rows[i].head);
		check_round_trip(out, n, false, rows[i].len);
		n = frame_put_masked(out, first, rows[i].len, key);
		ck_assert_uint_eq(n, rows[i].head + 4);
		check_round_trip(out, n, true, rows[i].len);
	}
}
END_TEST

START_TEST(headers_are_these_bytes)
{
	static const uint8_t small[] = { 0x81, 5 };
	static const uint8_t middle[] = { 0x02, 126, 0x01, 0x02 };
	static const uint8_t large[] = { 0xc2, 127, 0, 0, 0, 1, 2, 3, 4, 5 };
	static const uint8_t masked[] = { 0x89, 0x80, 1, 2, 3, 4 };
	uint8_t out[FRAME_CLIENT_MAX];

	frame_put(out, FRAME_FIN | WS_OP_TEXT, 5);
	ck_assert_mem_eq(out, small, sizeof small);
	frame_put(out, WS_OP_BINARY, 0x102);
	ck_assert_mem_eq(out, middle, sizeof middle);
	frame_put(
	    out, FRAME_FIN | FRAME_RSV1 | WS_OP_BINARY, UINT64_C(0x0102030405));
	ck_assert_mem_eq(out, large, sizeof large);
	frame_put_masked(out, FRAME_FIN | WS_OP_PING, 0, key);
	ck_assert_mem_eq(out, masked, sizeof masked);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tc = suite_case(suite, "frame");

	tcase_add_test(tc, reserved_bits_are_refused_unless_allowed);
	tcase_add_test(tc, reserved_bits_are_never_allowed_on_control_frames);
	tcase_add_test(tc, the_ten_reserved_opcodes_are_refused);
	tcase_add_test(tc, a_client_must_mask_and_a_server_need_not);
	tcase_add_test(
	    tc, lengths_that_are_not_in_their_shortest_form_are_refused);
	tcase_add_test(tc, control_frames_are_whole_and_short);
	tcase_add_test(
	    tc, every_length_is_written_in_its_shortest_form_and_read_back);
	tcase_add_test(tc, headers_are_these_bytes);
	return suite_run_forked(suite);
}
