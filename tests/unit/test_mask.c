/* SPDX-License-Identifier: MIT
 *
 * test_mask.c - the fast form against the portable one, and that against
 * the definition in section 5.3.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../dice.h"
#include "../suite.h"
#include "wire/mask.h"

enum { LEN_MAX = 300, ALIGN_MAX = 64, GUARD = 32 };

static const uint8_t key[4] = { 0x37, 0xfa, 0x21, 0x3d };

typedef bool (*mask_fn)(uint8_t *, size_t, const uint8_t[4], size_t);

static void
fill(uint8_t *p, size_t n)
{
	uint32_t x = dice_seed(1);

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)dice(&x, 256);
}

/* Masks [from, from + n) of a buffer and compares all of it, so that a byte
 * changed outside is seen too. */
static void
check_one(mask_fn fn, size_t from, size_t n, size_t phase)
{
	_Alignas(64) uint8_t got[ALIGN_MAX + LEN_MAX + GUARD];
	uint8_t expected[sizeof got];

	fill(got, sizeof got);
	memcpy(expected, got, sizeof got);
	for (size_t i = 0; i < n; i++)
		expected[from + i] ^= key[(phase + i) % 4];
	(void)fn(got + from, n, key, phase);
	ck_assert_msg(memcmp(got, expected, sizeof got) == 0,
	    "alignment %zu, length %zu, phase %zu", from, n, phase);
}

static void
check_all(mask_fn fn)
{
	for (size_t from = 0; from < ALIGN_MAX; from++)
		for (size_t n = 0; n <= LEN_MAX; n++)
			check_one(fn, from, n, (from + n) % 4);
	for (size_t phase = 0; phase < 12; phase++)
		for (size_t n = 0; n <= LEN_MAX; n++)
			check_one(fn, 1, n, phase);
	check_one(fn, 1, 100, SIZE_MAX);
}

/* Text that is ASCII, but for the byte at `odd` if there is one. */
static void
check_ascii(mask_fn fn, size_t n, size_t odd)
{
	uint8_t text[LEN_MAX];

	for (size_t i = 0; i < n; i++)
		text[i] = (uint8_t)((i == odd ? 0x80 : 0x7f) ^ key[i % 4]);
	ck_assert_msg(fn(text, n, key, 0) == (odd >= n),
	    "length %zu, odd byte at %zu", n, odd);
}

static void
check_all_ascii(mask_fn fn)
{
	for (size_t n = 0; n <= LEN_MAX; n++)
		for (size_t odd = 0; odd <= n; odd++)
			check_ascii(fn, n, odd);
}

START_TEST(one_byte_that_is_not_ascii_is_seen)
{
	check_all_ascii(mask_apply);
	check_all_ascii(mask_apply_portable);
}
END_TEST

START_TEST(the_fast_form_masks_these_bytes_and_no_others)
{
	check_all(mask_apply);
}
END_TEST

START_TEST(the_portable_form_masks_these_bytes_and_no_others)
{
	check_all(mask_apply_portable);
}
END_TEST

START_TEST(chunks_of_any_size_make_the_same_whole)
{
	uint8_t whole[LEN_MAX], chunks[LEN_MAX];

	fill(whole, sizeof whole);
	mask_apply(whole, sizeof whole, key, 0);
	for (size_t step = 1; step < sizeof chunks; step++) {
		fill(chunks, sizeof chunks);
		for (size_t i = 0; i < sizeof chunks; i += step) {
			size_t rest = sizeof chunks - i;

			mask_apply(
			    chunks + i, rest < step ? rest : step, key, i);
		}
		ck_assert_mem_eq(chunks, whole, sizeof whole);
	}
}
END_TEST

START_TEST(the_example_of_section_5_7_is_unmasked)
{
	uint8_t hello[] = { 0x7f, 0x9f, 0x4d, 0x51, 0x58 };

	mask_apply(hello, sizeof hello, key, 0);
	ck_assert_mem_eq(hello, "Hello", sizeof hello);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mask");
	TCase *tc = suite_case(suite, "mask");

	tcase_add_test(tc, one_byte_that_is_not_ascii_is_seen);
	tcase_add_test(tc, the_fast_form_masks_these_bytes_and_no_others);
	tcase_add_test(tc, the_portable_form_masks_these_bytes_and_no_others);
	tcase_add_test(tc, chunks_of_any_size_make_the_same_whole);
	tcase_add_test(tc, the_example_of_section_5_7_is_unmasked);
	return suite_run_forked(suite);
}
