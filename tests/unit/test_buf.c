/* SPDX-License-Identifier: MIT
 *
 * test_buf.c - bytes with a maximum.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "base/buf.h"

START_TEST(a_piece_over_the_maximum_is_refused_whole)
{
	struct buf b;

	buf_init(&b, 8);
	buf_add_str(&b, "12345");
	buf_add_str(&b, "6789");
	ck_assert(buf_failed(&b));
	ck_assert_str_eq(buf_text(&b), "12345");
	buf_fini(&b);
}
END_TEST

START_TEST(a_failed_buffer_refuses_what_would_fit)
{
	struct buf b;

	buf_init(&b, 4);
	buf_add_str(&b, "12345");
	buf_add_char(&b, 'x');
	ck_assert(buf_failed(&b));
	ck_assert_uint_eq(b.len, 0);
	buf_fini(&b);
}
END_TEST

START_TEST(a_failed_buffer_gives_nothing_to_take)
{
	struct buf b;
	size_t len;

	buf_init(&b, 4);
	buf_add_str(&b, "1234");
	buf_addf(&b, "%d", 5);
	ck_assert_ptr_null(buf_take(&b, &len));
	ck_assert_uint_eq(len, 0);
	buf_fini(&b);
}
END_TEST

START_TEST(the_maximum_itself_fits)
{
	struct buf b;

	buf_init(&b, 8);
	buf_addf(&b, "%s-%d", "abcde", 42);
	ck_assert(!buf_failed(&b));
	ck_assert_str_eq(buf_text(&b), "abcde-42");
	buf_fini(&b);
}
END_TEST

START_TEST(a_buffer_grows_over_many_pieces)
{
	struct buf b;
	size_t len;
	char *text;

	buf_init(&b, 100000);
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "%09d\n", i);
	ck_assert(!buf_failed(&b));
	text = buf_take(&b, &len);
	ck_assert_uint_eq(len, 100000);
	ck_assert_mem_eq(text + len - 10, "000009999\n", 10);
	ck_assert_uint_eq(b.len, 0);
	free(text);
	buf_fini(&b);
}
END_TEST

START_TEST(fixed_storage_is_never_left)
{
	char storage[5] = "xxxx";
	struct buf b;

	buf_init_fixed(&b, storage, 4);
	buf_add_str(&b, "abc");
	ck_assert(!buf_failed(&b));
	buf_add_char(&b, 'd');
	ck_assert(buf_failed(&b));
	ck_assert_str_eq(storage, "abc");
	buf_fini(&b);
}
END_TEST

START_TEST(truncating_mends_a_failure)
{
	struct buf b;

	buf_init(&b, 8);
	buf_add_str(&b, "12345678");
	buf_add_char(&b, '9');
	buf_truncate(&b, 2);
	buf_add_str(&b, "abc");
	ck_assert(!buf_failed(&b));
	ck_assert_str_eq(buf_text(&b), "12abc");
	buf_fini(&b);
}
END_TEST

START_TEST(an_empty_buffer_reads_as_an_empty_text)
{
	struct buf b;

	buf_init(&b, 8);
	buf_add(&b, "", 0);
	ck_assert_str_eq(buf_text(&b), "");
	ck_assert(!buf_failed(&b));
	buf_fini(&b);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tc = tcase_create("buf");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, a_piece_over_the_maximum_is_refused_whole);
	tcase_add_test(tc, a_failed_buffer_refuses_what_would_fit);
	tcase_add_test(tc, a_failed_buffer_gives_nothing_to_take);
	tcase_add_test(tc, the_maximum_itself_fits);
	tcase_add_test(tc, a_buffer_grows_over_many_pieces);
	tcase_add_test(tc, fixed_storage_is_never_left);
	tcase_add_test(tc, truncating_mends_a_failure);
	tcase_add_test(tc, an_empty_buffer_reads_as_an_empty_text);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
