/* SPDX-License-Identifier: MIT
 *
 * test_utf8.c - both forms of the validator against a decoder that is written
 * from RFC 3629's definition: exhaustively for up to three bytes, at the
 * bounds for four, and in every position of a block for SIMD.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../dice.h"
#include "../suite.h"
#include "wire/utf8.h"

enum { LEN_MAX = 300 };

typedef size_t (*feed_fn)(struct utf8 *, const uint8_t *, size_t);

static const struct {
	const char *name;
	feed_fn feed;
} forms[] = {
	{ "fast", utf8_feed },
	{ "portable", utf8_feed_portable },
};

/* The length that a lead byte promises, 0 for none. */
static size_t
promised(uint8_t c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc0 && c < 0xe0)
		return 2;
	if (c >= 0xe0 && c < 0xf0)
		return 3;
	return c >= 0xf0 && c < 0xf8 ? 4 : 0;
}

/* Can the character whose first n bytes these are become a good one? Tried
 * by filling the rest with the smallest and the largest possible bits: the
 * values between are what it can become. */
static bool
possible(const uint8_t *p, size_t n)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = promised(p[0]);
	uint32_t low, high;

	if (len == 0)
		return false;
	if (len == 1)
		return true;
	low = high = p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (i < n && (p[i] & 0xc0) != 0x80)
			return false;
		low = low << 6 | (i < n ? p[i] & 0x3f : 0);
		high = high << 6 | (i < n ? p[i] & 0x3f : 0x3f);
	}
	if (high < smallest[len] || low > 0x10ffff)
		return false;
	return !(low >= 0xd800 && high <= 0xdfff);
}

/* What utf8_feed() must return, and whether the text may end there. */
static size_t
expected_feed(const uint8_t *p, size_t n, bool *done)
{
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		if (!possible(p + start, i + 1 - start))
			return i;
		if (i + 1 - start == promised(p[start]))
			start = i + 1;
	}
	*done = start == n;
	return n;
}

static void
check_text(const uint8_t *p, size_t n)
{
	bool done = false;
	size_t expected = expected_feed(p, n, &done);

	for (size_t i = 0; i < 2; i++) {
		struct utf8 u = { 0 };
		size_t fed = forms[i].feed(&u, p, n);

		if (fed != expected || (fed == n && utf8_done(&u) != done))
			ck_abort_msg("%s: %zu of %zu, expected %zu, begins "
				     "%02x %02x %02x",
			    forms[i].name, fed, n, expected, p[0],
			    n > 1 ? p[1] : 0, n > 2 ? p[2] : 0);
	}
}

START_TEST(every_sequence_of_one_to_three_bytes_is_judged_right)
{
	uint8_t p[3];

	for (uint32_t i = 0; i < 1 << 24; i++) {
		p[0] = (uint8_t)(i >> 16);
		p[1] = (uint8_t)(i >> 8);
		p[2] = (uint8_t)i;
		if (p[1] == 0 && p[2] == 0)
			check_text(p, 1);
		if (p[2] == 0)
			check_text(p, 2);
		check_text(p, 3);
	}
}
END_TEST

START_TEST(four_byte_sequences_are_judged_right_at_every_bound)
{
	static const uint8_t tails[] = { 0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90,
		0x9f, 0xa0, 0xbe, 0xbf, 0xc0, 0xff };
	const size_t n = sizeof tails;
	uint8_t p[5];

	p[4] = 'a';
	for (unsigned first = 0xee; first <= 0xff; first++)
		for (unsigned second = 0; second <= 0xff; second++)
			for (size_t i = 0; i < n * n; i++) {
				p[0] = (uint8_t)first;
				p[1] = (uint8_t)second;
				p[2] = tails[i / n];
				p[3] = tails[i % n];
				check_text(p, 4);
				check_text(p, 5);
			}
}
END_TEST

START_TEST(one_bad_byte_is_found_at_every_place_of_every_length)
{
	uint8_t text[64 + LEN_MAX];

	memset(text, 'a', sizeof text);
	for (size_t n = 1; n <= LEN_MAX; n++)
		for (size_t at = 0; at < n; at++) {
			uint8_t *p = text + (n + at) % 64;

			p[at] = 0xff;
			check_text(p, n);
			p[at] = 'a';
		}
}
END_TEST

START_TEST(bytes_behind_the_end_are_not_judged)
{
	uint8_t text[LEN_MAX + 32];

	memset(text, 0xff, sizeof text);
	for (size_t n = 0; n <= LEN_MAX; n++) {
		memset(text, 'a', n);
		for (size_t i = 0; i < 2; i++) {
			struct utf8 u = { 0 };

			ck_assert_uint_eq(forms[i].feed(&u, text, n), n);
			ck_assert(utf8_done(&u));
		}
	}
}
END_TEST

START_TEST(random_mixtures_are_judged_alike_by_both_forms)
{
	static const char *const parts[] = { "a", "0123456789abcdef0123",
		"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x80",
		"\xed\xa0", "a\xe2\x82" };
	uint8_t text[LEN_MAX];
	uint32_t state = dice_seed(6455);

	for (int round = 0; round < 20000; round++) {
		size_t n = 0;

		/* The bad parts are rare, or every text would be short. */
		while (n < sizeof text - 20) {
			unsigned of = dice(&state, 50) == 0 ? 8 : 5;
			unsigned i = dice(&state, of);
			size_t len = strlen(parts[i]);

			memcpy(text + n, parts[i], len);
			n += len;
		}
		check_text(text, n);
	}
}
END_TEST

START_TEST(the_state_carries_over_every_cut)
{
	static const char good[] = "a\xc3\xa4 \xe2\x82\xac and more than "
				   "sixteen \xf0\x9f\x98\x80 bytes";
	const uint8_t *p = (const uint8_t *)good;
	const size_t n = sizeof good - 1;

	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i <= n; i++) {
			struct utf8 u = { 0 };
			size_t rest = n - i;

			ck_assert_uint_eq(forms[f].feed(&u, p, i), i);
			ck_assert_uint_eq(forms[f].feed(&u, p + i, rest), rest);
			ck_assert(utf8_done(&u));
		}
}
END_TEST

START_TEST(a_text_that_stops_within_a_character_is_not_valid)
{
	ck_assert(!utf8_valid((const uint8_t *)"a\xe2\x82", 3));
	ck_assert(!utf8_valid((const uint8_t *)"\xc0\x80", 2));
	ck_assert(utf8_valid((const uint8_t *)"a\xe2\x82\xac", 4));
	ck_assert(utf8_valid((const uint8_t *)"", 0));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tc = suite_case(suite, "utf8");

	tcase_add_test(
	    tc, every_sequence_of_one_to_three_bytes_is_judged_right);
	tcase_add_test(tc, four_byte_sequences_are_judged_right_at_every_bound);
	tcase_add_test(
	    tc, one_bad_byte_is_found_at_every_place_of_every_length);
	tcase_add_test(tc, bytes_behind_the_end_are_not_judged);
	tcase_add_test(tc, random_mixtures_are_judged_alike_by_both_forms);
	tcase_add_test(tc, the_state_carries_over_every_cut);
	tcase_add_test(tc, a_text_that_stops_within_a_character_is_not_valid);
	return suite_run_forked(suite);
}
