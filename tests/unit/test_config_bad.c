/* SPDX-License-Identifier: MIT
 *
 * test_config_bad.c - each file of tests/config/bad is refused with the line
 * that it expects, and none of the keys and messages is without one.
 */
#include <config.h>

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/key.h"
#include "../suite.h"

static glob_t bad;
static struct conf_error *said; /* of each */

/* Loads each once, for all tests. */
static void
load_all(void)
{
	struct config *c;

	ck_assert_int_eq(glob(TESTS_CONFIG "/bad/*.conf", 0, NULL, &bad), 0);
	ck_assert_int_eq(
	    glob(TESTS_CONFIG "/bad/*/main.conf", GLOB_APPEND, NULL, &bad), 0);
	said = calloc(bad.gl_pathc, sizeof(said[0]));
	ck_assert_ptr_nonnull(said);
	for (size_t i = 0; i < bad.gl_pathc; i++) {
		const char *file = bad.gl_pathv[i];

		ck_assert_msg(config_load(file, false, &c, &said[i]) < 0,
		    "%s was taken", file);
		ck_assert_ptr_null(c);
	}
}

static void
forget_all(void)
{
	free(said);
	globfree(&bad);
}

/* The first line of `file` behind "# expect: ", DIR replaced by its folder. */
static void
expected_line(const char *file, char *out, size_t size)
{
	char line[1024];
	size_t n = 0, dir = (size_t)(strrchr(file, '/') - file);
	FILE *f = fopen(file, "r");

	ck_assert_msg(f != NULL && fgets(line, sizeof(line), f) != NULL,
	    "%s cannot be read", file);
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	ck_assert_msg(strncmp(line, "# expect: ", 10) == 0,
	    "%s does not begin with \"# expect: \"", file);
	for (const char *p = line + 10; *p != '\0'; n = strlen(out)) {
		bool folder = strncmp(p, "DIR", 3) == 0;
		snprintf(out + n, size - n, "%.*s", folder ? (int)dir : 1,
		    folder ? file : p);
		p += folder ? 3 : 1;
	}
}

START_TEST(every_bad_config_is_refused_with_its_line)
{
	char expected[2048];

	for (size_t i = 0; i < bad.gl_pathc; i++) {
		expected_line(bad.gl_pathv[i], expected, sizeof(expected));
		ck_assert_str_eq(said[i].text, expected);
	}
}
END_TEST

START_TEST(every_message_has_a_bad_config)
{
	static const char *const names[] = {
#define MESSAGE(id, text) #id,
#include "config/errors.def"
#undef MESSAGE
	};
	bool reached[CONF_E_COUNT] = { false };

	for (size_t i = 0; i < bad.gl_pathc; i++)
		reached[said[i].message] = true;
	for (size_t i = 0; i < CONF_E_COUNT; i++)
		ck_assert_msg(reached[i],
		    "no configuration in tests/config/bad reaches %s",
		    names[i]);
}
END_TEST

/* Whether a line is about the key: "FILE:LINE: path must be ...". */
static bool
speaks_of(const char *line, const char *path)
{
	const char *p = strstr(line, ": ");
	size_t n = strlen(path);

	return p != NULL && strncmp(p + 2, path, n) == 0 &&
	       strchr(" :", p[2 + n]) != NULL;
}

static bool
has_bad_config(const char *path)
{
	for (size_t i = 0; i < bad.gl_pathc; i++)
		if (speaks_of(said[i].text, path))
			return true;
	return false;
}

START_TEST(every_key_has_a_bad_config)
{
	const struct section *s = &sections[_i];
	char path[80];

	for (const struct key *k = keys; k < keys + keys_count; k++) {
		if (!key_belongs(k, s))
			continue;
		key_path(path, sizeof(path), s, k->name);
		ck_assert_msg(has_bad_config(path),
		    "no configuration in tests/config/bad has a wrong %s",
		    path);
	}
}
END_TEST

START_TEST(a_missing_file_is_one_line)
{
	struct config *c;
	struct conf_error err;

	ck_assert_int_lt(config_load("/none.conf", false, &c, &err), 0);
	ck_assert_str_eq(err.text, "/none.conf: cannot read \"/none.conf\": No "
				   "such file or directory");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/bad");
	TCase *tc = suite_case(suite, "config");

	tcase_add_unchecked_fixture(tc, load_all, forget_all);
	tcase_add_test(tc, every_bad_config_is_refused_with_its_line);
	tcase_add_test(tc, every_message_has_a_bad_config);
	tcase_add_loop_test(tc, every_key_has_a_bad_config, 0, SECTION_COUNT);
	tcase_add_test(tc, a_missing_file_is_one_line);
	return suite_run_forked(suite);
}
