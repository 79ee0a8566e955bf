/* SPDX-License-Identifier: MIT
 *
 * jwt_want.c - see jwt_want.h.
 */
#include "config.h"

#include "jwt_want.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const header_of[ED + 1] = { [HS] = "{\"alg\":\"HS256\"}",
	[RS] = "{\"alg\":\"RS256\"}",
	[ES] = "{\"alg\":\"ES256\"}",
	[ED] = "{\"alg\":\"EdDSA\"}" };

struct jwt_keys *keys;
struct jwt_rules rules;
struct identity who;

struct jwt_keys *
load_text(enum jwt_keys_kind kind, char *text)
{
	char error[256] = "";
	struct jwt_keys *k =
	    rig_load(kind, text, strlen(text), 0600, error, sizeof error);

	ck_assert_msg(k, "%s", error);
	free(text);
	return k;
}

struct jwt_keys *
load_set(const struct named *v, size_t n)
{
	char *text = strdup("{\"keys\":["), *longer, *jwk;

	for (size_t i = 0; i < n; i++) {
		jwk = rig_jwk(v[i].key, v[i].extra);
		ck_assert(asprintf(&longer, "%s%s%s%s", text, i > 0 ? "," : "",
			      jwk, i + 1 == n ? "]}" : "") > 0);
		free(jwk);
		free(text);
		text = longer;
	}
	return load_text(JWT_KEYS_SET, text);
}

void
want_setup(void)
{
	static const struct named all[] = { { HS, "" }, { RS, "" }, { ES, "" },
		{ ED, "" } };

	keys = load_set(all, 4);
	rules = (struct jwt_rules){ .algorithms = JWT_ALL };
}

void
want_teardown(void)
{
	jwt_keys_unref(&keys);
}

enum jwt_reason
check_text(const char *token)
{
	return jwt_check(keys, &rules, token, strlen(token), NOW, &who);
}

void
want_token(enum jwt_reason reason, char *token)
{
	enum jwt_reason got = check_text(token);

	ck_assert_msg(got == reason, "\"%s\", not \"%s\": %s",
	    jwt_reason_text(got), jwt_reason_text(reason), token);
	if (reason != JWT_OK) {
		ck_assert_str_eq(identity_user(&who), "");
		ck_assert_uint_eq(who.n_attrs, 0);
		ck_assert_int_eq(who.expires, 0);
	}
	free(token);
}

void
want(enum jwt_reason reason, enum rig_key k, const char *header,
    const char *claims)
{
	want_token(reason, rig_sign(k, header, claims));
}

void
want_claims(enum jwt_reason reason, const char *claims)
{
	want(reason, ED, header_of[ED], claims);
}

void
want_header(enum jwt_reason reason, const char *header)
{
	want(reason, ED, header, CLAIMS);
}
