/* SPDX-License-Identifier: MIT
 *
 * test_target.c - every way to spell a path that must not get through.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/target.h"
#include "../suite.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *raw;
	enum refusal expected;
} refused[] = {
	{ "", REFUSAL_TARGET_FORM },
	{ "*", REFUSAL_TARGET_FORM },
	{ "a/b", REFUSAL_TARGET_FORM },
	{ "http://host/", REFUSAL_TARGET_FORM },
	{ "?x", REFUSAL_TARGET_FORM },
	{ "/a b", REFUSAL_TARGET_BYTE },
	{ "/a\tb", REFUSAL_TARGET_BYTE },
	{ "/a\x01", REFUSAL_TARGET_BYTE },
	{ "/a\x7f", REFUSAL_TARGET_BYTE },
	{ "/\xc3\xa4", REFUSAL_TARGET_BYTE },
	{ "/a#b", REFUSAL_TARGET_BYTE },
	{ "/..\\x", REFUSAL_TARGET_BYTE },
	{ "/a?x=\"", REFUSAL_TARGET_BYTE },
	{ "/%", REFUSAL_TARGET_ESCAPE },
	{ "/%2", REFUSAL_TARGET_ESCAPE },
	{ "/%?x", REFUSAL_TARGET_ESCAPE },
	{ "/%2?x", REFUSAL_TARGET_ESCAPE },
	{ "/%zz", REFUSAL_TARGET_ESCAPE },
	{ "/%2g", REFUSAL_TARGET_ESCAPE },
	{ "/% 1", REFUSAL_TARGET_BYTE },
	{ "/%u002e", REFUSAL_TARGET_ESCAPE },
	{ "/%00", REFUSAL_TARGET_HIDDEN },
	{ "/a%00.html", REFUSAL_TARGET_HIDDEN },
	{ "/a%0a", REFUSAL_TARGET_HIDDEN },
	{ "/a%1F", REFUSAL_TARGET_HIDDEN },
	{ "/a%7f", REFUSAL_TARGET_HIDDEN },
	{ "/a%2fb", REFUSAL_TARGET_HIDDEN },
	{ "/a%2Fb", REFUSAL_TARGET_HIDDEN },
	{ "/..%2f..%2fetc/passwd", REFUSAL_TARGET_HIDDEN },
	{ "/..%5c..%5cx", REFUSAL_TARGET_HIDDEN },
	{ "/.", REFUSAL_TARGET_DOTS },
	{ "/..", REFUSAL_TARGET_DOTS },
	{ "/../", REFUSAL_TARGET_DOTS },
	{ "/a/../b", REFUSAL_TARGET_DOTS },
	{ "/a/..", REFUSAL_TARGET_DOTS },
	{ "/a/./b", REFUSAL_TARGET_DOTS },
	{ "/a/.?x", REFUSAL_TARGET_DOTS },
	{ "//../x", REFUSAL_TARGET_DOTS },
	{ "/%2e%2e/x", REFUSAL_TARGET_DOTS },
	{ "/%2E./x", REFUSAL_TARGET_DOTS },
	{ "/.%2e", REFUSAL_TARGET_DOTS },
	{ "/a/%2e", REFUSAL_TARGET_DOTS },
};

START_TEST(a_treacherous_target_is_refused)
{
	char path[64];
	struct target t;

	ck_assert_msg(
	    target_read(&t, refused[_i].raw, path) == refused[_i].expected,
	    "%s", refused[_i].raw);
}
END_TEST

static const struct {
	const char *raw, *path, *query;
} accepted[] = {
	{ "/", "/", NULL },
	{ "/?", "/", "" },
	{ "/a/b", "/a/b", NULL },
	{ "/a/?x=%2e%2e/%00&y=%", "/a/", "x=%2e%2e/%00&y=%" },
	{ "/a?b?c", "/a", "b?c" },
	{ "/%61%20%c3%a4", "/a \xc3\xa4", NULL },
	{ "/%252e%252e/", "/%2e%2e/", NULL },
	{ "/...", "/...", NULL },
	{ "/..a/a../.b", "/..a/a../.b", NULL },
	{ "/%3f%23", "/?#", NULL },
	{ "//a", "//a", NULL },
};

START_TEST(an_honest_target_is_decoded_once)
{
	char path[64];
	struct target t;

	ck_assert_int_eq(target_read(&t, accepted[_i].raw, path), REFUSAL_NONE);
	ck_assert_str_eq(t.path, accepted[_i].path);
	if (accepted[_i].query)
		ck_assert_str_eq(t.query, accepted[_i].query);
	else
		ck_assert_ptr_null(t.query);
}
END_TEST

START_TEST(a_name_with_a_leading_dot_is_hidden)
{
	ck_assert(target_is_hidden("/.git/config"));
	ck_assert(target_is_hidden("/a/.htaccess"));
	ck_assert(target_is_hidden("/a/..."));
	ck_assert(!target_is_hidden("/a.b/c."));
}
END_TEST

static const struct {
	const char *raw, *where;
} folders[] = {
	{ "/docs", "./docs/" },
	{ "/a/docs?x=/1", "./docs/?x=/1" },
	{ "//evil.example", "./evil.example/" },
	{ "/javascript:x", "./javascript:x/" },
	{ "/a%20b", "./a%20b/" },
};

START_TEST(a_redirect_stays_on_this_host)
{
	char path[64];
	struct target t;
	char *where;

	ck_assert_int_eq(target_read(&t, folders[_i].raw, path), REFUSAL_NONE);
	where = target_with_slash(&t);
	ck_assert_str_eq(where, folders[_i].where);
	free(where);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("target");
	TCase *tc = suite_case(suite, "target");

	tcase_add_loop_test(
	    tc, a_treacherous_target_is_refused, 0, COUNT(refused));
	tcase_add_loop_test(
	    tc, an_honest_target_is_decoded_once, 0, COUNT(accepted));
	tcase_add_test(tc, a_name_with_a_leading_dot_is_hidden);
	tcase_add_loop_test(
	    tc, a_redirect_stays_on_this_host, 0, COUNT(folders));
	return suite_run_forked(suite);
}
