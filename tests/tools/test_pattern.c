/* SPDX-License-Identifier: MIT
 *
 * test_pattern.c - messages of words, digits and places for both.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "../suite.h"

static const struct payload_id id = { 7, 41 };

/* Is `text` an answer? In one piece, and byte by byte. */
static bool
answers(const struct pattern *p, const char *text)
{
	const uint8_t *in = (const uint8_t *)text;
	size_t n = strlen(text), at = 0, slow = 0;
	bool yes = pattern_match(p, id, &at, in, n) && pattern_ended(p, at);
	bool same = true;

	for (size_t i = 0; i < n && same; i++)
		same = pattern_match(p, id, &slow, in + i, 1);
	ck_assert_int_eq(yes, same && pattern_ended(p, slow));
	return yes;
}

START_TEST(what_is_written_is_what_matches)
{
	struct pattern p;
	uint8_t stamp[PAYLOAD_STAMP], whole[64], piece[64];

	ck_assert_int_eq(pattern_init(&p, "a%b"), 0);
	ck_assert_uint_eq(p.len, PAYLOAD_STAMP + 2);
	payload_stamp(id, stamp);
	pattern_write(&p, id, 0, whole, p.len);
	ck_assert_mem_eq(whole + 1, stamp, PAYLOAD_STAMP);
	ck_assert(whole[0] == 'a' && whole[p.len - 1] == 'b');
	for (size_t from = 0; from < p.len; from++) {
		pattern_write(&p, id, from, piece, p.len - from);
		ck_assert_mem_eq(piece, whole + from, p.len - from);
	}
	for (size_t i = 0; i < p.len; i++) {
		size_t at = 0;

		whole[i] ^= 0x10;
		ck_assert(!pattern_match(&p, id, &at, whole, p.len));
		whole[i] ^= 0x10;
	}
	pattern_fini(&p);
}
END_TEST

START_TEST(the_next_message_is_another)
{
	struct pattern p;
	struct payload_id next = { id.conn, id.seq + 1 };
	uint8_t whole[64];
	size_t at = 0;

	ck_assert_int_eq(pattern_init(&p, "%"), 0);
	pattern_write(&p, next, 0, whole, p.len);
	ck_assert(!pattern_match(&p, id, &at, whole, p.len));
	pattern_fini(&p);
}
END_TEST

START_TEST(only_digits_may_be_any)
{
	struct pattern p;

	ck_assert_int_eq(pattern_init(&p, "\"n\":#,#}"), 0);
	ck_assert(pattern_is_open(&p));
	ck_assert(answers(&p, "\"n\":12,345}"));
	ck_assert(answers(&p, "\"n\":,}"));
	ck_assert(answers(&p, "\"n\":  12,3}"));
	ck_assert(!answers(&p, "\"n\":1x,3}"));
	ck_assert(!answers(&p, "\"n\":12,345"));
	ck_assert(!answers(&p, "\"n\":12,345}}"));
	pattern_fini(&p);
	ck_assert_int_eq(pattern_init(&p, "x#"), 0);
	ck_assert(answers(&p, "x") && answers(&p, "x99"));
	ck_assert(!answers(&p, "x9y"));
	pattern_fini(&p);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pattern");
	TCase *tc = suite_case(suite, "pattern");

	tcase_add_test(tc, what_is_written_is_what_matches);
	tcase_add_test(tc, the_next_message_is_another);
	tcase_add_test(tc, only_digits_may_be_any);
	return suite_run_forked(suite);
}
