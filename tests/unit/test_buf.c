/* SPDX-License-Identifier: MIT
 *
 * test_buf.c - text in storage of a fixed size.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "../suite.h"

static char storage[16];
static struct buf b;

/* Room for n bytes and the NUL; what lies behind must stay. */
static void
begin(size_t n)
{
	memset(storage, 'x', sizeof storage - 1);
	buf_init(&b, storage, n + 1);
}

static void
holds(const char *text)
{
	ck_assert_str_eq(storage, text);
	ck_assert_uint_eq(b.len, strlen(text));
	ck_assert_int_eq(storage[b.size], 'x');
}

START_TEST(a_piece_over_the_size_is_refused_whole)
{
	begin(8);
	buf_add_str(&b, "12345");
	buf_add_str(&b, "6789");
	ck_assert(buf_failed(&b));
	holds("12345");
}
END_TEST

START_TEST(a_formatted_piece_over_the_size_is_refused_whole)
{
	begin(4);
	buf_add_str(&b, "12");
	buf_addf(&b, "%d", 345);
	ck_assert(buf_failed(&b));
	holds("12");
}
END_TEST

START_TEST(a_failed_buffer_refuses_what_would_fit)
{
	begin(4);
	buf_add_str(&b, "12345");
	buf_add_char(&b, 'a');
	buf_addf(&b, "%d", 1);
	ck_assert(buf_failed(&b));
	holds("");
}
END_TEST

START_TEST(the_size_itself_fits)
{
	begin(8);
	buf_addf(&b, "%s-%d", "abcd", 4);
	buf_add_str(&b, "21");
	ck_assert(!buf_failed(&b));
	holds("abcd-421");
	buf_add(&b, "", 0);
	ck_assert(!buf_failed(&b));
}
END_TEST

START_TEST(truncating_mends_a_failure)
{
	begin(8);
	buf_add_str(&b, "12345678");
	buf_add_char(&b, '9');
	buf_truncate(&b, 2);
	buf_add_str(&b, "abc");
	ck_assert(!buf_failed(&b));
	holds("12abc");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tc = suite_case(suite, "buf");

	tcase_add_test(tc, a_piece_over_the_size_is_refused_whole);
	tcase_add_test(tc, a_formatted_piece_over_the_size_is_refused_whole);
	tcase_add_test(tc, a_failed_buffer_refuses_what_would_fit);
	tcase_add_test(tc, the_size_itself_fits);
	tcase_add_test(tc, truncating_mends_a_failure);
	return suite_run_forked(suite);
}
