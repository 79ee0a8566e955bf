/* SPDX-License-Identifier: MIT
 *
 * credential.h - what somebody shows to be let in, as a request carried it.
 *
 * Where a route looks for it is the route's to say: the header Authorization,
 * a cookie, a parameter of the query, a subprotocol named "NAME.TOKEN". What
 * was found there comes here as strings and leaves as one token, or as a name
 * and a password. Two of them are none: who could say which one somebody in
 * between has looked at?
 *
 * THREADS: any.
 * MEMORY: a credential borrows from the offer, but for what Basic says, which
 * is decoded into the credential itself: wipe it.
 * RFC 6750 sections 2 and 3.1, RFC 7617 section 2.
 */
#ifndef CLEAT_AUTH_CREDENTIAL_H
#define CLEAT_AUTH_CREDENTIAL_H

#include <stddef.h>

enum {
	CREDENTIAL_TOKEN_MAX = 8192, /* bytes of a token, as of a JWT */
	CREDENTIAL_BASIC_MAX = 512,  /* "name:password", which crypt(3) takes */
};

/* Where to look; NULL: not there. */
struct credential_places {
	const char *cookie, *query, *protocol;
};

/* What was found: the value of each, or NULL, and how many in all. An empty
 * cookie or parameter is none. */
struct credential_offer {
	const char *header; /* of Authorization; several are joined by ", " */
	const char *cookie, *query, *protocol;
	unsigned n;
};

enum credential_kind {
	CREDENTIAL_NONE,
	CREDENTIAL_BAD, /* malformed, of an unknown scheme, or several */
	CREDENTIAL_BEARER,
	CREDENTIAL_BASIC,
};

struct credential {
	enum credential_kind kind;
	const char *fault; /* of a bad one: a constant, for the log */
	const char *token;
	size_t n;
	/* Of Basic: the name without NUL or control characters, and behind it
	 * the password without NUL, each with a NUL at its end. */
	const char *password;
	char user[CREDENTIAL_BASIC_MAX + 1];
};

void credential_read(struct credential *, const struct credential_offer *);
void credential_wipe(struct credential *);

#endif
