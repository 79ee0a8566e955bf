/* SPDX-License-Identifier: MIT
 *
 * jwt_want.h - keys, rules and a clock for tests of tokens, and what is to be
 * said of a token.
 */
#ifndef CLEAT_TESTS_JWT_WANT_H
#define CLEAT_TESTS_JWT_WANT_H

#include "jwt_rig.h"

#define NOW    1700000000
#define CLAIMS "{\"sub\":\"jane\",\"exp\":1700000100}"

/* {"alg": ...} for HS, RS, ES and ED. */
extern const char *const header_of[ED + 1];

/* For each test: one key of each of these kinds, without names; all
 * algorithms, no other rules. */
extern struct jwt_keys *keys;
extern struct jwt_rules rules;
extern struct identity who;

void want_setup(void);
void want_teardown(void);

/* A set of keys with these members. */
struct named {
	enum rig_key key;
	const char *extra;
};

struct jwt_keys *load_text(enum jwt_keys_kind, char *text); /* takes it */
struct jwt_keys *load_set(const struct named *, size_t n);

enum jwt_reason check_text(const char *token);
/* Takes the token; it must be judged so, and nobody be known by it. */
void want_token(enum jwt_reason, char *token);
void
want(enum jwt_reason, enum rig_key, const char *header, const char *claims);
/* The same of good tokens with these claims, or this header. */
void want_claims(enum jwt_reason, const char *claims);
void want_header(enum jwt_reason, const char *header);

#endif
