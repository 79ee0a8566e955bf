/* SPDX-License-Identifier: MIT
 *
 * test_file_cache.c - small files as ready responses.
 */
#include "config.h"

#include <check.h>
#include <microhttpd.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/file_body.h"
#include "http/pages.h"
#include "../suite.h"

enum { MAX_BYTES = 10000, ENTRY = 3000 }; /* so that three fit */

static struct file_cache *cache;

static void
set_up(void)
{
	ck_assert_int_eq(file_cache_new(&cache, MAX_BYTES), 0);
}

static void
tear_down(void)
{
	file_cache_free(&cache);
}

static struct MHD_Response *
response(void)
{
	return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
}

static bool
put(const char *path, ino_t ino, uint64_t bytes)
{
	const struct file_id id = { .ino = ino };
	struct MHD_Response *r = response();

	if (file_cache_put(cache, path, &id, r, bytes))
		return true;
	MHD_destroy_response(r);
	return false;
}

static bool
has(const char *path, ino_t ino)
{
	const struct file_id id = { .ino = ino };

	return file_cache_get(cache, path, &id) != NULL;
}

START_TEST(what_is_greater_than_the_cache_stays_out)
{
	ck_assert(!put("/a", 1, MAX_BYTES));
	ck_assert(!has("/a", 1));
}
END_TEST

START_TEST(another_file_of_the_same_name_is_not_the_same)
{
	ck_assert(put("/a", 1, 10));
	ck_assert(has("/a", 1));
	ck_assert(!has("/a", 2));
	ck_assert(!has("/a", 1)); /* it was dropped */
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

START_TEST(the_one_not_used_for_longest_leaves)
{
	ck_assert(put("/a", 1, ENTRY - 1200));
	ck_assert(put("/b", 1, ENTRY - 1200));
	ck_assert(put("/c", 1, ENTRY - 1200));
	ck_assert(has("/a", 1));
	ck_assert(put("/d", 1, ENTRY));
	ck_assert(!has("/b", 1));
	ck_assert(has("/a", 1));
	ck_assert(has("/d", 1));
}
END_TEST

START_TEST(a_new_response_replaces_the_old)
{
	for (int i = 0; i < 100; i++)
		ck_assert(put("/a", 1, 100));
	ck_assert(put("/b", 1, 100));
	ck_assert(has("/a", 1));
}
END_TEST

static bool
keeps(uint64_t age_ms)
{
	uint64_t changed = clock_wall_ms() - age_ms;
	const struct file_id id = {
		.changed = { .tv_sec = (time_t)(changed / 1000) },
	};
	struct answer a = { .status = 200, .response = response() };

	file_body_keep(cache, "/a", &id, &a);
	answer_drop(&a);
	return file_cache_get(cache, "/a", &id) != NULL;
}

START_TEST(a_file_that_was_just_changed_is_not_kept)
{
	ck_assert(!keeps(0));
	ck_assert(keeps(60000));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("file_cache");
	TCase *tc = suite_case(suite, "file_cache");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_greater_than_the_cache_stays_out);
	tcase_add_test(tc, another_file_of_the_same_name_is_not_the_same);
	tcase_add_test(tc, every_part_of_a_file_id_counts);
	tcase_add_test(tc, a_file_that_was_just_changed_is_not_kept);
	tcase_add_test(tc, the_one_not_used_for_longest_leaves);
	tcase_add_test(tc, a_new_response_replaces_the_old);
	return suite_run_forked(suite);
}
