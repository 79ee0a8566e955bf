/* SPDX-License-Identifier: MIT
 *
 * test_identity.c - a user's name and attributes.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "auth/identity.h"
#include "../suite.h"

static struct identity id;

static void
setup(void)
{
	identity_init(&id);
}

static enum identity_fault
add(const char *name, const char *value)
{
	return identity_add(&id, name, value, strlen(value));
}

static enum identity_fault
set_user(const char *user)
{
	return identity_set_user(&id, user, strlen(user));
}

START_TEST(nobody_has_neither_a_name_nor_attributes)
{
	ck_assert_str_eq(identity_user(&id), "");
	ck_assert_uint_eq(id.n_attrs, 0);
	ck_assert_int_eq(id.expires, 0);
	ck_assert_ptr_null(identity_find(&id, "role"));
}
END_TEST

START_TEST(what_is_not_printable_is_refused)
{
	static const char *const no[] = { "a\nb", "\t", "a\rb", "\x1b[2J",
		"\x7f", "\xc2\x80", "\xc2\x9f", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xff", "\xc3", "\xed\xa0\x80", "abcdefg\x01hijklmnop" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		ck_assert_int_eq(set_user(no[i]), IDENTITY_VALUE);
		ck_assert_int_eq(add("a", no[i]), IDENTITY_VALUE);
	}
	ck_assert_int_eq(identity_set_user(&id, "a\0b", 3), IDENTITY_VALUE);
	ck_assert_int_eq(identity_add(&id, "a", "\0", 1), IDENTITY_VALUE);
	ck_assert_uint_eq(id.n_attrs, 0);
	ck_assert_str_eq(identity_user(&id), "");
}
END_TEST

START_TEST(a_user_has_1_to_256_bytes)
{
	char name[IDENTITY_USER_MAX + 2];

	memset(name, 'u', sizeof name);
	ck_assert_int_eq(set_user(""), IDENTITY_VALUE);
	ck_assert_int_eq(identity_set_user(&id, name, IDENTITY_USER_MAX + 1),
	    IDENTITY_VALUE);
	ck_assert_int_eq(
	    identity_set_user(&id, name, IDENTITY_USER_MAX), IDENTITY_OK);
	ck_assert_uint_eq(strlen(identity_user(&id)), IDENTITY_USER_MAX);
}
END_TEST

START_TEST(a_name_is_letters_digits_and_underscores)
{
	char name[IDENTITY_NAME_MAX + 2] = "";
	static const char *const no[] = { "", "a-b", "a b", "a.b", "a=", "\n",
		"\xc3\xa4", "a\n" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		ck_assert_int_eq(add(no[i], "x"), IDENTITY_NAME);
	memset(name, 'n', IDENTITY_NAME_MAX + 1);
	ck_assert_int_eq(add(name, "x"), IDENTITY_NAME);
	name[IDENTITY_NAME_MAX] = '\0';
	ck_assert_int_eq(add(name, "x"), IDENTITY_OK);
	ck_assert_int_eq(add("Az_09", "x"), IDENTITY_OK);
}
END_TEST

START_TEST(a_name_is_there_once)
{
	ck_assert_int_eq(add("role", "guest"), IDENTITY_OK);
	ck_assert_int_eq(add("role", "admin"), IDENTITY_NAME);
	ck_assert_int_eq(add("Role", "other"), IDENTITY_OK);
	ck_assert_str_eq(identity_find(&id, "role"), "guest");
	ck_assert_str_eq(identity_find(&id, "Role"), "other");
}
END_TEST

START_TEST(there_are_32_attributes_at_most)
{
	char name[16];

	for (int i = 0; i < IDENTITY_ATTRS_MAX; i++) {
		snprintf(name, sizeof name, "a%d", i);
		ck_assert_int_eq(add(name, name), IDENTITY_OK);
	}
	ck_assert_int_eq(add("b", "b"), IDENTITY_FULL);
	ck_assert_str_eq(identity_find(&id, "a31"), "a31");
	ck_assert_str_eq(identity_name(&id, 7), "a7");
	ck_assert_str_eq(identity_value(&id, 7), "a7");
}
END_TEST

START_TEST(all_text_has_4096_bytes_at_most)
{
	static char long_one[IDENTITY_TEXT_MAX + 1];
	size_t room = IDENTITY_TEXT_MAX - 1 - sizeof "user" - sizeof "a";

	memset(long_one, 'x', sizeof long_one);
	ck_assert_int_eq(set_user("user"), IDENTITY_OK);
	ck_assert_int_eq(
	    identity_add(&id, "a", long_one, IDENTITY_TEXT_MAX + 1),
	    IDENTITY_FULL);
	ck_assert_int_eq(
	    identity_add(&id, "a", long_one, SIZE_MAX), IDENTITY_FULL);
	ck_assert_int_eq(identity_add(&id, "a", long_one, room), IDENTITY_FULL);
	ck_assert_int_eq(
	    identity_add(&id, "a", long_one, room - 1), IDENTITY_OK);
	ck_assert_int_eq(set_user("u"), IDENTITY_FULL);
	ck_assert_str_eq(identity_user(&id), "user");
}
END_TEST

START_TEST(a_copy_is_an_identity_of_its_own)
{
	struct identity copy;

	ck_assert_int_eq(set_user("j\xc3\xbcrgen"), IDENTITY_OK);
	ck_assert_int_eq(add("empty", ""), IDENTITY_OK);
	copy = id;
	identity_init(&id);
	ck_assert_str_eq(identity_user(&copy), "j\xc3\xbcrgen");
	ck_assert_str_eq(identity_find(&copy, "empty"), "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("identity");
	TCase *c = suite_case(s, "identity");

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, nobody_has_neither_a_name_nor_attributes);
	tcase_add_test(c, what_is_not_printable_is_refused);
	tcase_add_test(c, a_user_has_1_to_256_bytes);
	tcase_add_test(c, a_name_is_letters_digits_and_underscores);
	tcase_add_test(c, a_name_is_there_once);
	tcase_add_test(c, there_are_32_attributes_at_most);
	tcase_add_test(c, all_text_has_4096_bytes_at_most);
	tcase_add_test(c, a_copy_is_an_identity_of_its_own);
	return suite_run_forked(s);
}
