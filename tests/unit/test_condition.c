/* SPDX-License-Identifier: MIT
 *
 * test_condition.c - validators, conditions and ranges, as tables.
 */
#include "config.h"

#include <sys/stat.h>
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/condition.h"
#include "http/head.h"
#include "http/range.h"
#include "../suite.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* The file of all tests: 784111777 s and 5 ns, 31 bytes. */
#define NOW    "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER  "Sun, 06 Nov 1994 08:49:38 GMT"
#define ETAG   "\"ae1b981bc490a05-1f\""

static void
make(struct validators *v, bool gzip)
{
	const struct stat st = { .st_size = 31,
		.st_mtim = { .tv_sec = 784111777, .tv_nsec = 5 } };

	validators_make(v, &st, gzip ? "-gz" : "");
}

START_TEST(validators_are_made_of_time_and_size)
{
	struct validators plain, zipped;

	make(&plain, false);
	make(&zipped, true);
	ck_assert_str_eq(plain.etag, ETAG);
	ck_assert_str_eq(plain.date, NOW);
	ck_assert_str_ne(plain.etag, zipped.etag);
}
END_TEST

static const struct {
	const char *match, *unmodified, *none, *since;
	enum condition expected;
} conditions[] = {
	{ "\"x\"", NULL, NULL, NULL, CONDITION_FAILED },
	{ "W/" ETAG, NULL, NULL, NULL, CONDITION_FAILED },
	{ "", NULL, NULL, NULL, CONDITION_FAILED },
	{ "\"x\"", NULL, ETAG, NULL, CONDITION_FAILED },
	{ NULL, BEFORE, NULL, NULL, CONDITION_FAILED },
	{ NULL, BEFORE, ETAG, NULL, CONDITION_FAILED },
	{ NULL, NULL, ETAG, NULL, CONDITION_NOT_MODIFIED },
	{ NULL, NULL, "W/" ETAG, NULL, CONDITION_NOT_MODIFIED },
	{ NULL, NULL, "*", NULL, CONDITION_NOT_MODIFIED },
	{ NULL, NULL, "\"x\", W/\"y\" ," ETAG, NULL, CONDITION_NOT_MODIFIED },
	{ NULL, NULL, ETAG, BEFORE, CONDITION_NOT_MODIFIED },
	{ NULL, NULL, NULL, NOW, CONDITION_NOT_MODIFIED },
	{ NULL, NULL, NULL, AFTER, CONDITION_NOT_MODIFIED },
	{ NULL, NULL, NULL, "Sunday, 06-Nov-94 08:49:37 GMT",
	    CONDITION_NOT_MODIFIED },
	{ NULL, NULL, NULL, "Sun Nov  6 08:49:37 1994",
	    CONDITION_NOT_MODIFIED },
	{ ETAG, BEFORE, NULL, NULL, CONDITION_HOLDS },
	{ "*", NULL, NULL, NULL, CONDITION_HOLDS },
	{ "\"x\"," ETAG, NULL, NULL, NULL, CONDITION_HOLDS },
	{ NULL, NOW, NULL, NULL, CONDITION_HOLDS },
	{ NULL, "rubbish", NULL, NULL, CONDITION_HOLDS },
	{ NULL, NULL, "\"x\"", AFTER, CONDITION_HOLDS },
	{ NULL, NULL, "\"x", NULL, CONDITION_HOLDS },
	{ NULL, NULL, NULL, BEFORE, CONDITION_HOLDS },
	{ NULL, NULL, NULL, NOW " x", CONDITION_HOLDS },
	{ NULL, NULL, NULL, NULL, CONDITION_HOLDS },
};

START_TEST(conditions_have_their_precedence)
{
	struct head h = { .value = {
			      [HEAD_IF_MATCH] = conditions[_i].match,
			      [HEAD_IF_UNMODIFIED_SINCE] =
				  conditions[_i].unmodified,
			      [HEAD_IF_NONE_MATCH] = conditions[_i].none,
			      [HEAD_IF_MODIFIED_SINCE] = conditions[_i].since,
			  } };
	struct validators v;

	make(&v, false);
	ck_assert_int_eq(condition_judge(&h, &v), conditions[_i].expected);
}
END_TEST

static const struct {
	const char *if_range;
	bool allowed;
} if_ranges[] = {
	{ "\"x\"", false },
	{ "W/" ETAG, false },
	{ BEFORE, false },
	{ AFTER, false },
	{ "rubbish", false },
	{ "", false },
	{ NULL, true },
	{ ETAG, true },
	{ NOW, true },
};

START_TEST(if_range_wants_the_very_file)
{
	struct head h = { .value = {
			      [HEAD_IF_RANGE] = if_ranges[_i].if_range } };
	struct validators v;

	make(&v, false);
	ck_assert(condition_allows_range(&h, &v) == if_ranges[_i].allowed);
}
END_TEST

START_TEST(the_date_of_a_file_that_may_still_change_is_weak)
{
	const struct stat st = { .st_mtim = { .tv_sec = time(NULL) } };
	struct validators v;
	struct head h = { 0 };

	validators_make(&v, &st, "");
	h.value[HEAD_IF_RANGE] = v.date;
	ck_assert(!condition_allows_range(&h, &v));
}
END_TEST

static const struct {
	const char *range;
	uint64_t size;
	enum range_kind kind;
	uint64_t first, count;
} ranges[] = {
	{ NULL, 10, RANGE_WHOLE, 0, 0 },
	{ "", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=-", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=5", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=a-b", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=+1-2", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=5-4", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=0-1x", 10, RANGE_WHOLE, 0, 0 },
	{ "lines=0-1", 10, RANGE_WHOLE, 0, 0 },
	{ "bytes=10-", 10, RANGE_BEYOND, 0, 0 },
	{ "bytes=10-20", 10, RANGE_BEYOND, 0, 0 },
	{ "bytes=-0", 10, RANGE_BEYOND, 0, 0 },
	{ "bytes=0-", 0, RANGE_BEYOND, 0, 0 },
	{ "bytes=-1", 0, RANGE_BEYOND, 0, 0 },
	{ "bytes=18446744073709551616-", 10, RANGE_BEYOND, 0, 0 },
	{ "bytes=0-0", 10, RANGE_PART, 0, 1 },
	{ "bytes=0-9", 10, RANGE_PART, 0, 10 },
	{ "bytes=9-9", 10, RANGE_PART, 9, 1 },
	{ "bytes=3-", 10, RANGE_PART, 3, 7 },
	{ "bytes=3-99999999999999999999999", 10, RANGE_PART, 3, 7 },
	{ "bytes=-3", 10, RANGE_PART, 7, 3 },
	{ "bytes=-99999999999999999999999", 10, RANGE_PART, 0, 10 },
	{ "Bytes= 2-3 ", 10, RANGE_PART, 2, 2 },
};

START_TEST(a_range_is_one_part_or_the_whole)
{
	uint64_t first = 0, count = 0;

	ck_assert_msg(range_read(ranges[_i].range, ranges[_i].size, &first,
			  &count) == ranges[_i].kind,
	    "%s", ranges[_i].range);
	ck_assert_uint_eq(first, ranges[_i].first);
	ck_assert_uint_eq(count, ranges[_i].count);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("condition");
	TCase *tc = suite_case(suite, "condition");

	tcase_add_test(tc, validators_are_made_of_time_and_size);
	tcase_add_loop_test(
	    tc, conditions_have_their_precedence, 0, COUNT(conditions));
	tcase_add_loop_test(
	    tc, if_range_wants_the_very_file, 0, COUNT(if_ranges));
	tcase_add_test(tc, the_date_of_a_file_that_may_still_change_is_weak);
	tcase_add_loop_test(
	    tc, a_range_is_one_part_or_the_whole, 0, COUNT(ranges));
	return suite_run_forked(suite);
}
