/* SPDX-License-Identifier: MIT
 *
 * test_auth_files.c - the file of tokens and the file of passwords: what is
 * refused and how it is said, and who is found.
 */
#include "config.h"

#include <check.h>
#include <crypt.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/digest.h"
#include "auth/password_file.h"
#include "auth/token_file.h"
#include "../suite.h"

static char path[64], why[256];
static struct identity who;

static void
setup(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/test_auth_files.XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
teardown(void)
{
	unlink(path);
}

static void
write_bytes(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static void
write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

/* --- tokens --------------------------------------------------------------- */

/* Of "a" and of "b". */
#define A "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define B "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"

static const struct {
	const char *text, *why;
} bad_tokens[] = {
	{ "", "it has no line" },
	{ "# nobody\n\n  \n", "it has no line" },
	{ "ann", "line 1: behind the name" },
	{ "# \nann " A "a\n", "line 2: behind the name" },
	{ "ann " A "\nbob xx978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807"
	  "785afee48bb\n",
	    "line 2: behind the name" },
	{ "a\x01n " A "\n", "line 1: the name" },
	{ "\xff " A "\n", "line 1: the name" },
	{ "ann " A "\nbob " A "\n", "line 2: this token" },
	{ "ann " A " admin\n", "line 1: behind the digest" },
	{ "ann " A " ro-le=x\n", "line 1: an attribute's name" },
	{ "ann " A " =x\n", "line 1: an attribute's name" },
	{ "ann " A " a=1 a=2\n", "line 1: an attribute's name" },
	{ "ann " A " TYPE=Basic\n", "line 1: an attribute cannot be named" },
	{ "ann " A " a=\x02\n", "line 1: an attribute's value" },
	{ "ann " A " until=\n", "line 1: until" },
	{ "ann " A " until=tomorrow\n", "line 1: until" },
	{ "ann " A " until=27-01-01\n", "line 1: until" },
	{ "ann " A " until=2027-13-01\n", "line 1: until" },
	{ "ann " A " until=2027-01-01T00:00:00\n", "line 1: until" },
	{ "ann " A " until=2027-01-01T00:00:00+01:00\n", "line 1: until" },
	{ "ann " A " until=1960-01-01\n", "line 1: until" },
	{ "ann " A " until=2027-01-01 until=2028-01-01\n", "line 1: until" },
};

START_TEST(a_wrong_file_of_tokens_is_one_line)
{
	write_text(bad_tokens[_i].text);
	ck_assert_ptr_null(token_file_load(path, why, sizeof(why)));
	ck_assert_msg(
	    strncmp(why, bad_tokens[_i].why, strlen(bad_tokens[_i].why)) == 0,
	    "%s", why);
	/* What may be half a secret is not shown. */
	ck_assert_ptr_null(strstr(why, "978112"));
}
END_TEST

START_TEST(too_much_of_anything_is_refused)
{
	static char text[2 * TOKEN_LINE_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "ann " A);

	for (int i = 0; i < 33; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " a%d=", i);
	write_text(text);
	ck_assert_ptr_null(token_file_load(path, why, sizeof(why)));
	ck_assert_str_eq(why, "line 1: there are too many attributes");
	memset(text + n, ' ', TOKEN_LINE_MAX);
	text[n + TOKEN_LINE_MAX] = 'x';
	write_text(text);
	ck_assert_ptr_null(token_file_load(path, why, sizeof(why)));
	ck_assert_str_eq(why, "line 1: the line is too long");
	ck_assert_int_eq(truncate(path, TOKEN_FILE_MAX + 1), 0);
	ck_assert_ptr_null(token_file_load(path, why, sizeof(why)));
	ck_assert_str_eq(why, "it is too large");
}
END_TEST

START_TEST(a_file_that_everybody_may_write_is_refused)
{
	write_text("ann " A "\n");
	ck_assert_int_eq(chmod(path, 0606), 0);
	ck_assert_ptr_null(token_file_load(path, why, sizeof(why)));
	ck_assert_str_eq(why, "everybody may write it: chmod o-w");
	write_text("a:b\n");
	ck_assert_ptr_null(password_file_load(path, why, sizeof(why)));
	ck_assert_str_eq(why, "everybody may write it: chmod o-w");
}
END_TEST

START_TEST(what_is_no_file_of_text_is_refused)
{
	write_bytes("ann " A "\n\0bob", 4 + 64 + 5);
	ck_assert_ptr_null(token_file_load(path, why, sizeof(why)));
	ck_assert_str_eq(why, "there is a zero byte in it");
	ck_assert_ptr_null(token_file_load("/tmp", why, sizeof(why)));
	ck_assert_str_eq(why, "it is no regular file");
	ck_assert_ptr_null(token_file_load("/none/x", why, sizeof(why)));
	ck_assert_str_eq(why, "No such file or directory");
}
END_TEST

START_TEST(tokens_are_found_until_they_expire)
{
	struct token_file *f;

	write_text("  # who\r\nann\t" A "  role=mod until=2001-09-09T01:46:40Z"
		   " plan=a=b\r\n\nbob " B);
	f = token_file_load(path, why, sizeof(why));
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(token_file_count(f), 2);
	ck_assert_int_eq(token_file_find(f, "", 0, 1, &who), TOKEN_UNKNOWN);
	ck_assert_int_eq(token_file_find(f, "A", 1, 1, &who), TOKEN_UNKNOWN);
	ck_assert_int_eq(token_file_find(f, "ab", 2, 1, &who), TOKEN_UNKNOWN);
	ck_assert_int_eq(token_file_find(f, A, 64, 1, &who), TOKEN_UNKNOWN);
	ck_assert_int_eq(
	    token_file_find(f, "a", 1, 1000000000, &who), TOKEN_EXPIRED);
	ck_assert_str_eq(identity_user(&who), "");
	ck_assert_int_eq(
	    token_file_find(f, "a", 1, 999999999, &who), TOKEN_GOOD);
	ck_assert_str_eq(identity_user(&who), "ann");
	ck_assert_str_eq(identity_find(&who, "role"), "mod");
	ck_assert_str_eq(identity_find(&who, "plan"), "a=b");
	ck_assert_uint_eq(who.n_attrs, 2);
	ck_assert_int_eq(who.expires, 1000000000);
	ck_assert_int_eq(
	    token_file_find(f, "b", 1, 5000000000, &who), TOKEN_GOOD);
	ck_assert_str_eq(identity_user(&who), "bob");
	ck_assert_uint_eq(who.n_attrs, 0);
	ck_assert_int_eq(who.expires, 0);
	token_file_free(&f);
	ck_assert_ptr_null(f);
}
END_TEST

START_TEST(each_of_many_tokens_is_its_own)
{
	enum { MANY = 3000 };
	FILE *out = fopen(path, "w");
	struct token_file *f;

	for (int i = 0; i < MANY; i++) {
		uint8_t digest[DIGEST_LEN];
		char token[32], hex[DIGEST_HEX_LEN + 1];

		snprintf(token, sizeof(token), "token%d", i);
		ck_assert(digest_make(digest, token, strlen(token)));
		digest_write(digest, hex);
		fprintf(out, "user%d %s n=%d\n", i, hex, i);
	}
	ck_assert_int_eq(fclose(out), 0);
	f = token_file_load(path, why, sizeof(why));
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < MANY; i++) {
		char token[32], user[32];

		snprintf(token, sizeof(token), "token%d", i);
		snprintf(user, sizeof(user), "user%d", i);
		ck_assert_int_eq(
		    token_file_find(f, token, strlen(token), 1, &who),
		    TOKEN_GOOD);
		ck_assert_str_eq(identity_user(&who), user);
		ck_assert_str_eq(identity_find(&who, "n"), user + 4);
	}
	token_file_free(&f);
}
END_TEST

/* --- passwords ------------------------------------------------------------ */

static const struct {
	const char *text, *why;
} bad_passwords[] = {
	{ "", "it has no line" },
	{ "ann", "line 1: a line is NAME:HASH" },
	{ ":$2b$05$", "line 1: the name" },
	{ "ann:", "line 1: behind the colon" },
	{ "ann:secret", "line 1: behind the colon" },
	{ "ann:*", "line 1: behind the colon" },
	{ "ann:!$2b$05$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlG",
	    "line 1: behind the colon" },
	/* DES, MD5 */
	{ "ann:LnOfiAt4I6lhI", "line 1: behind the colon" },
	{ "ann:$1$iEQzfwz3$lL5I/lu347STLE0A7B3Uu1",
	    "line 1: behind the colon" },
	/* a character less, one more, another field */
	{ "ann:$2b$05$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxl",
	    "line 1: behind the colon" },
	{ "ann:$2b$05$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlGG",
	    "line 1: behind the colon" },
	{ "ann:$2b$05$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlG:1",
	    "line 1: behind the colon" },
	{ "ann:$2b$16$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlG",
	    "line 1: the hash costs too much" },
	{ "ann:$2b$31$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlG",
	    "line 1: the hash costs too much" },
	{ "ann:$y$jGT$FbxwP1mkjzitdU4e3i2w9/"
	  "$c0mJrFjAiKnpZRT2sCLjyIl6RKLZE.PUplzLmwXpPR7",
	    "line 1: the hash costs too much" },
	{ "ann:$6$rounds=99999999$RY43Y4FNAfl/wI0V$aNmTA2Cmklk6uX9tUYHVkKWISf"
	  "Dy8cHpoFyrga9xTlCT.xyA.GgWCWOe7JouiL8qIv04jcTWKHGChmI9Qhm9m.",
	    "line 1: the hash costs too much" },
	{ "ann:$2b$05$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlG\n"
	  "ann:$2b$05$uK47v4snMiJaKhIeBd/efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlG",
	    "line 2: this name" },
};

START_TEST(a_wrong_file_of_passwords_is_one_line)
{
	write_text(bad_passwords[_i].text);
	ck_assert_ptr_null(password_file_load(path, why, sizeof(why)));
	ck_assert_msg(strncmp(why, bad_passwords[_i].why,
			  strlen(bad_passwords[_i].why)) == 0,
	    "%s", why);
	ck_assert_ptr_null(strstr(why, "$2b"));
}
END_TEST

START_TEST(passwords_that_everybody_may_read_are_refused)
{
	write_text("ann:x\n");
	ck_assert_int_eq(chmod(path, 0604), 0);
	ck_assert_ptr_null(password_file_load(path, why, sizeof(why)));
	ck_assert_str_eq(why, "everybody may read it: chmod o-r");
}
END_TEST

static const char *const kinds[] = { "$y$j75$", "$gy$j75$", "$7$BU..../....",
	"$2b$04$", "$2y$04$", "$2a$04$", "$6$rounds=1000$", "$6$" };

START_TEST(a_password_is_checked)
{
	char text[512], setting[128];
	struct password_file *f;
	const char *hash;

	snprintf(setting, sizeof(setting), "%s%s", kinds[_i],
	    kinds[_i][1] == '2' ? "uK47v4snMiJaKhIeBd/efu" : "saltsaltsalt");
	hash = crypt("a:b c", setting);
	ck_assert_ptr_nonnull(hash);
	snprintf(text, sizeof(text), "# one\nann:%s\n", hash);
	write_text(text);
	f = password_file_load(path, why, sizeof(why));
	ck_assert_msg(f != NULL, "%s: %s", text, why);
	ck_assert(!password_file_check(f, "ann", "", &who));
	ck_assert(!password_file_check(f, "ann", "a:b", &who));
	ck_assert(!password_file_check(f, "ann", "a:b c ", &who));
	ck_assert(!password_file_check(f, "ann", hash, &who));
	ck_assert(!password_file_check(f, "Ann", "a:b c", &who));
	ck_assert(!password_file_check(f, "", "a:b c", &who));
	ck_assert(!password_file_check(f, "eve", "a:b c", &who));
	ck_assert_str_eq(identity_user(&who), "");
	ck_assert(password_file_check(f, "ann", "a:b c", &who));
	ck_assert_str_eq(identity_user(&who), "ann");
	password_file_free(&f);
	ck_assert_ptr_null(f);
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

int
main(void)
{
	Suite *suite = suite_create("auth/files");
	TCase *tc = suite_case(suite, "files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, a_wrong_file_of_tokens_is_one_line, 0, ROWS(bad_tokens));
	tcase_add_test(tc, too_much_of_anything_is_refused);
	tcase_add_test(tc, a_file_that_everybody_may_write_is_refused);
	tcase_add_test(tc, what_is_no_file_of_text_is_refused);
	tcase_add_test(tc, tokens_are_found_until_they_expire);
	tcase_add_test(tc, each_of_many_tokens_is_its_own);
	tcase_add_loop_test(
	    tc, a_wrong_file_of_passwords_is_one_line, 0, ROWS(bad_passwords));
	tcase_add_test(tc, passwords_that_everybody_may_read_are_refused);
	tcase_add_loop_test(tc, a_password_is_checked, 0, ROWS(kinds));
	return suite_run_forked(suite);
}
