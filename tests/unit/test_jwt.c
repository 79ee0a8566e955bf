/* SPDX-License-Identifier: MIT
 *
 * test_jwt.c - the form, the header and the signature of a token.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/base64.h"
#include "jwt_want.h"
#include "../suite.h"

/* --- the form ------------------------------------------------------------- */

START_TEST(what_is_not_three_parts_is_refused)
{
	static const char *const no[] = { "", ".", "..", "...", "a", "a.b",
		"eyJhbGciOiJFZERTQSJ9", "eyJhbGciOiJFZERTQSJ9.e30",
		"eyJhbGciOiJFZERTQSJ9.e30.AA.AA", "Bearer a.b.c",
		/* encrypted: five parts */
		"eyJhbGciOiJkaXIifQ..AA.AA.AA" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		enum jwt_reason got = check_text(no[i]);

		ck_assert_msg(got == (i == 2 ? JWT_HEADER : JWT_FORM), "%s: %s",
		    no[i], jwt_reason_text(got));
	}
}
END_TEST

/* Each character of a good token replaced by ones that do not belong there,
 * or with one more before it. */
START_TEST(a_single_strange_character_is_refused)
{
	static const char strange[] = { ' ', '\n', '\t', '\0', '=', '+', '/',
		'.', '\x80', '%', '"' };
	char *token = rig_sign(ED, header_of[ED], CLAIMS), longer[512];
	size_t n = strlen(token);

	ck_assert_int_eq(check_text(token), JWT_OK);
	for (size_t i = 0; i <= n; i++)
		for (size_t s = 0; s < sizeof strange; s++) {
			memcpy(longer, token, i);
			longer[i] = strange[s];
			memcpy(longer + i + 1, token + i, n - i);
			ck_assert_int_ne(
			    jwt_check(keys, &rules, longer, n + 1, NOW, &who),
			    JWT_OK);
			if (i == n || token[i] == strange[s])
				continue;
			memcpy(longer + i + 1, token + i + 1, n - i - 1);
			ck_assert_int_ne(
			    jwt_check(keys, &rules, longer, n, NOW, &who),
			    JWT_OK);
		}
	free(token);
}
END_TEST

/* Every bit of a token counts: there is no second way to write it. */
START_TEST(a_single_changed_letter_is_refused)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";

	for (int k = HS; k <= ED; k++) {
		char *token = rig_sign(k, header_of[k], CLAIMS);

		ck_assert_int_eq(check_text(token), JWT_OK);
		for (size_t i = 0; token[i]; i++) {
			char was = token[i];
			/* all letters where some may not matter: at the end */
			int step = token[i + 1] == '\0' ? 1 : 29;

			for (int l = (int)i % step; l < 64; l += step) {
				token[i] = letters[l];
				if (token[i] != was)
					ck_assert_int_ne(
					    check_text(token), JWT_OK);
			}
			token[i] = was;
		}
		free(token);
	}
}
END_TEST

START_TEST(a_token_that_is_cut_is_refused)
{
	char *token = rig_sign(ES, header_of[ES], CLAIMS);

	for (size_t n = 0; n < strlen(token); n++)
		ck_assert_int_ne(
		    jwt_check(keys, &rules, token, n, NOW, &who), JWT_OK);
	free(token);
}
END_TEST

/* A token of exactly this size, by an escape that the claims are padded with */
static char *
token_of(size_t size)
{
	for (size_t pad = size * 3 / 4 - 200; pad < size; pad++) {
		char *claims = NULL, *token;

		ck_assert(
		    asprintf(&claims, "%.*s,\"p\":\"%0*d\"}",
			(int)strlen(CLAIMS) - 1, CLAIMS, (int)pad, 0) > 0);
		token = rig_sign(ED, header_of[ED], claims);
		free(claims);
		if (strlen(token) >= size)
			return token;
		free(token);
	}
	ck_abort();
	return NULL;
}

/* What signs is all of it: not a good signature and something behind it. */
START_TEST(a_signature_has_one_length)
{
	for (int k = HS; k <= ED; k++) {
		uint8_t bytes[512] = { 0 };
		char *token = rig_sign(k, header_of[k], CLAIMS);
		char *s = strrchr(token, '.') + 1;
		ptrdiff_t n = base64url_decode(bytes, 511, s, strlen(s));

		ck_assert_int_gt(n, 0);
		*s = '\0';
		for (int by = -1; by <= 1; by++) {
			char *end = rig_base64url(bytes, (size_t)(n + by));
			char *other = NULL;

			ck_assert(asprintf(&other, "%s%s", token, end) > 0);
			want_token(by == 0 ? JWT_OK : JWT_SIGNATURE, other);
			free(end);
		}
		free(token);
	}
}
END_TEST

START_TEST(a_token_has_8192_bytes_at_most)
{
	char *token = token_of(JWT_TOKEN_MAX);

	ck_assert_uint_eq(strlen(token), JWT_TOKEN_MAX);
	want_token(JWT_OK, token);
	want_token(JWT_TOO_LONG, token_of(JWT_TOKEN_MAX + 1));
}
END_TEST

/* --- the header ----------------------------------------------------------- */

START_TEST(a_header_that_is_not_an_object_with_alg_is_refused)
{
	static const char *const no[] = { "", "{", "null", "[]", "\"EdDSA\"",
		"{}", "{\"alg\":null}", "{\"alg\":1}", "{\"alg\":[\"EdDSA\"]}",
		"{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"}",
		"{\"alg\":\"none\",\"alg\":\"EdDSA\"}",
		"{\"alg\":\"EdDSA\",\"kid\":7}",
		"{\"alg\":\"EdDSA\",\"kid\":null}", "{\"alg\":\"EdDSA\"} ,",
		"{\"alg\":\"EdDSA\"}{}", "{\"alg\":\"Ed\\u0000DSA\"}",
		"{\"alg\":\"EdDSA\",\"a\":1e999}",
		"{\"alg\":\"EdDSA\",\"a\":99999999999999999999}",
		"{\"alg\":\"EdDSA\",\"a\":\"\xff\"}",
		"\xef\xbb\xbf{\"alg\":\"EdDSA\"}", "{'alg':'EdDSA'}",
		"{\"alg\":\"EdDSA\",}" };

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		want_header(JWT_HEADER, no[i]);
}
END_TEST

START_TEST(a_nul_in_a_header_is_refused)
{
	static const char with[] = "{\"alg\":\"EdDSA\"}\0{}";
	char *h = rig_base64url(with, sizeof with - 1);
	char *c = rig_base64url(CLAIMS, strlen(CLAIMS));

	want_token(JWT_HEADER, rig_sign_parts(ED, h, c));
	free(h);
	free(c);
}
END_TEST

START_TEST(algorithms_that_are_not_allowed_are_refused)
{
	static const char *const no[] = { "none", "None", "NONE", "", "nOnE",
		"HS384", "HS512", "RS384", "RS512", "PS256", "ES384", "ES256K",
		"ES512", "Ed25519", "eddsa", "EDDSA", "hs256", "RS256 ",
		"dir" };
	char header[64];

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		snprintf(header, sizeof header, "{\"alg\":\"%s\"}", no[i]);
		want_header(JWT_ALGORITHM, header);
	}
	for (int k = HS; k <= ED; k++) {
		rules.algorithms =
		    JWT_ALL & ~jwt_algorithm((const char *[]){
				  "HS256", "RS256", "ES256", "EdDSA" }[k]);
		want(JWT_ALGORITHM, k, header_of[k], CLAIMS);
	}
	rules.algorithms = 0;
	want_header(JWT_ALGORITHM, header_of[ED]);
}
END_TEST

START_TEST(none_is_refused_with_and_without_a_signature)
{
	char *h = rig_base64url("{\"alg\":\"none\"}", 14);
	char *c = rig_base64url(CLAIMS, strlen(CLAIMS)), *token = NULL;

	ck_assert(asprintf(&token, "%s.%s.", h, c) > 0);
	want_token(JWT_ALGORITHM, token);
	free(h);
	h = rig_base64url(header_of[ED], strlen(header_of[ED]));
	ck_assert(asprintf(&token, "%s.%s.", h, c) > 0);
	want_token(JWT_SIGNATURE, token);
	free(h);
	free(c);
}
END_TEST

START_TEST(crit_is_refused)
{
	want_header(JWT_CRIT, "{\"alg\":\"EdDSA\",\"crit\":[\"exp\"]}");
	want_header(JWT_CRIT, "{\"alg\":\"EdDSA\",\"crit\":[]}");
	want_header(JWT_CRIT, "{\"alg\":\"EdDSA\",\"crit\":null}");
	want_header(
	    JWT_CRIT, "{\"alg\":\"EdDSA\",\"b64\":false,\"crit\":[\"b64\"]}");
}
END_TEST

START_TEST(a_token_of_another_type_is_refused)
{
	want_header(JWT_TYPE, "{\"alg\":\"EdDSA\",\"typ\":\"logout+jwt\"}");
	want_header(JWT_TYPE, "{\"alg\":\"EdDSA\",\"typ\":\"\"}");
	want_header(JWT_TYPE, "{\"alg\":\"EdDSA\",\"typ\":1}");
	want_header(JWT_OK, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}");
	want_header(JWT_OK, "{\"alg\":\"EdDSA\",\"typ\":\"jwt\"}");
	want_header(JWT_OK, "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\"}");
	want_header(
	    JWT_OK, "{\"alg\":\"EdDSA\",\"typ\":\"application/at+JWT\"}");
}
END_TEST

START_TEST(a_header_has_a_depth_of_16_at_most)
{
	want_header(
	    JWT_OK, "{\"alg\":\"EdDSA\",\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}");
	want_header(JWT_HEADER,
	    "{\"alg\":\"EdDSA\",\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}");
	want_header(JWT_OK,
	    "{\"alg\":\"EdDSA\",\"a\":\"[[\\\"[[[[[[[[[[[[[[[[[[[[[[\"}");
}
END_TEST

/* --- keys ----------------------------------------------------------------- */

START_TEST(another_signature_is_refused)
{
	want(JWT_SIGNATURE, OTHER_ED, header_of[ED], CLAIMS);
	/* of the right size, by a key of another algorithm */
	want(JWT_SIGNATURE, ED, header_of[ES], CLAIMS);
	want(JWT_SIGNATURE, ES, header_of[ED], CLAIMS);
	want(JWT_SIGNATURE, ES, header_of[RS], CLAIMS);
	want(JWT_SIGNATURE, RS, header_of[HS], CLAIMS);
	/* a curve that the keys do not have, and a longer signature */
	want(JWT_SIGNATURE, P384, header_of[ES], CLAIMS);
	want(JWT_SIGNATURE, RSA1024, header_of[RS], CLAIMS);
}
END_TEST

/* The public key is no secret, so a server that takes it as one for HMAC lets
 * anybody sign. Here it is asked for RS256 only. */
START_TEST(a_public_key_is_not_a_secret)
{
	char *pem = rig_pem(RS), *jwk = rig_jwk(RS, "");

	jwt_keys_unref(&keys);
	keys = load_text(JWT_KEYS_PEM, strdup(pem));
	want_token(
	    JWT_KEY, rig_sign_secret(pem, strlen(pem), header_of[HS], CLAIMS));
	want(JWT_OK, RS, header_of[RS], CLAIMS);
	jwt_keys_unref(&keys);
	keys = load_text(JWT_KEYS_SET, strdup(jwk));
	want_token(
	    JWT_KEY, rig_sign_secret(jwk, strlen(jwk), header_of[HS], CLAIMS));
	want_token(JWT_KEY, rig_sign_secret("", 0, header_of[HS], CLAIMS));
	free(pem);
	free(jwk);
}
END_TEST

START_TEST(a_kid_selects_its_key)
{
	static const struct named two[] = { { ED, ",\"kid\":\"a\"" },
		{ OTHER_ED, ",\"kid\":\"b\"" }, { RS, ",\"kid\":\"a\"" } };
	static const char a[] = "{\"alg\":\"EdDSA\",\"kid\":\"a\"}";
	static const char b[] = "{\"alg\":\"EdDSA\",\"kid\":\"b\"}";

	jwt_keys_unref(&keys);
	keys = load_set(two, 3);
	want(JWT_SIGNATURE, ED, b, CLAIMS);
	want(JWT_SIGNATURE, OTHER_ED, a, CLAIMS);
	want(JWT_KEY, ED, "{\"alg\":\"EdDSA\",\"kid\":\"c\"}", CLAIMS);
	want(JWT_KEY, ED, "{\"alg\":\"EdDSA\",\"kid\":\"\"}", CLAIMS);
	want(JWT_KEY, ED, "{\"alg\":\"EdDSA\",\"kid\":\"A\"}", CLAIMS);
	want(JWT_KEY, RS, "{\"alg\":\"RS256\",\"kid\":\"b\"}", CLAIMS);
	want(JWT_KEY, HS, header_of[HS], CLAIMS);
	want(JWT_OK, ED, a, CLAIMS);
	want(JWT_OK, OTHER_ED, b, CLAIMS);
	want(JWT_OK, RS, "{\"alg\":\"RS256\",\"kid\":\"a\"}", CLAIMS);
	/* without one all that fit are tried */
	want(JWT_OK, ED, header_of[ED], CLAIMS);
	want(JWT_OK, OTHER_ED, header_of[ED], CLAIMS);
	want(JWT_OK, RS, header_of[RS], CLAIMS);
}
END_TEST

START_TEST(a_key_without_a_name_is_tried_for_every_kid)
{
	want_header(JWT_OK, "{\"alg\":\"EdDSA\",\"kid\":\"whatever\"}");
}
END_TEST

START_TEST(a_token_is_tried_with_4_keys_at_most)
{
	static const struct named five[] = { { OTHER_ED, ",\"kid\":\"1\"" },
		{ OTHER_ED, ",\"kid\":\"2\"" }, { OTHER_ED, ",\"kid\":\"3\"" },
		{ ED, ",\"kid\":\"4\"" }, { ED, ",\"kid\":\"5\"" } };

	jwt_keys_unref(&keys);
	keys = load_set(five, 4);
	want_header(JWT_OK, header_of[ED]);
	jwt_keys_unref(&keys);
	keys = load_set(five, 5);
	want_header(JWT_KEY, header_of[ED]);
	want_header(JWT_OK, "{\"alg\":\"EdDSA\",\"kid\":\"5\"}");
}
END_TEST

/* --- what a header offers ------------------------------------------------- */

START_TEST(a_key_in_the_header_is_ignored)
{
	char *jwk = rig_jwk(OTHER_ED, ""), *header = NULL;

	ck_assert(asprintf(&header, "{\"alg\":\"EdDSA\",\"jwk\":%s}", jwk) > 0);
	want(JWT_SIGNATURE, OTHER_ED, header, CLAIMS);
	want(JWT_OK, ED, header, CLAIMS);
	free(header);
	free(jwk);
}
END_TEST

START_TEST(a_place_in_the_header_is_not_visited)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char *header = NULL;

	ck_assert(fd >= 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	ck_assert(asprintf(&header,
		      "{\"alg\":\"EdDSA\",\"kid\":\"x\","
		      "\"jku\":\"http://127.0.0.1:%1$d/a\","
		      "\"x5u\":\"http://127.0.0.1:%1$d/b\","
		      "\"x5c\":[\"http://127.0.0.1:%1$d/c\"]}",
		      ntohs(at.sin_port)) > 0);
	want(JWT_SIGNATURE, OTHER_ED, header, CLAIMS);
	want(JWT_OK, ED, header, CLAIMS);
	ck_assert_int_eq(accept(fd, NULL, NULL), -1);
	ck_assert_int_eq(errno, EAGAIN);
	close(fd);
	free(header);
}
END_TEST

/* --- good ones ------------------------------------------------------------ */

START_TEST(each_algorithm_and_each_kind_of_file)
{
	for (int k = HS; k <= ED; k++) {
		struct jwt_keys *all = keys;

		want(JWT_OK, k, header_of[k], CLAIMS);
		ck_assert_str_eq(identity_user(&who), "jane");
		ck_assert_int_eq(who.expires, NOW + 100);
		keys = k == HS
			   ? load_text(JWT_KEYS_SECRET, strdup(RIG_SECRET "\n"))
			   : load_text(JWT_KEYS_PEM, rig_pem(k));
		want(JWT_OK, k, header_of[k], CLAIMS);
		jwt_keys_unref(&keys);
		keys = all;
	}
}
END_TEST

START_TEST(reasons_have_texts)
{
	for (int r = JWT_OK; r < JWT_REASONS; r++)
		ck_assert_uint_gt(strlen(jwt_reason_text(r)), 5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jwt");
	TCase *f = suite_case(s, "form"), *h = suite_case(s, "header"),
	      *k = suite_case(s, "keys"), *g = suite_case(s, "good");
	int status;

	tcase_add_checked_fixture(f, want_setup, want_teardown);
	tcase_add_test(f, what_is_not_three_parts_is_refused);
	tcase_add_test(f, a_single_strange_character_is_refused);
	tcase_add_test(f, a_single_changed_letter_is_refused);
	tcase_add_test(f, a_token_that_is_cut_is_refused);
	tcase_add_test(f, a_signature_has_one_length);
	tcase_add_test(f, a_token_has_8192_bytes_at_most);
	tcase_add_checked_fixture(h, want_setup, want_teardown);
	tcase_add_test(h, a_header_that_is_not_an_object_with_alg_is_refused);
	tcase_add_test(h, a_nul_in_a_header_is_refused);
	tcase_add_test(h, algorithms_that_are_not_allowed_are_refused);
	tcase_add_test(h, none_is_refused_with_and_without_a_signature);
	tcase_add_test(h, crit_is_refused);
	tcase_add_test(h, a_token_of_another_type_is_refused);
	tcase_add_test(h, a_header_has_a_depth_of_16_at_most);
	tcase_add_checked_fixture(k, want_setup, want_teardown);
	tcase_add_test(k, another_signature_is_refused);
	tcase_add_test(k, a_public_key_is_not_a_secret);
	tcase_add_test(k, a_kid_selects_its_key);
	tcase_add_test(k, a_key_without_a_name_is_tried_for_every_kid);
	tcase_add_test(k, a_token_is_tried_with_4_keys_at_most);
	tcase_add_test(k, a_key_in_the_header_is_ignored);
	tcase_add_test(k, a_place_in_the_header_is_not_visited);
	tcase_add_checked_fixture(g, want_setup, want_teardown);
	tcase_add_test(g, each_algorithm_and_each_kind_of_file);
	tcase_add_test(g, reasons_have_texts);
	rig_start();
	status = suite_run_forked(s);
	rig_stop();
	return status;
}
