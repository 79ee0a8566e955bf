/* SPDX-License-Identifier: MIT
 *
 * test_ws.c - the tables of RFC 6455: what holds for every row, and the
 * ranges of the close codes that have none.
 */
#include "config.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "wire/utf8.h"
#include "wire/ws.h"

static bool
is_label(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!islower((unsigned char)*p) &&
		    !isdigit((unsigned char)*p) && *p != '_')
			return false;
	return *s != '\0';
}

START_TEST(codes_that_only_a_library_reports_are_never_received_or_sent)
{
	static const unsigned codes[] = { WS_CLOSE_RESERVED, WS_CLOSE_NONE,
		WS_CLOSE_ABNORMAL, WS_CLOSE_TLS };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		ck_assert(!ws_close_received(codes[i]));
		ck_assert(!ws_close_sent(codes[i]));
	}
}
END_TEST

START_TEST(codes_outside_the_ranges_are_never_received_or_sent)
{
	static const unsigned codes[] = { 0, 1, 999, 1016, 1999, 2000, 2999,
		5000, 65535 };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		ck_assert(!ws_close_received(codes[i]));
		ck_assert(!ws_close_sent(codes[i]));
		ck_assert_str_eq(ws_close_meaning(codes[i]), "reserved");
	}
}
END_TEST

START_TEST(a_handler_may_not_blame_the_protocol_or_want_extensions)
{
	ck_assert(ws_close_received(1002) && !ws_close_sent(1002));
	ck_assert(ws_close_received(1010) && !ws_close_sent(1010));
}
END_TEST

START_TEST(codes_of_the_registry_and_private_ones_go_both_ways)
{
	static const unsigned codes[] = { 1000, 1001, 1003, 1007, 1008, 1009,
		1011, 1012, 1013, 1014, 3000, 3999, 4000, 4401, 4403, 4999 };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		ck_assert(ws_close_received(codes[i]));
		ck_assert(ws_close_sent(codes[i]));
		ck_assert_str_ne(ws_close_meaning(codes[i]), "reserved");
	}
	ck_assert_str_eq(ws_close_meaning(4000), "private use");
	ck_assert_str_eq(ws_close_meaning(1000), "normal closure");
}
END_TEST

START_TEST(every_violation_can_be_written_into_a_close_frame)
{
	for (int v = WS_V_NONE + 1; v < WS_V_COUNT; v++) {
		const struct ws_violation_row *row =
		    ws_violation((enum ws_violation)v);
		size_t n = strlen(row->reason);

		ck_assert_msg(n > 0 && n <= WS_REASON_MAX, "%s", row->label);
		ck_assert(utf8_valid((const uint8_t *)row->reason, n));
		ck_assert_msg(ws_close_row(row->code) != NULL &&
				  ws_close_received(row->code),
		    "%s", row->label);
		ck_assert(*row->section != '\0');
	}
}
END_TEST

START_TEST(labels_are_snake_case_and_differ)
{
	for (int v = WS_V_NONE + 1; v < WS_V_COUNT; v++) {
		const char *label = ws_violation((enum ws_violation)v)->label;

		ck_assert_msg(is_label(label), "%s", label);
		for (int w = WS_V_NONE + 1; w < v; w++)
			ck_assert_str_ne(
			    label, ws_violation((enum ws_violation)w)->label);
	}
	for (int r = WS_R_NONE + 1; r < WS_R_COUNT; r++) {
		const char *label = ws_refusal((enum ws_refusal)r)->label;

		ck_assert_msg(is_label(label), "%s", label);
		for (int w = WS_R_NONE + 1; w < r; w++)
			ck_assert_str_ne(
			    label, ws_refusal((enum ws_refusal)w)->label);
	}
}
END_TEST

START_TEST(every_refusal_is_an_http_error_with_a_body)
{
	for (int r = WS_R_NONE + 1; r < WS_R_COUNT; r++) {
		const struct ws_refusal_row *row =
		    ws_refusal((enum ws_refusal)r);

		ck_assert_uint_ge(row->status, 400);
		ck_assert_uint_lt(row->status, 600);
		ck_assert(*row->sentence != '\0' && *row->section != '\0');
		ck_assert(row->close == 0 || ws_close_sent(row->close));
		ck_assert_uint_le(strlen(row->sentence), WS_REASON_MAX);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ws");
	TCase *tc = suite_case(suite, "ws");

	tcase_add_test(
	    tc, codes_that_only_a_library_reports_are_never_received_or_sent);
	tcase_add_test(tc, codes_outside_the_ranges_are_never_received_or_sent);
	tcase_add_test(
	    tc, a_handler_may_not_blame_the_protocol_or_want_extensions);
	tcase_add_test(tc, codes_of_the_registry_and_private_ones_go_both_ways);
	tcase_add_test(tc, every_violation_can_be_written_into_a_close_frame);
	tcase_add_test(tc, labels_are_snake_case_and_differ);
	tcase_add_test(tc, every_refusal_is_an_http_error_with_a_body);
	return suite_run_forked(suite);
}
