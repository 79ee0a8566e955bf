/* SPDX-License-Identifier: MIT
 *
 * test_base64url.c - one text for each sequence of bytes.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "auth/base64.h"
#include "../suite.h"

static uint8_t out[64];

static ptrdiff_t
decode(const char *text)
{
	return base64url_decode(out, sizeof out, text, strlen(text));
}

START_TEST(other_letters_are_refused)
{
	static const char *const no[] = { "ab+d", "ab/d",
		"abc=", "ab==", "ab c", " abcd", "abcd\n", "ab.d", "a\xc3\xa4",
		"ab,d", "ab@d", "ab[d", "ab`d", "ab{d", "ab:d" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		ck_assert_msg(decode(no[i]) == -1, "%s", no[i]);
	ck_assert_int_eq(base64url_decode(out, sizeof out, "ab\0d", 4), -1);
}
END_TEST

START_TEST(a_length_that_cannot_be_is_refused)
{
	ck_assert_int_eq(decode("A"), -1);
	ck_assert_int_eq(decode("AAAAA"), -1);
}
END_TEST

START_TEST(spare_bits_must_be_zero)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";
	char two[] = "A?", three[] = "AA?";

	for (int i = 0; i < 64; i++) {
		two[1] = three[2] = letters[i];
		ck_assert_int_eq(decode(two), i % 16 == 0 ? 1 : -1);
		ck_assert_int_eq(decode(three), i % 4 == 0 ? 2 : -1);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	ck_assert_int_eq(base64url_decode(out, 2, "Zm9v", 4), -1);
	ck_assert_int_eq(base64url_decode(out, 3, "Zm9v", 4), 3);
	ck_assert_int_eq(base64url_decode(out, 0, "", 0), 0);
	ck_assert_int_eq(base64url_decode(out, 0, "Zg", 2), -1);
}
END_TEST

/* RFC 4648 section 10, and the two letters that are other ones */
START_TEST(the_vectors_of_the_rfc)
{
	static const struct {
		const char *text, *bytes;
	} v[] = { { "", "" }, { "Zg", "f" }, { "Zm8", "fo" }, { "Zm9v", "foo" },
		{ "Zm9vYg", "foob" }, { "Zm9vYmE", "fooba" },
		{ "Zm9vYmFy", "foobar" }, { "-_-_", "\xfb\xff\xbf" } };

	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		size_t n = strlen(v[i].bytes);

		ck_assert_int_eq(decode(v[i].text), (ptrdiff_t)n);
		ck_assert_mem_eq(out, v[i].bytes, n);
		ck_assert_uint_eq(BASE64URL_BYTES(strlen(v[i].text)), n);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base64url");
	TCase *c = suite_case(s, "base64url");

	tcase_add_test(c, other_letters_are_refused);
	tcase_add_test(c, a_length_that_cannot_be_is_refused);
	tcase_add_test(c, spare_bits_must_be_zero);
	tcase_add_test(c, what_does_not_fit_is_refused);
	tcase_add_test(c, the_vectors_of_the_rfc);
	return suite_run_forked(s);
}
