/* SPDX-License-Identifier: MIT
 *
 * jwt.h - is this token good, and whose is it?
 *
 * A token is a JSON Web Token in the compact form with a signature (RFC 7519,
 * 7515): header.claims.signature. Everything in it was chosen by a stranger
 * until the signature has been checked, and that happens before anything of
 * its claims is looked at. A token cannot say how it is checked: keys come
 * from `struct jwt_keys` alone, the algorithm must be one that the rules allow
 * and that fits the key, and what a header offers besides ("jwk", "jku",
 * "x5c", "x5u") is ignored. "none" is never allowed; "crit" is refused, for
 * no extension is understood; a "typ" that is neither JWT nor at+jwt (RFC
 * 9068) is of a token for something else, a logout for example.
 *
 * THREADS: any, at once with the same keys and rules.
 * MEMORY: nothing remains; a check takes some times the size of the token.
 */
#ifndef CLEAT_AUTH_JWT_H
#define CLEAT_AUTH_JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/identity.h"
#include "auth/jwt_keys.h"

enum {
	JWT_TOKEN_MAX = 8192, /* bytes */
	JWT_DEPTH_MAX = 16,   /* objects and arrays within each other */
	/* Keys that a token is tried with: those of its "kid" and those that
	 * have none. One that could be of more is refused, unchecked. */
	JWT_TRIES_MAX = 4,
};

struct jwt_names {
	const char *const *v;
	size_t n;
};

/* A claim that becomes an attribute, if the token has it. Strings as they
 * are, numbers in decimal, true or false, null as if it were missing; arrays
 * of these with commas between, which is why none of them may contain one
 * then. Anything else, and what identity_add() refuses, refuses the token. */
struct jwt_claim {
	const char *claim; /* "roles"; "/realm/roles" (RFC 6901) goes deeper */
	const char *name;  /* identity_name_valid() */
};

struct jwt_rules {
	unsigned algorithms; /* of enum jwt_algorithm */
	/* "iss" must be one of these; n 0: it does not matter. */
	struct jwt_names issuers;
	/* "aud", a string or an array, must have one of these; n 0: there must
	 * be none, for such a token is meant for somebody else. */
	struct jwt_names audiences;
	uint32_t skew_s;    /* how wrong clocks may be: exp, nbf, iat */
	uint32_t max_age_s; /* since "iat", which must then be there; 0: none */
	bool may_last;	    /* a token without "exp" is accepted */
	const char *user;   /* NULL: "sub"; a claim as above */
	const struct jwt_claim *claims;
	size_t n_claims; /* at most IDENTITY_ATTRS_MAX */
};

enum jwt_reason {
	JWT_OK,
#define REASON(id, text) JWT_##id,
#include "auth/jwt.def"
#undef REASON
	JWT_REASONS
};

/* For the log: a constant, nothing of the token. */
const char *jwt_reason_text(enum jwt_reason);

/* `now` in seconds since 1970. JWT_OK: `who` has the user, the attributes, and
 * `expires`: when the token ends ("exp", or max_age_s), the skew included.
 * Otherwise `who` is nobody. */
__attribute__((warn_unused_result)) enum jwt_reason
jwt_check(const struct jwt_keys *, const struct jwt_rules *, const char *token,
    size_t n, int64_t now, struct identity *who);

#endif
