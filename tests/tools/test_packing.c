/* SPDX-License-Identifier: MIT
 *
 * test_packing.c - compressed messages, there and back.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "packing.h"
#include "../suite.h"

enum { SIZE = 70000 };

static struct packing *p;

static void
begin(void)
{
	p = packing_new(SIZE);
	ck_assert_ptr_nonnull(p);
}

static void
end(void)
{
	packing_free(&p);
	ck_assert_ptr_null(p);
}

/* n bytes, much the same or all different. */
static void
write_message(uint8_t *out, size_t n, bool same)
{
	for (size_t i = 0; i < n; i++)
		out[i] =
		    same ? 'a' + i % 7
			 : (uint8_t)(payload_mix((struct payload_id){ 3, i }));
}

START_TEST(what_is_packed_comes_back)
{
	static const size_t sizes[] = { 0, 1, 20, 1000, 65536, SIZE };
	static uint8_t message[SIZE], kept[2 * SIZE];

	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i / 2], packed, back;
		struct payload_id id = { 1, i };

		write_message(message, size, i % 2);
		memcpy(packing_room(p), message, size);
		const uint8_t *made = packing_pack(p, id, size, &packed);
		memcpy(kept, made, packed);
		ck_assert_uint_gt(packed, 0);
		ck_assert_uint_le(packed, packing_bound(p));
		if (size >= 1000 && i % 2)
			ck_assert_uint_lt(packed, size / 4);
		const uint8_t *again = packing_unpack(p, kept, packed, &back);
		ck_assert_ptr_nonnull(again);
		ck_assert_uint_eq(back, size);
		ck_assert_mem_eq(again, message, size);
	}
}
END_TEST

START_TEST(the_last_one_is_kept_and_no_other)
{
	struct payload_id id = { 1, 5 }, other = { 2, 5 }, next = { 1, 6 };
	size_t n, again;

	ck_assert_ptr_null(packing_last(p, (struct payload_id){ 0, 0 }, &n));
	memcpy(packing_room(p), "hello", 5);
	const uint8_t *packed = packing_pack(p, id, 5, &n);
	ck_assert_ptr_eq(packing_last(p, id, &again), packed);
	ck_assert_uint_eq(n, again);
	ck_assert_ptr_null(packing_last(p, other, &again));
	ck_assert_ptr_null(packing_last(p, next, &again));
}
END_TEST

START_TEST(what_is_damaged_or_too_long_is_refused)
{
	static uint8_t kept[2 * SIZE];
	struct packing *larger = packing_new(SIZE + 1);
	size_t n, back;

	ck_assert_ptr_null(
	    packing_unpack(p, (const uint8_t *)"\xff\xff", 2, &back));
	ck_assert_ptr_nonnull(larger);
	write_message(packing_room(larger), SIZE + 1, true);
	const uint8_t *made =
	    packing_pack(larger, (struct payload_id){ 0, 0 }, SIZE + 1, &n);
	memcpy(kept, made, n);
	ck_assert_ptr_null(packing_unpack(p, kept, n, &back));
	ck_assert_ptr_nonnull(packing_unpack(larger, kept, n, &back));
	packing_free(&larger);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("packing");
	TCase *tc = suite_case(suite, "packing");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_is_packed_comes_back);
	tcase_add_test(tc, the_last_one_is_kept_and_no_other);
	tcase_add_test(tc, what_is_damaged_or_too_long_is_refused);
	return suite_run_forked(suite);
}
