/* SPDX-License-Identifier: MIT
 *
 * auth.h - what a route asks of those who want to come in, and the judgement.
 *
 * A configuration fills a struct auth with what its keys name; a knock is then
 * judged in two steps, because one of them is slow:
 *
 *	auth_judge ─► AUTH_GOOD, AUTH_MISSING, AUTH_WRONG, AUTH_FORBIDDEN
 *	     └─────► AUTH_SLOW ─► auth_judge_slow, where it may take its time
 *
 * THREADS: any; it never changes once it is filled.
 * MEMORY: owns its files and keys, borrows its strings.
 */
#ifndef CLEAT_AUTH_AUTH_H
#define CLEAT_AUTH_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/credential.h"
#include "auth/identity.h"
#include "auth/jwt.h"

struct password_file;
struct token_file;

/* Which name of a client's certificate is the user's. */
enum auth_certificate {
	AUTH_CERTIFICATE_NO,
	AUTH_CERTIFICATE_CN,
	AUTH_CERTIFICATE_DNS,
	AUTH_CERTIFICATE_EMAIL,
	AUTH_CERTIFICATE_URI,
	AUTH_CERTIFICATE_DN,
};

struct auth {
	struct credential_places places;
	struct token_file *tokens; /* NULL: none, as of the others */
	struct password_file *passwords;
	struct jwt_keys *keys; /* of tokens that say who somebody is */
	struct jwt_rules jwt;
	enum auth_certificate certificate;
	bool optional; /* who shows nothing comes in as nobody */
	/* "role=admin", where the value may be one of several between commas,
	 * or "user=ann"; one of them must fit. */
	const char *const *allow;
	size_t n_allow; /* 0: everybody who is known */
	/* Headers of a 401, "Name: value\r\n": where nothing was shown, and
	 * where it was wrong. */
	const char *challenge, *challenge_wrong;
};

enum auth_answer {
	AUTH_GOOD,
	AUTH_NOBODY, /* nothing was shown, and nothing is needed */
	AUTH_MISSING,
	AUTH_WRONG,
	AUTH_EXPIRED,	/* it was right once: wrong, but no guess */
	AUTH_FORBIDDEN, /* the identity is known, and may not */
	AUTH_SLOW,
	AUTH_NO_MEMORY,
};

struct auth_verdict {
	enum auth_answer answer;
	const char *type; /* "Bearer", "Basic", "Certificate"; NULL: nobody */
	const char *why;  /* for the log, a constant; NULL: nothing to say */
};

/* `certificate`: the name in the client's certificate that the route wants,
 * or NULL. `now` in seconds since 1970. Fills `who`, of AUTH_FORBIDDEN too. */
struct auth_verdict auth_judge(const struct auth *, const struct credential *,
    const char *certificate, int64_t now, struct identity *who);

/* After AUTH_SLOW: takes as long as a password's check takes. */
struct auth_verdict auth_judge_slow(
    const struct auth *, const struct credential *, struct identity *who);

/* After another judge: is this one among those that may? */
bool auth_allows(const struct auth *, const struct identity *);

/* Can a token alone be judged, to renew what another one began? */
bool auth_knows_tokens(const struct auth *);

void auth_fini(struct auth *); /* gives back what it owns */

#endif
