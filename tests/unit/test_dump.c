/* SPDX-License-Identifier: MIT
 *
 * test_dump.c - what cleatd -T writes is a configuration that says the same,
 * and names where each value comes from.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "../suite.h"

static char again[64], folder[64], below[80];

static void
remove_files(void)
{
	unlink(again);
	unlink(below);
	rmdir(folder);
}

/* The dump of a file, on the heap. */
static char *
dump_of(const char *file)
{
	struct config *config;
	struct conf_error err;
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	ck_assert_ptr_nonnull(out);
	ck_assert_msg(
	    config_load(file, true, &config, &err) == 0, "%s", err.text);
	config_dump(config, out);
	fclose(out);
	config_unref(&config);
	return text;
}

/* Cuts what stands behind "  # " in each line. */
static void
cut_origins(char *text)
{
	char *to = text;

	while (*text != '\0') {
		if (strncmp(text, "  # ", 4) == 0)
			text += strcspn(text, "\n");
		*to++ = *text++;
	}
	*to = '\0';
}

/* The dump of the configuration that `text` is. The folder of handlers that
 * nobody named need not exist where tests run. */
static char *
dump_of_text_in(const char *file, const char *text)
{
	const char *dir =
	    strstr(text, "\tdir = \"" PLUGINDIR "\";  # default\n");
	FILE *f;

	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	if (dir != NULL) {
		fwrite(text, 1, (size_t)(dir - text), f);
		text = strchr(dir, '\n');
	}
	fputs(text, f);
	fclose(f);
	return dump_of(file);
}

static char *
dump_of_text(const char *text)
{
	snprintf(again, sizeof(again), "test_dump.%d.conf", (int)getpid());
	return dump_of_text_in(again, text);
}

static const char *const files[] = { "full.conf", "minimal.conf", "shape.conf",
	"parts/main.conf" };

START_TEST(a_dump_says_the_same_as_its_file)
{
	char file[512], *first, *second;

	snprintf(file, sizeof(file), "%s/good/%s", TESTS_CONFIG, files[_i]);
	first = dump_of(file);
	second = dump_of_text(first);
	ck_assert_ptr_nonnull(strstr(first, "workers = "));
	cut_origins(first);
	cut_origins(second);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

/* Relative paths are of the folder that the file is in: another one has the
 * dump. */
START_TEST(a_dump_means_the_same_files_elsewhere)
{
	char *first, *second;

	snprintf(folder, sizeof(folder), "test_dump.%d", (int)getpid());
	snprintf(below, sizeof(below), "%s/main.conf", folder);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	first = dump_of_text("http: { root = \".\"; };"
			     "log: { file = \"here.log\"; };"
			     "sandbox: { allow_read = [ \".\" ]; };");
	second = dump_of_text_in(below, first);
	cut_origins(first);
	cut_origins(second);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

START_TEST(a_dump_names_the_origin_of_each_value)
{
	char *text =
	    dump_of_text("workers = 3;\n"
			 "defaults: { slow_ms = 7; };\n"
			 "routes = ( { path = \"/a\"; handler = \"h\";\n"
			 "max_fragments = 5; } );\n");

	ck_assert_ptr_nonnull(strstr(text, "workers = 3;  # test_dump."));
	ck_assert_ptr_nonnull(strstr(text, ".conf:1\n"));
	ck_assert_ptr_nonnull(strstr(text, "max_pending = 1024;  # default\n"));
	ck_assert_ptr_nonnull(strstr(text, "\t\tslow_ms = 7;  # test_dump."));
	ck_assert_ptr_nonnull(strstr(text, ".conf:2\n\t\texpected_closes"));
	ck_assert_ptr_nonnull(strstr(text, "\t\tmax_fragments = 5;  # test_d"));
	free(text);
}
END_TEST

START_TEST(a_handlers_own_values_survive)
{
	char *text = dump_of_text(
	    "routes = ( { path = \"/a\"; handler = \"h\"; config: {\n"
	    "big = 5000000000L; half = 0.5; whole = 2.0; yes = true;\n"
	    "text = \"a\\\"b\\\\c\\n\"; list = ( 1, ( \"x\" ), { } ); }; } );");

	ck_assert_ptr_nonnull(strstr(text, "big = 5000000000L;"));
	ck_assert_ptr_nonnull(strstr(text, "half = 0.5"));
	ck_assert_ptr_nonnull(strstr(text, "whole = 2.0"));
	ck_assert_ptr_nonnull(strstr(text, "yes = true;"));
	ck_assert_ptr_nonnull(strstr(text, "text = \"a\\\"b\\\\c\\x0a\";"));
	free(dump_of_text(text));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump");
	TCase *tc = suite_case(suite, "dump");

	tcase_add_checked_fixture(tc, NULL, remove_files);
	tcase_add_loop_test(tc, a_dump_says_the_same_as_its_file, 0,
	    (int)(sizeof(files) / sizeof(files[0])));
	tcase_add_test(tc, a_dump_means_the_same_files_elsewhere);
	tcase_add_test(tc, a_dump_names_the_origin_of_each_value);
	tcase_add_test(tc, a_handlers_own_values_survive);
	return suite_run_forked(suite);
}
