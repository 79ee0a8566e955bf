/* SPDX-License-Identifier: MIT
 *
 * test_wrap.c - words in lines.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/wrap.h"
#include "../suite.h"

#define WORD_39 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddd"

static void
expect(const char *text, size_t at, size_t indent, const char *wanted)
{
	char *got = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&got, &n);

	wrap_print(f, text, at, indent);
	fclose(f);
	ck_assert_str_eq(got, wanted);
	free(got);
}

START_TEST(a_line_holds_79_columns_and_no_more)
{
	expect(WORD_39 " " WORD_39, 0, 4, WORD_39 " " WORD_39 "\n");
	expect(WORD_39 " " WORD_39, 1, 4, WORD_39 "\n    " WORD_39 "\n");
	expect("x " WORD_39 " " WORD_39, 0, 0, "x " WORD_39 "\n" WORD_39 "\n");
}
END_TEST

START_TEST(further_lines_count_from_their_indent)
{
	expect(WORD_39 " " WORD_39 " " WORD_39 " x", 79, 0,
	    WORD_39 "\n" WORD_39 " " WORD_39 "\nx\n");
	expect(WORD_39 " " WORD_39 " " WORD_39, 79, 1,
	    WORD_39 "\n " WORD_39 "\n " WORD_39 "\n");
}
END_TEST

START_TEST(a_word_that_is_too_long_has_a_line_of_its_own)
{
	expect(
	    "x " WORD_39 WORD_39 "xy z", 0, 0, "x\n" WORD_39 WORD_39 "xy\nz\n");
}
END_TEST

START_TEST(no_words_are_an_empty_line)
{
	expect("", 5, 5, "\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wrap");
	TCase *tc = suite_case(s, "wrap");

	tcase_add_test(tc, a_line_holds_79_columns_and_no_more);
	tcase_add_test(tc, further_lines_count_from_their_indent);
	tcase_add_test(tc, a_word_that_is_too_long_has_a_line_of_its_own);
	tcase_add_test(tc, no_words_are_an_empty_line);
	return suite_run_forked(s);
}
