/* SPDX-License-Identifier: MIT
 *
 * test_json_doc.c - docs/JSON.md tells the codes of json-router: all of
 * them, no others, and what is said with them.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"

static const struct {
	const char *code, *sentence;
} faults[] = {
#define FAULT(name, code, sentence) { code, sentence },
#include "faults.def"
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

/* The table of codes, from its head to the empty line behind it. */
static char *
table(char *text)
{
	char *start = strstr(text, "\n| code |"), *end;

	ck_assert_ptr_nonnull(start);
	end = strstr(start, "\n\n");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	return start;
}

START_TEST(the_table_of_codes_is_that_of_the_program)
{
	char *text = calloc(1, 1 << 16), row[512], *codes;
	FILE *f = fopen(JSON_MD, "r");
	size_t rows = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_gt(fread(text, 1, (1 << 16) - 1, f), 1000);
	fclose(f);
	codes = table(text);
	for (const char *s = codes; (s = strstr(s, "\n| `")); s++)
		rows++;
	ck_assert_uint_eq(rows, FAULTS);
	for (size_t i = 0; i < FAULTS; i++) {
		/* Two have many sentences: the document describes them. */
		bool many = strcmp(faults[i].code, "bad_payload") == 0 ||
			    strcmp(faults[i].code, "too_many") == 0;

		snprintf(row, sizeof(row), "\n| `%s` | %s", faults[i].code,
		    many ? "" : faults[i].sentence);
		ck_assert_msg(strstr(codes, row) != NULL, "no row %s", row);
	}
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_doc");
	TCase *c = suite_case(s, "all");

	tcase_add_test(c, the_table_of_codes_is_that_of_the_program);
	return suite_run_forked(s);
}
