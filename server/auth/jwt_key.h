/* SPDX-License-Identifier: MIT
 *
 * jwt_key.h - one key of struct jwt_keys: made from JSON, PEM or bytes, and
 * used to check a signature.
 *
 * THREADS: any; it never changes. MEMORY: owned by the set.
 */
#ifndef CLEAT_AUTH_JWT_KEY_H
#define CLEAT_AUTH_JWT_KEY_H

#include <gnutls/abstract.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/jwt_keys.h"

enum { JWT_SIGNATURE_MAX = JWT_RSA_BITS_MAX / 8 };

struct jwt_key {
	char *id;		/* "kid", or NULL */
	unsigned algorithm;	/* the one that it is for */
	size_t signature;	/* bytes that each signature has */
	gnutls_pubkey_t public; /* NULL of a secret */
	uint8_t *secret;
	size_t n_secret;
};

enum jwt_key_fate { JWT_KEY_TAKEN, JWT_KEY_LEFT_OUT, JWT_KEY_REFUSED };

/* Of no use here is left out; a mistake is refused, and *why says which, as
 * the end of a sentence that begins with the key. Whatever the fate, the key
 * is for jwt_key_fini(). */
enum jwt_key_fate
jwt_key_from_json(struct jwt_key *, const json_t *, const char **why);
/* NULL, or what is wrong. */
const char *jwt_key_from_pem(struct jwt_key *, const char *text, size_t n);
const char *jwt_key_from_secret(struct jwt_key *, const uint8_t *, size_t n);
void jwt_key_fini(struct jwt_key *);

/* 0; -EBADMSG: it is not this key's signature of text[0..n); -ENOMEM. */
__attribute__((warn_unused_result)) int jwt_key_verify(const struct jwt_key *,
    const char *text, size_t n, const uint8_t *signature, size_t n_signature);

#endif
