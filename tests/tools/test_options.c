/* SPDX-License-Identifier: MIT
 *
 * test_options.c - rows of options: what is stored, what is refused.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "../suite.h"

struct values {
	bool flag;
	uint64_t number, wait_ns;
	struct option_numbers numbers;
	unsigned choice;
	const char *text;
	struct option_texts texts;
};

#define AT(field) offsetof(struct values, field)

static const struct option_row rows[] = {
	{ 'f', "flag", NULL, OPTION_FLAG, AT(flag), 0, 0, "a flag" },
	{ 'n', "number", "N", OPTION_NUMBER, AT(number), 2, 4096, "a number" },
	{ 0, "numbers", "N,N", OPTION_NUMBERS, AT(numbers), 0, 9, "some" },
	{ 'w', "wait", "SECONDS", OPTION_SECONDS, AT(wait_ns), 0,
	    2 * OPTIONS_SECONDS, "a time" },
	{ 'c', "choice", "red|green|blue", OPTION_CHOICE, AT(choice), 0, 0,
	    "a colour" },
	{ 't', "text", "TEXT", OPTION_TEXT, AT(text), 0, 0, "a text" },
	{ 'H', "header", "LINE", OPTION_TEXTS, AT(texts), 0, 0, "texts" },
};

static const struct verb verb = { "test", "URL", "Test.", rows,
	sizeof(rows) / sizeof(rows[0]), NULL };

/* Splits at blanks and parses. */
static int
parse(struct values *v, const char *line)
{
	static char copy[1024];
	char *argv[128], *at = copy;
	int argc = 0;

	memset(v, 0, sizeof(*v));
	ck_assert_uint_lt(strlen(line), sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	for (char *word; (word = strsep(&at, " "));)
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(&verb, v, argc, argv);
}

static const char *const refused[] = {
	"test --nonsense",
	"test -x",
	"test -n",
	"test -n 1",
	"test -n 4097",
	"test -n 5K",
	"test -n 3x",
	"test -n -3",
	"test -n +3",
	"test -n 99999999999999999999",
	"test -n 99999999999999999M",
	"test --numbers 1,,2",
	"test --numbers 1,",
	"test --numbers 10",
	"test --numbers 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
	"test -w 2.1",
	"test -w -1",
	"test -w 1s",
	"test -w .",
	"test -w inf",
	"test -w nan",
	"test -c yellow",
	"test -c re",
	"test -c red|green",
	"test --flag=yes",
};

START_TEST(a_bad_value_is_refused)
{
	struct values v;

	ck_assert_int_eq(parse(&v, refused[_i]), OPTIONS_BAD);
}
END_TEST

START_TEST(every_kind_is_stored)
{
	struct values v;
	int i =
	    parse(&v, "test -f -n 4K --numbers 0,9,3 -w 0.25 -c blue -t x -H a "
		      "--header=b url");

	ck_assert_int_eq(i, 15);
	ck_assert(v.flag);
	ck_assert_uint_eq(v.number, 4096);
	ck_assert_uint_eq(v.numbers.count, 3);
	ck_assert_uint_eq(v.numbers.number[1], 9);
	ck_assert_uint_eq(v.wait_ns, OPTIONS_SECONDS / 4);
	ck_assert_uint_eq(v.choice, 2);
	ck_assert_str_eq(v.text, "x");
	ck_assert_uint_eq(v.texts.count, 2);
	ck_assert_str_eq(v.texts.text[1], "b");
}
END_TEST

START_TEST(nothing_given_leaves_everything_alone)
{
	struct values v;

	ck_assert_int_eq(parse(&v, "test"), 1);
	ck_assert(!v.flag);
	ck_assert_uint_eq(v.texts.count, 0);
}
END_TEST

START_TEST(options_end_where_arguments_begin)
{
	struct values v;

	ck_assert_int_eq(parse(&v, "test -f url -n 1"), 2);
	ck_assert_int_eq(parse(&v, "test -- -f"), 2);
	ck_assert(!v.flag);
}
END_TEST

START_TEST(texts_have_a_maximum)
{
	char line[1024] = "test";
	struct values v;
	size_t n = strlen(line);

	for (int i = 0; i <= OPTIONS_TEXTS_MAX; i++) {
		if (i == OPTIONS_TEXTS_MAX)
			ck_assert_int_gt(parse(&v, line), 0);
		memcpy(line + n, " -Hx", 5);
		n += 4;
	}
	ck_assert_int_eq(parse(&v, line), OPTIONS_BAD);
}
END_TEST

START_TEST(help_is_asked_for)
{
	struct values v;

	ck_assert_int_eq(parse(&v, "test --help -n nonsense"), OPTIONS_HELP);
	ck_assert_int_eq(parse(&v, "test -h"), OPTIONS_HELP);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = suite_case(suite, "options");

	tcase_add_loop_test(tc, a_bad_value_is_refused, 0,
	    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tc, every_kind_is_stored);
	tcase_add_test(tc, nothing_given_leaves_everything_alone);
	tcase_add_test(tc, options_end_where_arguments_begin);
	tcase_add_test(tc, texts_have_a_maximum);
	tcase_add_test(tc, help_is_asked_for);
	return suite_run_forked(suite);
}
