/* SPDX-License-Identifier: MIT
 *
 * test_command_line.c - the command line.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "command_line.h"
#include "../suite.h"

enum { ARGS_MAX = 2 * COMMAND_LINE_LISTEN_MAX + 8 };

static struct command_line parsed;

/* Parses words that are apart by one space each; answers as the parser. */
static int
parse(const char *line)
{
	static char copy[1024];
	char *argv[ARGS_MAX], *rest = copy;
	int argc = 0;

	ck_assert_uint_lt(strlen(line), sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	while (rest != NULL && argc < ARGS_MAX - 1)
		argv[argc++] = strsep(&rest, " ");
	argv[argc] = NULL;
	return command_line_parse(&parsed, argc, argv);
}

static const char *const wrong[] = {
	"cleatd -x",
	"cleatd --no-such-option",
	"cleatd -c",
	"cleatd -l",
	"cleatd --test=yes",
	"cleatd cleat.conf",
	"cleatd -t -- more",
};

START_TEST(what_is_not_in_the_table_is_refused)
{
	ck_assert_int_eq(parse(wrong[_i]), -1);
}
END_TEST

START_TEST(there_is_a_most_of_listeners)
{
	char line[1024] = "cleatd";

	for (int i = 0; i < COMMAND_LINE_LISTEN_MAX; i++)
		snprintf(line + strlen(line), 16, " -l *:1");
	ck_assert_int_eq(parse(line), 0);
	ck_assert_uint_eq(parsed.n_listen, COMMAND_LINE_LISTEN_MAX);
	snprintf(line + strlen(line), 16, " -l *:1");
	ck_assert_int_eq(parse(line), -1);
}
END_TEST

START_TEST(without_options_it_runs_what_is_installed)
{
	ck_assert_int_eq(parse("cleatd"), 0);
	ck_assert_int_eq(parsed.action, OPTION_RUN);
	ck_assert_str_eq(parsed.config, "/nowhere/cleat.conf");
	ck_assert_uint_eq(parsed.n_listen, 0);
}
END_TEST

static const struct {
	const char *line;
	enum option_id action;
} asked[] = {
	{ "cleatd -t", OPTION_TEST },
	{ "cleatd --test", OPTION_TEST },
	{ "cleatd -T", OPTION_DUMP },
	{ "cleatd --dump", OPTION_DUMP },
	{ "cleatd -V", OPTION_VERSION },
	{ "cleatd --version", OPTION_VERSION },
	{ "cleatd -h", OPTION_HELP },
	{ "cleatd --help", OPTION_HELP },
	{ "cleatd --help-config", OPTION_HELP_CONFIG },
	{ "cleatd -c x -l *:1", OPTION_RUN },
};

START_TEST(each_option_asks_for_its_own)
{
	ck_assert_int_eq(parse(asked[_i].line), 0);
	ck_assert_int_eq(parsed.action, asked[_i].action);
}
END_TEST

START_TEST(arguments_are_kept_in_order)
{
	ck_assert_int_eq(
	    parse("cleatd -l 127.0.0.1:0 --config=a.conf -l unix:/run/x"), 0);
	ck_assert_str_eq(parsed.config, "a.conf");
	ck_assert_uint_eq(parsed.n_listen, 2);
	ck_assert_str_eq(parsed.listen[0], "127.0.0.1:0");
	ck_assert_str_eq(parsed.listen[1], "unix:/run/x");
}
END_TEST

/* What a function writes, on the heap. */
static char *
written(void (*fn)(FILE *))
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	ck_assert_ptr_nonnull(out);
	fn(out);
	fclose(out);
	return text;
}

static const char *const names[] = {
#define OPTION(letter, name, argument, id, help) name,
#include "command_line.def"
#undef OPTION
};

START_TEST(help_and_manual_name_every_option)
{
	char *help = written(command_line_help),
	     *man = written(command_line_man);
	char name[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "--%s ", names[i]);
		ck_assert_ptr_nonnull(strstr(help, name));
		snprintf(name, sizeof(name), " Fl \\-%s", names[i]);
		ck_assert_ptr_nonnull(strstr(man, name));
	}
	free(help);
	free(man);
}
END_TEST

START_TEST(help_fits_into_a_terminal)
{
	char *help = written(command_line_help);

	for (char *line = help; *line != '\0';) {
		size_t n = strcspn(line, "\n");

		ck_assert_uint_le(n, 79);
		line += n + 1;
	}
	free(help);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("command_line");
	TCase *tc = suite_case(suite, "command_line");

	tcase_add_loop_test(tc, what_is_not_in_the_table_is_refused, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tc, there_is_a_most_of_listeners);
	tcase_add_test(tc, without_options_it_runs_what_is_installed);
	tcase_add_loop_test(tc, each_option_asks_for_its_own, 0,
	    (int)(sizeof(asked) / sizeof(asked[0])));
	tcase_add_test(tc, arguments_are_kept_in_order);
	tcase_add_test(tc, help_and_manual_name_every_option);
	tcase_add_test(tc, help_fits_into_a_terminal);
	return suite_run_forked(suite);
}
