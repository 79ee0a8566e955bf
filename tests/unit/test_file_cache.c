/* SPDX-License-Identifier: MIT
 *
 * test_file_cache.c - what is remembered of files, how long and how much.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <check.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "http/file.h"
#include "http/file_body.h"
#include "http/file_cache.h"
#include "http/pages.h"
#include "http/resolve.h"
#include "../suite.h"

enum { MAX_BYTES = 20000, BODY = 4000 }; /* three fit, and no fourth */
enum { RECHECK_MS = 1000 };

uint64_t __wrap_clock_wall_ms(void);
uint64_t __real_clock_wall_ms(void);

static struct file_cache *cache;
static struct root root;
static char dir[64];
static uint64_t now_ns, later_ms; /* the wall clock is ahead by that */

static uint64_t
fake_ns(void)
{
	return now_ns;
}

uint64_t
__wrap_clock_wall_ms(void)
{
	return __real_clock_wall_ms() + later_ms;
}

static void
pass_ms(uint64_t ms)
{
	now_ns += ms * 1000000;
}

static void
write_file(const char *path, const char *text)
{
	char name[160];
	FILE *out;

	snprintf(name, sizeof name, "%s%s", dir, path);
	out = fopen(name, "w");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
}

static void
begin(uint64_t max_bytes)
{
	ck_assert_int_eq(file_cache_new(&cache, max_bytes, RECHECK_MS), 0);
}

static void
set_up(void)
{
	snprintf(dir, sizeof dir, "/tmp/cleat-file-cache-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(root_open(&root, dir), 0);
	for (int i = 0; i < 4; i++)
		write_file((const char *[]){ "/a", "/b", "/c", "/d" }[i], "x");
	now_ns = 1000000000;
	later_ms = 60000; /* everything was written a minute ago */
	clock_replace(fake_ns);
	begin(MAX_BYTES);
}

static void
tear_down(void)
{
	char command[128];

	clock_replace(NULL);
	file_cache_free(&cache);
	root_close(&root);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* Looks and puts; the descriptors are closed. */
static struct file *
put(const char *path)
{
	static const char *const names[] = { "index.html" };
	const struct config_strings index = { .v = names, .n = 1 };
	struct file *f;

	ck_assert_int_eq(file_find(&f, &root, &index, path), 0);
	f = file_cache_put(cache, f);
	file_close(f);
	return f;
}

static bool
keep(struct file *f, uint64_t bytes, int fd)
{
	struct answer a = {
		.response = MHD_create_response_from_buffer(
		    0, NULL, MHD_RESPMEM_PERSISTENT),
	};
	bool kept = file_cache_grow(cache, f, bytes, fd);

	if (kept)
		file_body_keep(&f->form[ENCODING_NONE], false, fd, &a);
	answer_drop(&a);
	return kept;
}

/* Is it there with a response? */
static bool
has(const char *path)
{
	struct file *f = file_cache_get(cache, path);

	return f && f->form[ENCODING_NONE].whole[0].response;
}

START_TEST(what_is_greater_than_the_cache_stays_out)
{
	ck_assert(!keep(put("/a"), MAX_BYTES, -1));
	ck_assert_ptr_nonnull(file_cache_get(cache, "/a"));
	ck_assert(!has("/a"));
}
END_TEST

START_TEST(a_cache_of_nothing_keeps_nothing)
{
	struct file *f;

	file_cache_free(&cache);
	begin(0);
	f = put("/a");
	ck_assert(!f->kept);
	ck_assert_ptr_null(file_cache_get(cache, "/a"));
	file_free(&f);
}
END_TEST

START_TEST(a_file_that_was_just_changed_is_not_kept)
{
	struct file *f;

	later_ms = 0;
	f = put("/a");
	ck_assert(!f->kept);
	ck_assert_ptr_null(file_cache_get(cache, "/a"));
	file_free(&f);
}
END_TEST

START_TEST(a_twin_that_was_just_changed_keeps_it_out)
{
	struct file *f;

	write_file("/a.br", "y");
	f = put("/a");
	ck_assert(f->kept);
	ck_assert_uint_eq(file_twins(f), 1U << ENCODING_BR);
	ck_assert(file_settled(f));
	f->form[ENCODING_BR].id.changed.tv_sec += 60;
	ck_assert(!file_settled(f));
}
END_TEST

START_TEST(every_part_of_a_file_id_counts)
{
	const struct file_id a = { 0 };
	struct file_id b[] = { { .dev = 1 }, { .ino = 1 }, { .size = 1 },
		{ .modified.tv_sec = 1 }, { .modified.tv_nsec = 1 },
		{ .changed.tv_sec = 1 }, { .changed.tv_nsec = 1 } };

	ck_assert(file_id_equal(&a, &a));
	for (size_t i = 0; i < sizeof b / sizeof b[0]; i++)
		ck_assert(!file_id_equal(&a, &b[i]));
}
END_TEST

START_TEST(what_is_known_is_believed_until_it_is_time_to_look)
{
	struct file *f = put("/a");

	ck_assert(keep(f, BODY, -1));
	pass_ms(RECHECK_MS - 1);
	ck_assert_ptr_eq(file_cache_get(cache, "/a"), f);
	pass_ms(1);
	ck_assert_ptr_null(file_cache_get(cache, "/a"));
	/* the same one is found: its response is still the right one */
	ck_assert_ptr_eq(put("/a"), f);
	ck_assert(has("/a"));
}
END_TEST

START_TEST(another_file_of_the_same_name_is_not_the_same)
{
	ck_assert(keep(put("/a"), BODY, -1));
	write_file("/a", "longer");
	pass_ms(RECHECK_MS);
	ck_assert_int_eq(put("/a")->form[ENCODING_NONE].id.size, 6);
	ck_assert(!has("/a"));
}
END_TEST

START_TEST(a_twin_that_appears_or_goes_makes_it_another)
{
	char name[160];

	ck_assert(keep(put("/a"), BODY, -1));
	write_file("/a.gz", "y");
	ck_assert_uint_eq(file_twins(put("/a")), 1U << ENCODING_GZIP);
	ck_assert(!has("/a"));
	ck_assert(keep(put("/a"), BODY, -1));
	snprintf(name, sizeof name, "%s/a.gz", dir);
	ck_assert_int_eq(unlink(name), 0);
	ck_assert_uint_eq(file_twins(put("/a")), 0);
	ck_assert(!has("/a"));
}
END_TEST

START_TEST(a_form_is_opened_anew_only_as_what_it_was)
{
	struct file *f = put("/a");
	char from[160], to[160];

	ck_assert_int_ge(file_open(f, &root, ENCODING_NONE), 0);
	file_close(f);
	snprintf(from, sizeof from, "%s/b", dir);
	snprintf(to, sizeof to, "%s/a", dir);
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert_int_eq(file_open(f, &root, ENCODING_NONE), -ESTALE);
	ck_assert_int_eq(unlink(to), 0);
	ck_assert_int_eq(file_open(f, &root, ENCODING_NONE), -ESTALE);
	ck_assert_int_eq(symlink("c", to), 0);
	ck_assert_int_eq(file_open(f, &root, ENCODING_NONE), -ESTALE);
}
END_TEST

START_TEST(the_one_not_used_for_longest_leaves)
{
	ck_assert(keep(put("/a"), BODY, -1));
	ck_assert(keep(put("/b"), BODY, -1));
	ck_assert(keep(put("/c"), BODY, -1));
	ck_assert(has("/a"));
	ck_assert(keep(put("/d"), BODY, -1));
	ck_assert_ptr_null(file_cache_get(cache, "/b"));
	ck_assert(has("/a"));
	ck_assert(has("/c"));
	ck_assert(has("/d"));
}
END_TEST

START_TEST(whoever_leaves_gives_its_room_back)
{
	for (int i = 0; i < 100; i++) {
		struct file *f = put("/a");

		ck_assert(keep(f, 2 * BODY, -1));
		file_cache_drop(cache, f);
	}
	for (int i = 0; i < 100; i++) {
		char text[100] = { 0 };

		memset(text, 'x', (size_t)i % 50 + 1);
		write_file("/a", text);
		ck_assert(keep(put("/a"), 2 * BODY, -1));
	}
	ck_assert(keep(put("/b"), BODY, -1));
	ck_assert(has("/a"));
}
END_TEST

START_TEST(nobody_stays_for_a_minute_without_being_asked_for)
{
	ck_assert(keep(put("/a"), BODY, -1));
	pass_ms(FILE_CACHE_IDLE_MS - 1);
	put("/b");
	ck_assert_ptr_eq(put("/a"), file_cache_get(cache, "/a"));
	ck_assert(has("/a"));
	pass_ms(FILE_CACHE_IDLE_MS);
	file_cache_get(cache, "/nobody");
	ck_assert_ptr_eq(put("/a"), file_cache_get(cache, "/a"));
	ck_assert(!has("/a"));
}
END_TEST

/* How many of so many files have a response that reads a descriptor? */
static int
readers(int n)
{
	int found = 0;

	for (int i = 0; i < n; i++) {
		char path[16];

		snprintf(path, sizeof path, "/%d", i);
		found += has(path);
	}
	return found;
}

START_TEST(responses_have_so_many_descriptors_and_no_more)
{
	enum { MORE = FILE_CACHE_OPEN_MAX + 10 };

	file_cache_free(&cache);
	begin(10000000);
	ck_assert(keep(put("/a"), BODY, -1)); /* needs none */
	for (int i = 0; i < MORE; i++) {
		char path[16];
		struct file *f;

		snprintf(path, sizeof path, "/%d", i);
		write_file(path, "x");
		f = put(path);
		ck_assert(keep(f, 0, file_open(f, &root, ENCODING_NONE)));
		f->form[ENCODING_NONE].fd = -1; /* it is the response's */
	}
	ck_assert_int_eq(readers(MORE), FILE_CACHE_OPEN_MAX);
	ck_assert(!has("/0"));
	ck_assert(has("/a"));
}
END_TEST

START_TEST(a_descriptor_of_the_reserve_is_not_kept)
{
	const struct rlimit few = { 100, 100 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	file_cache_free(&cache);
	begin(MAX_BYTES);
	ck_assert(!keep(put("/a"), 0, 99));
	ck_assert(keep(put("/a"), 0, 60));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file_cache");
	TCase *tc = suite_case(suite, "file_cache");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_greater_than_the_cache_stays_out);
	tcase_add_test(tc, a_cache_of_nothing_keeps_nothing);
	tcase_add_test(tc, a_file_that_was_just_changed_is_not_kept);
	tcase_add_test(tc, a_twin_that_was_just_changed_keeps_it_out);
	tcase_add_test(tc, every_part_of_a_file_id_counts);
	tcase_add_test(tc, what_is_known_is_believed_until_it_is_time_to_look);
	tcase_add_test(tc, another_file_of_the_same_name_is_not_the_same);
	tcase_add_test(tc, a_twin_that_appears_or_goes_makes_it_another);
	tcase_add_test(tc, a_form_is_opened_anew_only_as_what_it_was);
	tcase_add_test(tc, the_one_not_used_for_longest_leaves);
	tcase_add_test(tc, whoever_leaves_gives_its_room_back);
	tcase_add_test(tc, nobody_stays_for_a_minute_without_being_asked_for);
	tcase_add_test(tc, responses_have_so_many_descriptors_and_no_more);
	tcase_add_test(tc, a_descriptor_of_the_reserve_is_not_kept);
	return suite_run_forked(suite);
}
