/* SPDX-License-Identifier: MIT
 *
 * test_quantity.c - sizes and times as people write them.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "config/quantity.h"
#include "../suite.h"

static const struct {
	const char *text;
	enum quantity kind;
} refused[] = {
	{ "", QUANTITY_ANY }, { "KiB", QUANTITY_SIZE }, { "5", QUANTITY_ANY },
	{ "5 KB", QUANTITY_SIZE }, { "5 kib", QUANTITY_SIZE },
	{ "5 KiB ", QUANTITY_SIZE }, { " 5 KiB", QUANTITY_SIZE },
	{ "-5 KiB", QUANTITY_SIZE }, { "+5 KiB", QUANTITY_SIZE },
	{ "1.5 KiB", QUANTITY_SIZE }, { "0x10 KiB", QUANTITY_SIZE },
	{ "5 s", QUANTITY_SIZE }, { "5 KiB", QUANTITY_TIME },
	{ "5 m", QUANTITY_TIME },
	{ "18446744073709551616", QUANTITY_ANY }, /* 2^64 is not 0 */
};

START_TEST(what_is_no_quantity_is_refused)
{
	int64_t v = -7;

	ck_assert_msg(!quantity_parse(refused[_i].text, refused[_i].kind, &v),
	    "\"%s\" was taken for %ld", refused[_i].text, (long)v);
}
END_TEST

static const struct {
	const char *text;
	enum quantity kind;
	int64_t value;
} taken[] = {
	{ "0", QUANTITY_SIZE, 0 },
	{ "0", QUANTITY_TIME, 0 },
	{ "0 s", QUANTITY_TIME, 0 },
	{ "7 B", QUANTITY_SIZE, 7 },
	{ "64 KiB", QUANTITY_SIZE, 65536 },
	{ "64KiB", QUANTITY_SIZE, 65536 },
	{ "3 MiB", QUANTITY_ANY, 3 << 20 },
	{ "4 GiB", QUANTITY_SIZE, 4LL << 30 },
	{ "9 ms", QUANTITY_TIME, 9 },
	{ "54 s", QUANTITY_ANY, 54000 },
	{ "2 min", QUANTITY_TIME, 120000 },
	{ "3 h", QUANTITY_TIME, 10800000 },
	{ "1 d", QUANTITY_TIME, 86400000 },
	{ "9223372036854775807 B", QUANTITY_SIZE, INT64_MAX },
	/* What does not fit is larger than any bound. */
	{ "9223372036854775808 B", QUANTITY_SIZE, INT64_MAX },
	{ "9223372036854775807 KiB", QUANTITY_SIZE, INT64_MAX },
	{ "99999999999999999999999 d", QUANTITY_TIME, INT64_MAX },
};

START_TEST(a_number_with_a_unit_is_taken)
{
	int64_t v = -7;

	ck_assert_msg(quantity_parse(taken[_i].text, taken[_i].kind, &v),
	    "\"%s\" was refused", taken[_i].text);
	ck_assert_int_eq(v, taken[_i].value);
}
END_TEST

static const struct {
	enum quantity kind;
	uint64_t value;
	const char *text;
} printed[] = {
	{ QUANTITY_SIZE, 0, "0" },
	{ QUANTITY_SIZE, 1000, "1000 B" },
	{ QUANTITY_SIZE, 1536, "1536 B" },
	{ QUANTITY_SIZE, 1 << 20, "1 MiB" },
	{ QUANTITY_TIME, 1500, "1500 ms" },
	{ QUANTITY_TIME, 54000, "54 s" },
	{ QUANTITY_TIME, 86400000, "1 d" },
};

START_TEST(the_largest_unit_that_divides_is_printed)
{
	char buf[32];

	ck_assert_str_eq(quantity_print(buf, sizeof(buf), printed[_i].kind,
			     printed[_i].value),
	    printed[_i].text);
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

int
main(void)
{
	Suite *suite = suite_create("config/quantity");
	TCase *tc = suite_case(suite, "quantity");

	tcase_add_loop_test(
	    tc, what_is_no_quantity_is_refused, 0, ROWS(refused));
	tcase_add_loop_test(tc, a_number_with_a_unit_is_taken, 0, ROWS(taken));
	tcase_add_loop_test(
	    tc, the_largest_unit_that_divides_is_printed, 0, ROWS(printed));
	return suite_run_forked(suite);
}
