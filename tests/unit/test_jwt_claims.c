/* SPDX-License-Identifier: MIT
 *
 * test_jwt_claims.c - what a token says: when it is good, for whom, and whose
 * it is.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jwt_want.h"
#include "../suite.h"

/* --- claims --------------------------------------------------------------- */

START_TEST(claims_that_are_not_an_object_are_refused)
{
	static const char *const no[] = { "", "[]", "null", "1", "\"a\"", "{",
		"{\"sub\":\"a\",\"sub\":\"b\",\"exp\":1700000100}",
		"{\"sub\":\"a\",\"exp\":1,\"exp\":1700000100}",
		"{\"a\":{\"b\":1,\"b\":2}}", CLAIMS "x", CLAIMS CLAIMS,
		"{\"exp\":123456789012345678901234567890}", "{\"exp\":1e400}",
		"{\"exp\":01700000100}", "{\"exp\":+1700000100}",
		"{\"exp\":0x7fffffff}", "{\"exp\":NaN}", "{\"exp\":Infinity}",
		"{\"sub\":\"\xed\xa0\x80\"}", "{\"sub\":\"\\ud800\"}",
		"{\"sub\":\"a\\u0000b\",\"exp\":1700000100}",
		"{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		want_claims(JWT_CLAIMS, no[i]);
}
END_TEST

START_TEST(claims_that_are_not_base64url_are_refused)
{
	char *h = rig_base64url(header_of[ED], strlen(header_of[ED]));

	/* signed, but written in another way */
	want_token(JWT_FORM, rig_sign_parts(ED, h, "e31"));
	want_token(JWT_FORM, rig_sign_parts(ED, h, "e30="));
	want_token(JWT_FORM, rig_sign_parts(ED, h, "e3 0"));
	free(h);
}
END_TEST

START_TEST(what_is_not_a_time_is_refused)
{
	static const char *const no[] = { "\"1700000100\"", "-1", "-0.5",
		"true", "null", "[]", "{}", "9007199254740993", "1e17",
		"9223372036854775807" };
	static const char *const name[] = { "exp", "nbf", "iat" };
	char claims[128];

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		for (size_t k = 0; k < 3; k++) {
			snprintf(claims, sizeof claims,
			    "{\"sub\":\"a\",%s\"%s\":%s}",
			    k > 0 ? "\"exp\":1700000100," : "", name[k], no[i]);
			want_claims(JWT_TIME, claims);
		}
}
END_TEST

START_TEST(an_end_is_needed_unless_it_is_not)
{
	want_claims(JWT_LASTS, "{\"sub\":\"a\"}");
	rules.may_last = true;
	want_claims(JWT_OK, "{\"sub\":\"a\"}");
	ck_assert_int_eq(who.expires, 0);
	want_claims(JWT_EXPIRED, "{\"sub\":\"a\",\"exp\":1700000000}");
}
END_TEST

START_TEST(a_token_ends_with_exp)
{
	want_claims(JWT_EXPIRED, "{\"sub\":\"a\",\"exp\":1700000000}");
	want_claims(JWT_EXPIRED, "{\"sub\":\"a\",\"exp\":1700000000.9}");
	want_claims(JWT_EXPIRED, "{\"sub\":\"a\",\"exp\":0}");
	want_claims(JWT_OK, "{\"sub\":\"a\",\"exp\":1700000001}");
	ck_assert_int_eq(who.expires, NOW + 1);
	want_claims(JWT_OK, "{\"sub\":\"a\",\"exp\":1.7000000015e9}");
	ck_assert_int_eq(who.expires, NOW + 1);
	want_claims(JWT_OK, "{\"sub\":\"a\",\"exp\":9007199254740992}");
	rules.skew_s = 60;
	want_claims(JWT_EXPIRED, "{\"sub\":\"a\",\"exp\":1699999940}");
	want_claims(JWT_OK, "{\"sub\":\"a\",\"exp\":1699999941}");
	ck_assert_int_eq(who.expires, NOW + 1);
}
END_TEST

START_TEST(a_token_begins_with_nbf)
{
	want_claims(
	    JWT_EARLY, "{\"sub\":\"a\",\"exp\":1700000100,\"nbf\":1700000001}");
	want_claims(JWT_EARLY,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"nbf\":1700000000.1}");
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"nbf\":1700000000}");
	rules.skew_s = 10;
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"nbf\":1700000010}");
	want_claims(
	    JWT_EARLY, "{\"sub\":\"a\",\"exp\":1700000100,\"nbf\":1700000011}");
}
END_TEST

START_TEST(a_token_may_not_be_too_old)
{
	want_claims(JWT_FUTURE,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"iat\":1700000001}");
	rules.max_age_s = 3600;
	want_claims(JWT_AGE, "{\"sub\":\"a\",\"exp\":1700000100}");
	want_claims(
	    JWT_AGE, "{\"sub\":\"a\",\"exp\":1700000100,\"iat\":1699996400}");
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"iat\":1699996401}");
	ck_assert_int_eq(who.expires, NOW + 1);
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"iat\":1700000000}");
	ck_assert_int_eq(who.expires, NOW + 100);
	rules.skew_s = 5;
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"iat\":1700000005}");
	want_claims(JWT_FUTURE,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"iat\":1700000006}");
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"iat\":1699996396}");
	rules.may_last = true;
	want_claims(JWT_OK, "{\"sub\":\"a\",\"iat\":1700000000}");
	ck_assert_int_eq(who.expires, NOW + 3605);
	/* who does not say when has not said 1970 */
	rules.max_age_s = UINT32_MAX;
	want_claims(JWT_AGE, "{\"sub\":\"a\"}");
}
END_TEST

START_TEST(an_issuer_is_one_of_those_named)
{
	static const char *const two[] = { "https://a.example",
		"https://b.example" };

	rules.issuers = (struct jwt_names){ two, 2 };
	want_claims(JWT_ISSUER, CLAIMS);
	want_claims(JWT_ISSUER, "{\"sub\":\"a\",\"exp\":1700000100,\"iss\":"
				"\"https://a.example/\"}");
	want_claims(JWT_ISSUER, "{\"sub\":\"a\",\"exp\":1700000100,\"iss\":["
				"\"https://a.example\"]}");
	want_claims(JWT_OK,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"iss\":\"https://b.example\"}");
	rules.issuers.n = 0;
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"iss\":\"anybody\"}");
}
END_TEST

START_TEST(an_audience_is_one_of_those_named)
{
	static const char *const ours[] = { "chat", "echo" };

	/* nobody here: then it is for somebody else */
	want_claims(JWT_AUDIENCE,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":\"chat\"}");
	want_claims(
	    JWT_AUDIENCE, "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":[]}");
	rules.audiences = (struct jwt_names){ ours, 2 };
	want_claims(JWT_AUDIENCE, CLAIMS);
	want_claims(
	    JWT_AUDIENCE, "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":[]}");
	want_claims(
	    JWT_AUDIENCE, "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":7}");
	want_claims(
	    JWT_AUDIENCE, "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":\"cha\"}");
	want_claims(JWT_AUDIENCE,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":[\"mail\",\"chats\"]}");
	want_claims(JWT_AUDIENCE,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":[\"chat\",7]}");
	want_claims(
	    JWT_OK, "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":\"echo\"}");
	want_claims(JWT_OK,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"aud\":[\"mail\",\"chat\"]}");
}
END_TEST

/* --- who ------------------------------------------------------------------ */

START_TEST(a_user_is_needed_and_printable)
{
	static const char *const no[] = { "\"\"", "true", "[\"a\"]",
		"{\"a\":1}", "null", "1.5", "\"a\\nb\"", "\"\\u007f\"",
		"\"\\u0085\"", "\"\\u2028\"" };
	char claims[128];

	want_claims(JWT_USER, "{\"exp\":1700000100}");
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		snprintf(claims, sizeof claims,
		    "{\"sub\":%s,\"exp\":1700000100}", no[i]);
		want_claims(JWT_USER, claims);
	}
	want_claims(JWT_OK, "{\"sub\":\"j\\u00fcrgen\",\"exp\":1700000100}");
	ck_assert_str_eq(identity_user(&who), "j\xc3\xbcrgen");
	want_claims(JWT_OK, "{\"sub\":1234,\"exp\":1700000100}");
	ck_assert_str_eq(identity_user(&who), "1234");
	rules.user = "/preferred/name";
	want_claims(JWT_USER, CLAIMS);
	want_claims(
	    JWT_OK, "{\"preferred\":{\"name\":\"jane\"},\"exp\":1700000100}");
	ck_assert_str_eq(identity_user(&who), "jane");
}
END_TEST

START_TEST(a_claim_that_is_unfit_for_a_variable_is_refused)
{
	static const struct jwt_claim one[] = { { "role", "role" } };
	static const char *const no[] = { "{}", "[[]]", "[{}]", "[null]", "1.5",
		"[1.5]", "\"a\\nb\"", "[\"a\",\"b\\u0001\"]", "[\"a,b\"]",
		"[\"\"]", "[\"a\",\"\"]" };
	char claims[8192];

	rules.claims = one;
	rules.n_claims = 1;
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		snprintf(claims, sizeof claims,
		    "{\"sub\":\"a\",\"exp\":1700000100,\"role\":%s}", no[i]);
		want_claims(JWT_ATTRIBUTE, claims);
	}
	/* too much for an identity */
	snprintf(claims, sizeof claims,
	    "{\"sub\":\"a\",\"exp\":1700000100,\"role\":\"%04200d\"}", 0);
	want_claims(JWT_ATTRIBUTE, claims);
}
END_TEST

START_TEST(claims_become_attributes)
{
	static const struct jwt_claim some[] = { { "role", "role" },
		{ "https://example.com/n", "n" }, { "yes", "yes" },
		{ "groups", "groups" }, { "empty", "empty" },
		{ "gone", "gone" }, { "null", "null" },
		{ "/realm/roles", "realm" }, { "/a~1b/c~0d", "odd" },
		{ "/realm/none", "none" }, { "/role/x", "through" },
		{ "/a~2", "unescapable" } };

	rules.claims = some;
	rules.n_claims = sizeof some / sizeof some[0];
	want_claims(JWT_OK,
	    "{\"sub\":\"jane\",\"exp\":1700000100,\"role\":\"a, b\","
	    "\"https://example.com/n\":-7,\"yes\":true,"
	    "\"groups\":[\"x\",5,false],\"empty\":[],\"null\":null,"
	    "\"realm\":{\"roles\":[\"y\",\"z\"]},\"a/b\":{\"c~d\":\"odd\"},"
	    "\"secret\":\"not asked for\"}");
	ck_assert_str_eq(identity_user(&who), "jane");
	ck_assert_uint_eq(who.n_attrs, 7);
	ck_assert_str_eq(identity_find(&who, "role"), "a, b");
	ck_assert_str_eq(identity_find(&who, "n"), "-7");
	ck_assert_str_eq(identity_find(&who, "yes"), "true");
	ck_assert_str_eq(identity_find(&who, "groups"), "x,5,false");
	ck_assert_str_eq(identity_find(&who, "empty"), "");
	ck_assert_str_eq(identity_find(&who, "realm"), "y,z");
	ck_assert_str_eq(identity_find(&who, "odd"), "odd");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jwt_claims");
	TCase *c = suite_case(s, "claims"), *w = suite_case(s, "who");
	int status;

	tcase_add_checked_fixture(c, want_setup, want_teardown);
	tcase_add_test(c, claims_that_are_not_an_object_are_refused);
	tcase_add_test(c, claims_that_are_not_base64url_are_refused);
	tcase_add_test(c, what_is_not_a_time_is_refused);
	tcase_add_test(c, an_end_is_needed_unless_it_is_not);
	tcase_add_test(c, a_token_ends_with_exp);
	tcase_add_test(c, a_token_begins_with_nbf);
	tcase_add_test(c, a_token_may_not_be_too_old);
	tcase_add_test(c, an_issuer_is_one_of_those_named);
	tcase_add_test(c, an_audience_is_one_of_those_named);
	tcase_add_checked_fixture(w, want_setup, want_teardown);
	tcase_add_test(w, a_user_is_needed_and_printable);
	tcase_add_test(w, a_claim_that_is_unfit_for_a_variable_is_refused);
	tcase_add_test(w, claims_become_attributes);
	rig_start();
	status = suite_run_forked(s);
	rig_stop();
	return status;
}
