/* SPDX-License-Identifier: MIT
 *
 * test_message.c - the shape of the events: where they point, what is used up,
 * what remains. Which events come is in tests/wire.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "wire/message.h"

static const struct message_rules rules = { .max_message = 1000,
	.max_fragments = 10 };

START_TEST(an_incomplete_header_or_control_frame_is_left_where_it_is)
{
	uint8_t p[MESSAGE_UNIT_MAX] = { 0x89, 0xfd, 0, 0, 0, 0, 'x' };
	struct message m = { 0 };
	struct message_event ev;

	for (size_t n = 0; n < sizeof p; n++) {
		ck_assert_uint_eq(message_next(&m, &rules, p, n, &ev), 0);
		ck_assert_int_eq(ev.kind, MESSAGE_MORE);
	}
	ck_assert_uint_eq(message_next(&m, &rules, p, sizeof p, &ev), sizeof p);
	ck_assert_int_eq(ev.kind, MESSAGE_PING);
	ck_assert_uint_eq(ev.len, WS_CONTROL_MAX);
	ck_assert_ptr_eq(ev.data, p + 6);
}
END_TEST

START_TEST(bytes_that_are_left_are_not_unmasked_twice)
{
	uint8_t p[] = { 0x89, 0x82, 1, 1, 1, 1, 'h' ^ 1, 'i' ^ 1 };
	struct message m = { 0 };
	struct message_event ev;

	ck_assert_uint_eq(message_next(&m, &rules, p, sizeof p - 1, &ev), 0);
	ck_assert_uint_eq(message_next(&m, &rules, p, sizeof p, &ev), sizeof p);
	ck_assert_mem_eq(ev.data, "hi", 2);
}
END_TEST

START_TEST(a_message_too_big_is_refused_before_its_payload)
{
	uint8_t p[] = { 0x82, 0xfe, 0x03, 0xe9, 0, 0, 0, 0 };
	struct message m = { 0 };
	struct message_event ev;

	ck_assert_uint_eq(message_next(&m, &rules, p, sizeof p, &ev), sizeof p);
	ck_assert_int_eq(ev.kind, MESSAGE_VIOLATION);
	ck_assert_int_eq(ev.violation, WS_V_TOO_BIG);
}
END_TEST

START_TEST(all_is_used_up_in_silence_after_the_end)
{
	uint8_t p[] = { 0x88, 0x80, 0, 0, 0, 0, 0xff, 0xff, 0xff };
	uint8_t hi[] = { 0x81, 0x81, 0, 0, 0, 0, 'a' };
	struct message m = { 0 };
	struct message_event ev;

	ck_assert_uint_eq(message_next(&m, &rules, p, sizeof p, &ev), sizeof p);
	ck_assert_int_eq(ev.kind, MESSAGE_CLOSE);
	ck_assert_uint_eq(ev.close_code, WS_CLOSE_NONE);
	for (size_t n = 0; n <= sizeof hi; n++) {
		ck_assert_uint_eq(message_next(&m, &rules, hi, n, &ev), n);
		ck_assert_int_eq(ev.kind, MESSAGE_MORE);
	}
}
END_TEST

START_TEST(a_whole_message_is_one_event_inside_the_buffer)
{
	uint8_t p[] = { 0x81, 0x82, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2, 0x82 };
	struct message m = { 0 };
	struct message_event ev;

	ck_assert_uint_eq(message_next(&m, &rules, p, sizeof p, &ev), 8);
	ck_assert_int_eq(ev.kind, MESSAGE_DATA);
	ck_assert_int_eq(ev.type, WS_OP_TEXT);
	ck_assert(ev.first && ev.last);
	ck_assert_ptr_eq(ev.data, p + 6);
	ck_assert_uint_eq(ev.len, 2);
	ck_assert_mem_eq(ev.data, "hi", 2);
}
END_TEST

START_TEST(a_whole_message_of_the_long_form_is_one_event_too)
{
	uint8_t p[8 + 200] = { 0x82, 0xfe, 0, 200 };
	struct message m = { 0 };
	struct message_event ev;

	ck_assert_uint_eq(message_next(&m, &rules, p, sizeof p, &ev), sizeof p);
	ck_assert(ev.first && ev.last);
	ck_assert_int_eq(ev.type, WS_OP_BINARY);
	ck_assert_ptr_eq(ev.data, p + 8);
	ck_assert_uint_eq(ev.len, 200);
}
END_TEST

START_TEST(want_says_how_much_payload_is_missing)
{
	uint8_t head[] = { 0x81, 0x8a, 0, 0, 0, 0, 'a', 'b', 'c' };
	uint8_t rest[] = "defghij";
	struct message m = { 0 };
	struct message_event ev;

	ck_assert_uint_eq(message_want(&m), 0);
	ck_assert_uint_eq(message_next(&m, &rules, head, 6, &ev), 6);
	ck_assert_int_eq(ev.kind, MESSAGE_MORE);
	ck_assert_uint_eq(message_want(&m), 10);
	ck_assert_uint_eq(message_next(&m, &rules, head + 6, 3, &ev), 3);
	ck_assert(ev.first && !ev.last);
	ck_assert_uint_eq(message_want(&m), 7);
	ck_assert_uint_eq(message_next(&m, &rules, rest, 7, &ev), 7);
	ck_assert(!ev.first && ev.last);
	ck_assert_ptr_eq(ev.data, rest);
	ck_assert_uint_eq(message_want(&m), 0);
}
END_TEST

START_TEST(an_idle_connection_costs_at_most_48_bytes)
{
	ck_assert_uint_le(sizeof(struct message), 48);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("message");
	TCase *tc = suite_case(suite, "message");

	tcase_add_test(
	    tc, an_incomplete_header_or_control_frame_is_left_where_it_is);
	tcase_add_test(tc, bytes_that_are_left_are_not_unmasked_twice);
	tcase_add_test(tc, a_message_too_big_is_refused_before_its_payload);
	tcase_add_test(tc, all_is_used_up_in_silence_after_the_end);
	tcase_add_test(tc, a_whole_message_is_one_event_inside_the_buffer);
	tcase_add_test(tc, a_whole_message_of_the_long_form_is_one_event_too);
	tcase_add_test(tc, want_says_how_much_payload_is_missing);
	tcase_add_test(tc, an_idle_connection_costs_at_most_48_bytes);
	return suite_run_forked(suite);
}
