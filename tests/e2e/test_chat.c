/* SPDX-License-Identifier: MIT
 *
 * test_chat.c - chat-hub, by its protocol: docs/CHAT.md, each row of its
 * tables. At last it is seen whether all of them have been tested.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "chat.h"
#include "suite.h"

static const char *const types[] = {
#define COMMAND(type, needs) #type,
#include "../../plugins/chat-hub/commands.def"
#undef COMMAND
};

static const struct {
	const char *code, *sentence;
} errors[] = {
#define REFUSAL(name, code, sentence) { code, sentence },
#include "../../plugins/chat-hub/errors.def"
#undef REFUSAL
};

/* How many lines of docs/CHAT.md begin so. */
static int
documented(const char *row)
{
	FILE *f = fopen(CHAT_DOCUMENT, "r");
	char line[512];
	int n = 0;

	ck_assert_msg(f != NULL, "cannot open %s", CHAT_DOCUMENT);
	while (fgets(line, sizeof(line), f))
		n += strncmp(line, row, strlen(row)) == 0;
	fclose(f);
	return n;
}

START_TEST(every_request_is_documented_and_tested)
{
	char row[256];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(row, sizeof(row), "| `%s` ", types[i]);
		ck_assert_msg(documented(row) >= 1, "no row: %s", row);
		ck_assert_msg(
		    chat_covered(types[i]), "nobody has said %s", types[i]);
	}
}
END_TEST

START_TEST(every_error_is_documented_and_tested)
{
	char row[256];

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		snprintf(row, sizeof(row), "| `%s` | %s |", errors[i].code,
		    errors[i].sentence);
		ck_assert_msg(documented(row) == 1, "no row: %s", row);
		ck_assert_msg(chat_covered(errors[i].code),
		    "nobody has heard %s", errors[i].code);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chat-hub");
	TCase *c;

	chat_people_cases(s);
	chat_rooms_cases(s);
	chat_talk_cases(s);
	chat_resume_cases(s);
	chat_moderate_cases(s);
	chat_limits_cases(s);
	/* Where only some are run, there is nothing to be said about all. */
	if (!getenv("CK_RUN_CASE")) {
		c = suite_case(s, "tables");
		tcase_add_test(c, every_request_is_documented_and_tested);
		tcase_add_test(c, every_error_is_documented_and_tested);
	}
	return suite_run(s);
}
