/* SPDX-License-Identifier: MIT
 *
 * test_jwt_keys.c - files with keys: which are refused, left out or taken.
 */
#include "config.h"

#include <check.h>
#include <gnutls/abstract.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jwt_rig.h"
#include "../suite.h"

static char error[256];

/* Takes the text, frees it. */
static struct jwt_keys *
load_mode(enum jwt_keys_kind kind, char *text, mode_t mode)
{
	struct jwt_keys *k;

	error[0] = '\0';
	k = rig_load(kind, text, strlen(text), mode, error, sizeof error);
	free(text);
	return k;
}

static void
refused(enum jwt_keys_kind kind, char *text, const char *why)
{
	struct jwt_keys *k = load_mode(kind, text, 0600);

	ck_assert_msg(!k, "taken, but it should say: %s", why);
	ck_assert_msg(strstr(error, why), "\"%s\", not \"%s\"", error, why);
	ck_assert_ptr_null(strchr(error, '\n'));
}

static void
taken(enum jwt_keys_kind kind, char *text, size_t n, size_t left_out,
    unsigned algorithms)
{
	struct jwt_keys *k = load_mode(kind, text, 0600), *again;

	ck_assert_msg(k, "%s", error);
	again = jwt_keys_ref(k);
	jwt_keys_unref(&k);
	ck_assert_ptr_null(k);
	ck_assert_uint_eq(jwt_keys_count(again), n);
	ck_assert_uint_eq(jwt_keys_left_out(again), left_out);
	ck_assert_uint_eq(jwt_keys_algorithms(again), algorithms);
	jwt_keys_unref(&again);
}

static char *
copy(const char *text)
{
	char *s = strdup(text);

	ck_assert(s);
	return s;
}

/* {"keys": [A, B]}; takes both, and the second may be NULL. */
static char *
set_of(char *a, char *b)
{
	char *text = NULL;

	ck_assert(asprintf(&text, "{\"keys\":[%s%s%s]}", a, b ? "," : "",
		      b ? b : "") > 0);
	free(a);
	free(b);
	return text;
}

static char *
filled(size_t n, char with)
{
	char *s = malloc(n + 1);

	ck_assert(s);
	memset(s, with, n);
	s[n] = '\0';
	return s;
}

/* --- files ---------------------------------------------------------------- */

START_TEST(what_is_not_a_file_is_refused)
{
	char folder[] = "/tmp/cleat-jwt-XXXXXX", fifo[64];

	ck_assert(mkdtemp(folder));
	ck_assert_ptr_null(
	    jwt_keys_load(folder, JWT_KEYS_SET, error, sizeof error));
	ck_assert_str_eq(error, "it is not a file");
	snprintf(fifo, sizeof fifo, "%s/fifo", folder);
	ck_assert_ptr_null(
	    jwt_keys_load(fifo, JWT_KEYS_SET, error, sizeof error));
	ck_assert_str_eq(error, "No such file or directory");
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_ptr_null(
	    jwt_keys_load(fifo, JWT_KEYS_SET, error, sizeof error));
	ck_assert_str_eq(error, "it is not a file");
	unlink(fifo);
	rmdir(folder);
}
END_TEST

START_TEST(files_of_other_sizes_are_refused)
{
	for (int kind = JWT_KEYS_SET; kind <= JWT_KEYS_SECRET; kind++) {
		refused(kind, copy(""), "it is empty");
		refused(kind, filled(JWT_KEYS_FILE_MAX + 1, ' '),
		    "larger than 256 KiB");
	}
	refused(JWT_KEYS_SET, filled(JWT_KEYS_FILE_MAX, ' '), "not JSON");
}
END_TEST

START_TEST(a_file_that_everybody_may_write_to_is_refused)
{
	ck_assert_ptr_null(load_mode(JWT_KEYS_PEM, rig_pem(ED), 0602));
	ck_assert_ptr_nonnull(strstr(error, "chmod o-w"));
}
END_TEST

START_TEST(a_secret_that_everybody_may_read_is_refused)
{
	struct jwt_keys *k;

	ck_assert_ptr_null(load_mode(JWT_KEYS_SECRET, copy(RIG_SECRET), 0644));
	ck_assert_ptr_nonnull(strstr(error, "chmod o-r"));
	ck_assert_ptr_null(load_mode(
	    JWT_KEYS_SET, set_of(rig_jwk(ED, ""), rig_jwk(HS, "")), 0644));
	ck_assert_ptr_nonnull(strstr(error, "chmod o-r"));
	k = load_mode(JWT_KEYS_SECRET, copy(RIG_SECRET), 0640);
	ck_assert_ptr_nonnull(k);
	jwt_keys_unref(&k);
	k = load_mode(JWT_KEYS_SET, rig_jwk(ED, ""), 0644);
	ck_assert_ptr_nonnull(k);
	jwt_keys_unref(&k);
}
END_TEST

/* --- secrets -------------------------------------------------------------- */

START_TEST(a_secret_has_32_to_1024_bytes)
{
	refused(JWT_KEYS_SECRET, filled(31, 's'), "less than 32");
	refused(JWT_KEYS_SECRET, copy("0123456789012345678901234567890\n"),
	    "less than 32");
	refused(JWT_KEYS_SECRET, filled(1025, 's'), "more than 1024");
	taken(JWT_KEYS_SECRET, filled(32, 's'), 1, 0, JWT_HS256);
	taken(JWT_KEYS_SECRET, filled(1024, 's'), 1, 0, JWT_HS256);
	refused(JWT_KEYS_SET, copy("{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}"),
	    "less than 32");
	refused(JWT_KEYS_SET, copy("{\"kty\":\"oct\"}"), "no \"k\"");
}
END_TEST

/* --- PEM ------------------------------------------------------------------ */

START_TEST(what_is_not_one_public_key_in_pem_is_refused)
{
	char *a = rig_pem(ED), *b = rig_pem(ES), *both = NULL;

	ck_assert(asprintf(&both, "%s%s", a, b) > 0);
	free(a);
	free(b);
	refused(JWT_KEYS_PEM, both, "more than one");
	refused(JWT_KEYS_PEM, copy("hello"), "not PEM");
	refused(JWT_KEYS_PEM, rig_jwk(ED, ""), "not PEM");
	refused(JWT_KEYS_PEM,
	    copy(
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
	    "neither");
	refused(JWT_KEYS_PEM, rig_pem_private(RS), "private key");
	refused(JWT_KEYS_PEM, rig_pem(RSA1024), "less than 2048");
	refused(JWT_KEYS_PEM, rig_pem(P384), "of no use here");
}
END_TEST

START_TEST(a_public_key_and_a_certificate_are_taken)
{
	struct jwt_keys *k;

	taken(JWT_KEYS_PEM, rig_pem(RS), 1, 0, JWT_RS256);
	taken(JWT_KEYS_PEM, rig_pem(ES), 1, 0, JWT_ES256);
	taken(JWT_KEYS_PEM, rig_pem(ED), 1, 0, JWT_EDDSA);
	k = jwt_keys_load(
	    TESTS_TLS "/one.pem", JWT_KEYS_PEM, error, sizeof error);
	ck_assert_msg(k, "%s", error);
	ck_assert_uint_eq(jwt_keys_count(k), 1);
	jwt_keys_unref(&k);
}
END_TEST

/* --- sets ----------------------------------------------------------------- */

START_TEST(what_is_not_a_set_is_refused)
{
	static const char *const no[][2] = { { "{", "not JSON" },
		{ "[]", "not a JSON object" }, { "\"a\"", "not JSON" },
		{ "{} {}", "not JSON" }, { "{\"a\":1,\"a\":1}", "not JSON" },
		{ "{\"keys\":{}}", "not a list" }, { "{}", "no \"kty\"" },
		{ "{\"keys\":[]}", "none of its 0 keys" },
		{ "{\"keys\":[1]}", "key 1 is not a JSON object" },
		{ "{\"keys\":[{}]}", "key 1 has no \"kty\"" },
		{ "{\"keys\":[{\"kty\":1}]}", "key 1 has no \"kty\"" },
		{ "{\"keys\":[{\"kty\":\"XYZ\"}]}", "none of its 1 keys" } };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		refused(JWT_KEYS_SET, copy(no[i][0]), no[i][1]);
	refused(JWT_KEYS_SET, rig_pem(ED), "add form = \"pem\"");
}
END_TEST

START_TEST(a_key_that_is_a_mistake_is_refused)
{
	refused(JWT_KEYS_SET, set_of(rig_jwk(ED, ""), rig_jwk(RSA1024, "")),
	    "key 2 is an RSA key of less than 2048");
	refused(JWT_KEYS_SET, rig_jwk(RS, ",\"d\":\"AQAB\""), "private key");
	refused(JWT_KEYS_SET, rig_jwk(ED, ",\"d\":\"AQAB\""), "private key");
	refused(JWT_KEYS_SET, rig_jwk(ED, ",\"kid\":\"\""), "kid");
	refused(JWT_KEYS_SET, rig_jwk(ED, ",\"kid\":7"), "kid");
	refused(
	    JWT_KEYS_SET, rig_jwk(ES, ",\"alg\":\"RS256\""), "another type");
	refused(
	    JWT_KEYS_SET, rig_jwk(HS, ",\"alg\":\"RS256\""), "another type");
	refused(
	    JWT_KEYS_SET, rig_jwk(RS, ",\"alg\":\"HS256\""), "another type");
}
END_TEST

START_TEST(numbers_that_are_no_key_are_refused)
{
	static const char *const no[][2] = {
		{ "{\"kty\":\"RSA\",\"e\":\"AQAB\"}", "no \"n\"" },
		{ "{\"kty\":\"RSA\",\"n\":\"AQ==\",\"e\":\"AQAB\"}",
		    "no \"n\"" },
		{ "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}", "RSA key" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":"
		  "\"AQ\"}",
		    "32 bytes" },
		/* 32 bytes each, but not on the curve */
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\","
		  "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
		  "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
		    "" },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"}",
		    "32 bytes" },
	};

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		refused(JWT_KEYS_SET, copy(no[i][0]), no[i][1]);
}
END_TEST

/* An RSA key of 2048 bits with this exponent, in base64url. */
static char *
with_exponent(const char *e)
{
	char *json = rig_jwk(RS, ""), *out = NULL;
	char *at = strstr(json, ",\"e\":");

	ck_assert(at);
	*at = '\0';
	ck_assert(asprintf(&out, "%s,\"e\":\"%s\"}", json, e) > 0);
	free(json);
	return out;
}

START_TEST(an_exponent_that_proves_nothing_is_refused)
{
	refused(JWT_KEYS_SET, with_exponent("AQ"), "exponent");
	refused(JWT_KEYS_SET, with_exponent("AAE"), "exponent");
	refused(JWT_KEYS_SET, with_exponent("AA"), "");
	refused(JWT_KEYS_SET, with_exponent("BA"), "exponent");
	refused(JWT_KEYS_SET, with_exponent("AQAAAAAAAAAB"), "\"e\"");
	taken(JWT_KEYS_SET, with_exponent("Aw"), 1, 0, JWT_RS256);
}
END_TEST

/* No prime made it, but who can tell? */
static char *
pem_of_bits(unsigned bits)
{
	unsigned char n[JWT_RSA_BITS_MAX / 8 + 8], e[] = { 1, 0, 1 };
	gnutls_datum_t m = { n, bits / 8 }, exponent = { e, sizeof e };
	gnutls_datum_t pem = { 0 };
	gnutls_pubkey_t key;
	char *text;

	memset(n, 0xff, sizeof n);
	ck_assert_int_eq(gnutls_pubkey_init(&key), 0);
	ck_assert_int_eq(gnutls_pubkey_import_rsa_raw(key, &m, &exponent), 0);
	ck_assert_int_eq(
	    gnutls_pubkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
	text = strndup((char *)pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_pubkey_deinit(key);
	return text;
}

START_TEST(an_rsa_key_has_2048_to_8192_bits)
{
	refused(JWT_KEYS_PEM, pem_of_bits(2040), "less than 2048");
	taken(JWT_KEYS_PEM, pem_of_bits(2048), 1, 0, JWT_RS256);
	taken(JWT_KEYS_PEM, pem_of_bits(8192), 1, 0, JWT_RS256);
	refused(JWT_KEYS_PEM, pem_of_bits(8200), "more than 8192");
}
END_TEST

START_TEST(keys_for_something_else_are_left_out)
{
	static const char *const other[] = { ",\"use\":\"enc\"", ",\"use\":1",
		",\"key_ops\":[\"sign\"]", ",\"key_ops\":[]",
		",\"alg\":\"RSA-OAEP\"", ",\"alg\":\"PS256\"", ",\"alg\":5",
		",\"alg\":\"none\"" };

	for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
		taken(JWT_KEYS_SET,
		    set_of(rig_jwk(RS, other[i]), rig_jwk(ED, "")), 1, 1,
		    JWT_EDDSA);
	taken(JWT_KEYS_SET, set_of(rig_jwk(P384, ""), rig_jwk(ES, "")), 1, 1,
	    JWT_ES256);
	refused(JWT_KEYS_SET, rig_jwk(P384, ""), "none of its 1 keys");
}
END_TEST

START_TEST(a_set_and_a_single_key_are_taken)
{
	taken(JWT_KEYS_SET, rig_jwk(RS, ",\"use\":\"sig\""), 1, 0, JWT_RS256);
	taken(JWT_KEYS_SET,
	    rig_jwk(ED, ",\"alg\":\"EdDSA\",\"key_ops\":[\"verify\"]"), 1, 0,
	    JWT_EDDSA);
	taken(JWT_KEYS_SET,
	    set_of(rig_jwk(ES, ",\"kid\":\"a\""), rig_jwk(HS, "")), 2, 0,
	    JWT_ES256 | JWT_HS256);
	/* nothing that names a place elsewhere is looked at */
	taken(JWT_KEYS_SET,
	    rig_jwk(ED, ",\"x5u\":\"https://127.0.0.1:1/\",\"x5c\":[\"A\"]"), 1,
	    0, JWT_EDDSA);
}
END_TEST

START_TEST(a_set_has_32_keys_at_most)
{
	char *text = rig_jwk(ED, ""), *key = rig_jwk(ED, "");

	for (int n = 2; n <= JWT_KEYS_MAX + 1; n++) {
		char *longer = NULL, *set = NULL;

		ck_assert(asprintf(&longer, "%s,%s", text, key) > 0);
		free(text);
		text = longer;
		ck_assert(asprintf(&set, "{\"keys\":[%s]}", text) > 0);
		if (n == JWT_KEYS_MAX)
			taken(JWT_KEYS_SET, set, JWT_KEYS_MAX, 0, JWT_EDDSA);
		else if (n > JWT_KEYS_MAX)
			refused(JWT_KEYS_SET, set, "more than 32 keys");
		else
			free(set);
	}
	free(key);
	free(text);
}
END_TEST

START_TEST(algorithms_have_names)
{
	ck_assert_uint_eq(jwt_algorithm("HS256"), JWT_HS256);
	ck_assert_uint_eq(jwt_algorithm("RS256"), JWT_RS256);
	ck_assert_uint_eq(jwt_algorithm("ES256"), JWT_ES256);
	ck_assert_uint_eq(jwt_algorithm("EdDSA"), JWT_EDDSA);
	ck_assert_uint_eq(jwt_algorithm("none"), 0);
	ck_assert_uint_eq(jwt_algorithm("hs256"), 0);
	ck_assert_uint_eq(jwt_algorithm(""), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jwt_keys");
	TCase *c = suite_case(s, "files"), *k = suite_case(s, "keys");
	int status;

	tcase_add_test(c, what_is_not_a_file_is_refused);
	tcase_add_test(c, files_of_other_sizes_are_refused);
	tcase_add_test(c, a_file_that_everybody_may_write_to_is_refused);
	tcase_add_test(c, a_secret_that_everybody_may_read_is_refused);
	tcase_add_test(k, a_secret_has_32_to_1024_bytes);
	tcase_add_test(k, what_is_not_one_public_key_in_pem_is_refused);
	tcase_add_test(k, a_public_key_and_a_certificate_are_taken);
	tcase_add_test(k, what_is_not_a_set_is_refused);
	tcase_add_test(k, a_key_that_is_a_mistake_is_refused);
	tcase_add_test(k, numbers_that_are_no_key_are_refused);
	tcase_add_test(k, an_exponent_that_proves_nothing_is_refused);
	tcase_add_test(k, an_rsa_key_has_2048_to_8192_bits);
	tcase_add_test(k, keys_for_something_else_are_left_out);
	tcase_add_test(k, a_set_and_a_single_key_are_taken);
	tcase_add_test(k, a_set_has_32_keys_at_most);
	tcase_add_test(k, algorithms_have_names);
	rig_start();
	status = suite_run_forked(s);
	rig_stop();
	return status;
}
