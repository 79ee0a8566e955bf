/* SPDX-License-Identifier: MIT
 *
 * test_inbuf.c - kept bytes, growing messages, and nothing when idle.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "net/inbuf.h"
#include "../suite.h"

static uint64_t held; /* 0 between tests */

static int
append(struct inbuf **in, const char *text, uint64_t want)
{
	return inbuf_append(
	    in, (const uint8_t *)text, strlen(text), want, &held);
}

START_TEST(a_header_that_promises_much_gets_little_until_bytes_come)
{
	struct inbuf *in = NULL;
	uint64_t promised = (uint64_t)64 << 20;
	size_t room, total = 0;

	while (total < 1000000) {
		uint8_t *p = inbuf_reserve(&in, promised - total, &room, &held);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_gt(room, 0);
		ck_assert_uint_le(
		    in->room, INBUF_AHEAD * (total < 4096 ? 4096 : total));
		memset(p, 'x', room);
		inbuf_grew(in, room);
		total += room;
	}
	ck_assert_uint_eq(in->len, total);
	inbuf_done(&in);
	ck_assert_ptr_null(in);
}
END_TEST

START_TEST(no_more_is_reserved_than_is_wanted)
{
	struct inbuf *in = NULL;
	size_t room;

	ck_assert_ptr_nonnull(inbuf_reserve(&in, 10, &room, &held));
	ck_assert_uint_eq(room, 10);
	ck_assert_uint_eq(in->room, 10);
	ck_assert_int_eq(append(&in, "abc", 7), 0);
	ck_assert_ptr_nonnull(inbuf_reserve(&in, 3, &room, &held));
	ck_assert_uint_eq(room, 3);
	inbuf_free(&in);
	ck_assert_ptr_null(in);
}
END_TEST

START_TEST(who_announces_much_and_sends_little_holds_little)
{
	struct inbuf *in = NULL;
	uint8_t some[1000] = { 0 };

	ck_assert_int_eq(
	    inbuf_append(&in, some, sizeof some, 1 << 20, &held), 0);
	ck_assert_uint_eq(in->room, INBUF_AHEAD * sizeof some);
	inbuf_done(&in);
	ck_assert_int_eq(inbuf_borrow(&in, some, sizeof some, &held), 0);
	ck_assert_int_eq(inbuf_own(&in, 1 << 20), 0);
	ck_assert_uint_eq(in->room, INBUF_AHEAD * sizeof some);
	ck_assert_uint_eq(held, sizeof *in + in->room);
	inbuf_free(&in);
}
END_TEST

START_TEST(what_has_earned_it_is_allocated_once)
{
	struct inbuf *in = NULL;
	uint8_t some[1000] = { 0 };

	ck_assert_int_eq(inbuf_append(&in, some, sizeof some, 2000, &held), 0);
	ck_assert_uint_eq(in->room, 3000);
	inbuf_free(&in);
}
END_TEST

START_TEST(what_stands_behind_what_is_borrowed_is_not_copied)
{
	uint8_t there[] = "abcdefgh--ijkl";
	struct inbuf *in = NULL;

	ck_assert_int_eq(inbuf_borrow(&in, there, 3, &held), 0);
	ck_assert_uint_eq(held, sizeof *in);
	ck_assert_int_eq(inbuf_append(&in, there + 3, 5, 0, &held), 0);
	ck_assert_ptr_eq(in->message, there);
	ck_assert(inbuf_borrows(in));
	/* What stands elsewhere is. */
	ck_assert_int_eq(inbuf_append(&in, there + 10, 4, 0, &held), 0);
	ck_assert(!inbuf_borrows(in));
	memset(there, 'x', sizeof there);
	ck_assert_uint_eq(in->len, 12);
	ck_assert_mem_eq(in->message, "abcdefghijkl", 12);
	inbuf_done(&in);
	ck_assert_ptr_null(in);
}
END_TEST

START_TEST(what_is_borrowed_is_not_freed)
{
	uint8_t there[] = "abc";
	struct inbuf *in = NULL;

	ck_assert_int_eq(inbuf_borrow(&in, there, 3, &held), 0);
	inbuf_done(&in);
	ck_assert_ptr_null(in);
	ck_assert_int_eq(inbuf_borrow(&in, there, 3, &held), 0);
	inbuf_free(&in);
	ck_assert_ptr_null(in);
}
END_TEST

START_TEST(the_rest_is_parsed_from_the_front)
{
	struct inbuf *in = NULL;
	uint8_t to[16];

	ck_assert_uint_eq(inbuf_rest(NULL), 0);
	ck_assert_uint_eq(inbuf_move(&in, to), 0);
	ck_assert_int_eq(inbuf_keep(&in, "0123456789", 10, &held), 0);
	inbuf_parsed(&in, 4);
	ck_assert_uint_eq(inbuf_rest(in), 6);
	ck_assert_uint_eq(inbuf_move(&in, to), 6);
	ck_assert_mem_eq(to, "456789", 6);
	ck_assert_ptr_null(in);
}
END_TEST

START_TEST(a_large_rest_that_has_become_small_gives_its_memory_back)
{
	struct inbuf *in = NULL;
	uint8_t *much = calloc(1, 500000), to[16];

	memcpy(much + 499990, "the end of", 10);
	ck_assert_int_eq(inbuf_keep(&in, much, 500000, &held), 0);
	inbuf_parsed(&in, 499990);
	ck_assert_uint_eq(in->rest_at, 0);
	ck_assert_uint_eq(in->rest_end, 10);
	ck_assert_uint_eq(inbuf_move(&in, to), 10);
	ck_assert_mem_eq(to, "the end of", 10);
	free(much);
}
END_TEST

START_TEST(rest_and_message_do_not_disturb_each_other)
{
	struct inbuf *in = NULL;

	ck_assert_int_eq(append(&in, "hello ", 0), 0);
	ck_assert_int_eq(inbuf_keep(&in, "xy", 2, &held), 0);
	ck_assert_int_eq(append(&in, "world", 0), 0);
	inbuf_parsed(&in, 2);
	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(in->len, 11);
	ck_assert_mem_eq(in->message, "hello world", 11);
	inbuf_done(&in);
	ck_assert_ptr_null(in);
}
END_TEST

static void
nothing_is_held(void)
{
	ck_assert_uint_eq(held, 0);
}

int
main(void)
{
	Suite *s = suite_create("inbuf");
	TCase *tc = suite_case(s, "inbuf");

	tcase_add_test(
	    tc, a_header_that_promises_much_gets_little_until_bytes_come);
	tcase_add_test(tc, no_more_is_reserved_than_is_wanted);
	tcase_add_test(tc, who_announces_much_and_sends_little_holds_little);
	tcase_add_test(tc, what_has_earned_it_is_allocated_once);
	tcase_add_test(tc, what_stands_behind_what_is_borrowed_is_not_copied);
	tcase_add_test(tc, what_is_borrowed_is_not_freed);
	tcase_add_test(tc, the_rest_is_parsed_from_the_front);
	tcase_add_test(
	    tc, a_large_rest_that_has_become_small_gives_its_memory_back);
	tcase_add_test(tc, rest_and_message_do_not_disturb_each_other);
	tcase_add_checked_fixture(tc, NULL, nothing_is_held);
	return suite_run_forked(s);
}
