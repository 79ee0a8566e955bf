/* SPDX-License-Identifier: MIT
 *
 * test_credential.c - what is shown to be let in, and who of those that are
 * known may.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/base64.h"
#include "auth/credential.h"
#include "../suite.h"

static struct credential c;

static void
read_header(const char *value)
{
	credential_read(
	    &c, &(struct credential_offer){ .header = value, .n = 1 });
}

/* --- base64 --------------------------------------------------------------- */

static const char *const no_base64[] = { "=", "==", "====", "a", "ab", "abc",
	"ab=", "ab=c", "a===", "=abc", "abc=d",
	"abcd=", "abcd==", "ab==cd==", " abcd", "abcd ", "ab cd", "abcd\n",
	"ab-_", "abc\x80", "YWJj*WJj",
	/* spare bits that are not zero */
	"YR==", "YWJ=", "YWJjYR==" };

START_TEST(what_is_not_strictly_base64_is_refused)
{
	char out[64];

	ck_assert_msg(
	    base64_decode(out, sizeof(out), no_base64[_i]) == BASE64_BAD,
	    "\"%s\"", no_base64[_i]);
}
END_TEST

START_TEST(base64_never_writes_beyond_its_room)
{
	char out[4] = "zzz";

	ck_assert_uint_eq(base64_decode(out, 2, "YWJj"), BASE64_BAD);
	ck_assert_int_eq(out[2], 'z');
	ck_assert_uint_eq(base64_decode(out, 3, "YWJj"), 3);
	ck_assert_int_eq(memcmp(out, "abc", 3), 0);
}
END_TEST

START_TEST(base64_is_decoded)
{
	char out[8];

	ck_assert_uint_eq(base64_decode(out, 8, ""), 0);
	ck_assert_uint_eq(base64_decode(out, 8, "YQ=="), 1);
	ck_assert_int_eq(out[0], 'a');
	ck_assert_uint_eq(base64_decode(out, 8, "YWI="), 2);
	ck_assert_uint_eq(base64_decode(out, 8, "+/+/"), 3);
	ck_assert_int_eq(memcmp(out, "\xfb\xff\xbf", 3), 0);
	ck_assert_uint_eq(base64_decode(out, 8, "AAAA"), 3);
	ck_assert_int_eq(out[0], 0);
}
END_TEST

/* --- credentials ---------------------------------------------------------- */

static const char *const bad_headers[] = { "", " ", "Bearer", "Bearer ",
	"Bearer  ", "Bearer a b", "Bearer a,b", "Bearer a, Bearer b",
	"Bearer\ta", "Bearer a\x7f", "Bearer \xc3\xa9", "BearerX a", "Bear a",
	"Digest a=b", "Basic", "Basic ", "Basic a", "Basic YQ==",
	/* a colon, but a zero byte too */
	"Basic AGE6Yg==", "Basic YTpiAA==", "Basic YTpi, Basic YTpi",
	"Basic YTpi YTpi", "YTpi" };

START_TEST(a_bad_header_is_no_credential)
{
	read_header(bad_headers[_i]);
	ck_assert_int_eq(c.kind, CREDENTIAL_BAD);
	ck_assert_ptr_nonnull(c.fault);
}
END_TEST

START_TEST(what_is_too_long_is_no_credential)
{
	static char text[2 * CREDENTIAL_TOKEN_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "Bearer ");

	memset(text + n, 'a', CREDENTIAL_TOKEN_MAX);
	read_header(text);
	ck_assert_int_eq(c.kind, CREDENTIAL_BEARER);
	ck_assert_uint_eq(c.n, CREDENTIAL_TOKEN_MAX);
	text[n + CREDENTIAL_TOKEN_MAX] = 'a';
	read_header(text);
	ck_assert_int_eq(c.kind, CREDENTIAL_BAD);
	n = (size_t)snprintf(text, sizeof(text), "Basic YTpi");
	memset(text + n, 'a', 2000);
	text[n + 2000] = '\0';
	read_header(text);
	ck_assert_int_eq(c.kind, CREDENTIAL_BAD);
}
END_TEST

START_TEST(several_credentials_are_none)
{
	const struct credential_offer o = {
		.header = "Bearer a", .cookie = "a", .n = 2
	};

	credential_read(&c, &o);
	ck_assert_int_eq(c.kind, CREDENTIAL_BAD);
}
END_TEST

START_TEST(nothing_is_no_credential_and_not_a_bad_one)
{
	credential_read(&c, &(struct credential_offer){ .n = 0 });
	ck_assert_int_eq(c.kind, CREDENTIAL_NONE);
}
END_TEST

START_TEST(a_token_comes_from_each_place)
{
	const struct credential_offer offers[] = {
		{ .header = "bEARER  t.o-k_e~n+/=", .n = 1 },
		{ .cookie = "t.o-k_e~n+/=", .n = 1 },
		{ .query = "t.o-k_e~n+/=", .n = 1 },
		{ .protocol = "t.o-k_e~n+/=", .n = 1 },
	};

	for (size_t i = 0; i < 4; i++) {
		credential_read(&c, &offers[i]);
		ck_assert_int_eq(c.kind, CREDENTIAL_BEARER);
		ck_assert_str_eq(c.token, "t.o-k_e~n+/=");
		ck_assert_uint_eq(c.n, 12);
	}
}
END_TEST

/* The name ends at the first colon: it has none (RFC 7617 section 2). */
START_TEST(basic_is_a_name_and_a_password)
{
	read_header("bAsIc YW5uOmE6Yjpj");
	ck_assert_int_eq(c.kind, CREDENTIAL_BASIC);
	ck_assert_str_eq(c.user, "ann");
	ck_assert_str_eq(c.password, "a:b:c");
	read_header("Basic Og==");
	ck_assert_int_eq(c.kind, CREDENTIAL_BASIC);
	ck_assert_str_eq(c.user, "");
	ck_assert_str_eq(c.password, "");
	credential_wipe(&c);
	ck_assert_int_eq(c.user[0], 0);
}
END_TEST

/* --- who may -------------------------------------------------------------- */

static const char *const rules[] = { "role=admin", "user=bob", "plan=a=b",
	"empty=" };

static bool
may(const char *user, const char *name, const char *value)
{
	const struct auth a = { .allow = rules, .n_allow = 4 };
	struct identity who;

	identity_init(&who);
	ck_assert_int_eq(
	    identity_set_user(&who, user, strlen(user)), IDENTITY_OK);
	if (name)
		ck_assert_int_eq(identity_add(&who, name, value, strlen(value)),
		    IDENTITY_OK);
	return auth_allows(&a, &who);
}

START_TEST(one_rule_must_fit_exactly)
{
	ck_assert(!may("ann", NULL, NULL));
	ck_assert(!may("bobo", NULL, NULL));
	ck_assert(!may("Bob", NULL, NULL));
	ck_assert(!may("ann", "role", "admins"));
	ck_assert(!may("ann", "role", ""));
	ck_assert(!may("ann", "Role", "admin"));
	ck_assert(!may("ann", "plan", "a"));
	ck_assert(!may("role=admin", NULL, NULL));
	/* An attribute named so is the one that is meant, and not the name. */
	ck_assert(!may("bob", "user", "ann"));
	ck_assert(may("bob", NULL, NULL));
	ck_assert(may("ann", "role", "admin"));
	ck_assert(may("ann", "plan", "a=b"));
	ck_assert(may("ann", "empty", ""));
}
END_TEST

START_TEST(without_rules_everybody_who_is_known_may)
{
	const struct auth a = { .n_allow = 0 };
	struct identity who;

	identity_init(&who);
	ck_assert(auth_allows(&a, &who));
}
END_TEST

/* Whatever is shown where nothing of the kind is taken is wrong. */
START_TEST(what_a_route_does_not_take_is_wrong)
{
	const struct auth a = { .optional = true };
	struct identity who;

	read_header("Bearer a");
	ck_assert_int_eq(auth_judge(&a, &c, NULL, 1, &who).answer, AUTH_WRONG);
	read_header("Basic YTpi");
	ck_assert_int_eq(auth_judge(&a, &c, NULL, 1, &who).answer, AUTH_WRONG);
	credential_read(&c, &(struct credential_offer){ .n = 0 });
	ck_assert_int_eq(
	    auth_judge(&a, &c, "ann", 1, &who).answer, AUTH_NOBODY);
}
END_TEST

START_TEST(a_certificate_is_asked_for_by_nothing)
{
	const struct auth a = { .certificate = AUTH_CERTIFICATE_CN };
	struct identity who;
	struct auth_verdict v;

	credential_read(&c, &(struct credential_offer){ .n = 0 });
	ck_assert_int_eq(
	    auth_judge(&a, &c, NULL, 1, &who).answer, AUTH_FORBIDDEN);
	ck_assert_int_eq(
	    auth_judge(&a, &c, "", 1, &who).answer, AUTH_FORBIDDEN);
	ck_assert_int_eq(
	    auth_judge(&a, &c, "a\nb", 1, &who).answer, AUTH_FORBIDDEN);
	v = auth_judge(&a, &c, "ann", 1, &who);
	ck_assert_int_eq(v.answer, AUTH_GOOD);
	ck_assert_str_eq(v.type, "Certificate");
	ck_assert_str_eq(identity_user(&who), "ann");
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

int
main(void)
{
	Suite *suite = suite_create("auth/credential");
	TCase *tc = suite_case(suite, "credential");

	tcase_add_loop_test(
	    tc, what_is_not_strictly_base64_is_refused, 0, ROWS(no_base64));
	tcase_add_test(tc, base64_never_writes_beyond_its_room);
	tcase_add_test(tc, base64_is_decoded);
	tcase_add_loop_test(
	    tc, a_bad_header_is_no_credential, 0, ROWS(bad_headers));
	tcase_add_test(tc, what_is_too_long_is_no_credential);
	tcase_add_test(tc, several_credentials_are_none);
	tcase_add_test(tc, nothing_is_no_credential_and_not_a_bad_one);
	tcase_add_test(tc, a_token_comes_from_each_place);
	tcase_add_test(tc, basic_is_a_name_and_a_password);
	tcase_add_test(tc, one_rule_must_fit_exactly);
	tcase_add_test(tc, without_rules_everybody_who_is_known_may);
	tcase_add_test(tc, what_a_route_does_not_take_is_wrong);
	tcase_add_test(tc, a_certificate_is_asked_for_by_nothing);
	return suite_run_forked(suite);
}
