/* SPDX-License-Identifier: MIT
 *
 * test_jwt_nomem.c - each allocation of jansson fails in turn, and GnuTLS says
 * that it has no memory: nobody comes in, and nothing is lost.
 */
#include "config.h"

#include <check.h>
#include <gnutls/crypto.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "jwt_want.h"
#include "../suite.h"

static long left = -1; /* allocations until one fails; -1: none does */
static bool no_hmac;

int __real_gnutls_hmac_fast(
    gnutls_mac_algorithm_t, const void *, size_t, const void *, size_t, void *);
int __wrap_gnutls_hmac_fast(
    gnutls_mac_algorithm_t, const void *, size_t, const void *, size_t, void *);

int
__wrap_gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key,
    size_t n_key, const void *text, size_t n, void *digest)
{
	return no_hmac ? GNUTLS_E_MEMORY_ERROR
		       : __real_gnutls_hmac_fast(
			     algorithm, key, n_key, text, n, digest);
}

static void *
allocate(size_t n)
{
	if (left >= 0 && left-- == 0)
		return NULL;
	return malloc(n);
}

static void
setup(void)
{
	static const struct jwt_claim some[] = { { "role", "role" },
		{ "groups", "groups" } };

	json_set_alloc_funcs(allocate, free);
	want_setup();
	rules.claims = some;
	rules.n_claims = 2;
}

START_TEST(a_check_without_memory_lets_nobody_in)
{
	char *token = rig_sign(HS, header_of[HS],
	    "{\"sub\":\"jane\",\"exp\":1700000100,\"role\":\"mod\","
	    "\"groups\":[\"a\",\"b\"]}");
	long calls, told = 0;

	for (calls = 0;; calls++) {
		left = calls;
		enum jwt_reason reason = check_text(token);

		if (left >= 0)
			break; /* none has failed */
		left = -1;
		ck_assert_int_ne(reason, JWT_OK);
		ck_assert_str_eq(identity_user(&who), "");
		ck_assert_uint_eq(who.n_attrs, 0);
		told += reason == JWT_MEMORY;
	}
	left = -1;
	ck_assert_int_gt(calls, 20);
	ck_assert_int_gt(told, 0); /* jansson does not always let us know */
	want_token(JWT_OK, token);
}
END_TEST

START_TEST(a_signature_without_memory_is_not_a_good_one)
{
	char *token = rig_sign(HS, header_of[HS], CLAIMS);

	no_hmac = true;
	want_token(JWT_MEMORY, token);
}
END_TEST

START_TEST(keys_without_memory_are_refused)
{
	char *jwk = rig_jwk(ED, ",\"kid\":\"a\",\"key_ops\":[\"verify\"]");
	long calls;

	for (calls = 0;; calls++) {
		char error[256] = "";
		struct jwt_keys *k;

		left = calls;
		k = rig_load(
		    JWT_KEYS_SET, jwk, strlen(jwk), 0600, error, sizeof error);
		if (left >= 0) {
			ck_assert(k);
			jwt_keys_unref(&k);
			break;
		}
		ck_assert(!k && *error);
	}
	left = -1;
	ck_assert_int_gt(calls, 10);
	free(jwk);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jwt_nomem");
	TCase *c = suite_case(s, "nomem");
	int status;

	tcase_add_checked_fixture(c, setup, want_teardown);
	tcase_add_test(c, a_check_without_memory_lets_nobody_in);
	tcase_add_test(c, a_signature_without_memory_is_not_a_good_one);
	tcase_add_test(c, keys_without_memory_are_refused);
	rig_start();
	status = suite_run_forked(s);
	rig_stop();
	return status;
}
