/* SPDX-License-Identifier: MIT
 *
 * test_config_text.c - a configuration as bytes: no damage to it does worse
 * than an error, and the ones that are installed load.
 */
#include <config.h>

#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "../dice.h"
#include "../suite.h"

#define FULL TESTS_CONFIG "/good/full.conf"

/* libconfig 1.5 loses the 64 bytes of a string that stands where no value
 * may (`"x" = 1;`). Asked by LeakSanitizer, where the build has it. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

static char *
slurp(const char *file)
{
	struct stat st;
	FILE *f = fopen(file, "r");

	ck_assert_msg(f != NULL && fstat(fileno(f), &st) == 0, "%s", file);
	char *text = calloc(1, (size_t)st.st_size + 1);
	ck_assert_uint_eq(
	    fread(text, 1, (size_t)st.st_size, f), (size_t)st.st_size);
	fclose(f);
	return text;
}

/* Loads `n` bytes as a file in a folder of their own. */
static int
load_bytes(const char *text, size_t n, struct conf_error *err)
{
	char dir[] = "/tmp/cleat-config-XXXXXX", file[64];
	struct config *c;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/x.conf", dir);
	FILE *f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
	int r = config_load(file, false, &c, err);
	config_unref(&c);
	unlink(file);
	rmdir(dir);
	if (r < 0) {
		ck_assert_int_eq(strncmp(err->text, dir, strlen(dir)), 0);
		ck_assert_ptr_null(strchr(err->text, '\n'));
	}
	return r;
}

START_TEST(every_cut_of_a_config_is_taken_or_refused)
{
	char *text = slurp(FULL);
	struct conf_error err;
	int refused = 0;

	for (size_t n = 0; n < strlen(text); n += 3)
		refused += load_bytes(text, n, &err) < 0;
	ck_assert_int_gt(refused, 100);
	free(text);
}
END_TEST

START_TEST(every_damage_to_a_config_is_taken_or_refused)
{
	static const char marks[] = "\"\\{}()[]#/*@=;,.-0Le\n \x01\x7f\xff";
	char *text = slurp(FULL);
	size_t n = strlen(text);
	struct conf_error err;
	uint32_t x = dice_seed(12345);

	for (int i = 0; i < 1500; i++) {
		char *at = &text[dice(&x, (unsigned)n)], old = *at;
		*at = marks[dice(&x, sizeof(marks))];
		load_bytes(text, n, &err);
		*at = old;
	}
	free(text);
}
END_TEST

START_TEST(a_conf_d_without_measure_is_refused)
{
	char dir[] = "/tmp/cleat-config-XXXXXX", file[64];
	struct config *c;
	struct conf_error err;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/conf.d", dir);
	ck_assert_int_eq(mkdir(file, 0700), 0);
	for (int i = 0; i <= 1024; i++) {
		snprintf(file, sizeof(file), "%s/conf.d/%d.conf", dir, i);
		FILE *f = fopen(file, "w");
		ck_assert(f != NULL && fclose(f) == 0);
	}
	snprintf(file, sizeof(file), "%s/x.conf", dir);
	ck_assert_int_eq(symlink(TESTS_CONFIG "/good/minimal.conf", file), 0);
	int many = config_load(file, false, &c, &err);
	snprintf(file, sizeof(file), "%s/conf.d/1024.conf", dir);
	unlink(file);
	snprintf(file, sizeof(file), "%s/x.conf", dir);
	int all = config_load(file, false, &c, &err);
	config_unref(&c);
	unlink(file);
	for (int i = 0; i < 1024; i++) {
		snprintf(file, sizeof(file), "%s/conf.d/%d.conf", dir, i);
		unlink(file);
	}
	snprintf(file, sizeof(file), "%s/conf.d", dir);
	rmdir(file);
	rmdir(dir);
	ck_assert_int_lt(many, 0);
	ck_assert_int_eq(all, 0);
}
END_TEST

/* The template with "/usr", which is there, for each @folder@. */
START_TEST(the_configs_in_conf_load)
{
	static const char *const files[] = { "/cleat.conf.in",
		"/demo.conf.in" };
	char name[512];
	struct conf_error err;

	snprintf(name, sizeof(name), "%s%s", CONF_DIR, files[_i]);
	char *text = slurp(name), *to = text;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '@') {
			p = strchr(p + 1, '@');
			to = mempcpy(to, "/usr", 4);
		} else {
			*to++ = *p;
		}
	}
	ck_assert_msg(
	    load_bytes(text, (size_t)(to - text), &err) == 0, "%s", err.text);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/text");
	TCase *tc = suite_case(suite, "config");

	tcase_add_test(tc, every_cut_of_a_config_is_taken_or_refused);
	tcase_add_test(tc, every_damage_to_a_config_is_taken_or_refused);
	tcase_add_test(tc, a_conf_d_without_measure_is_refused);
	tcase_add_loop_test(tc, the_configs_in_conf_load, 0, 2);
	return suite_run_forked(suite);
}
