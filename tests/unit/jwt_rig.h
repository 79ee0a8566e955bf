/* SPDX-License-Identifier: MIT
 *
 * jwt_rig.h - an issuer for tests: keys of its own, tokens signed with them,
 * and files that the server loads.
 */
#ifndef CLEAT_TESTS_JWT_RIG_H
#define CLEAT_TESTS_JWT_RIG_H

#include <stddef.h>
#include <sys/types.h>

#include "auth/jwt.h"

/* Keys of the issuer; OTHER_ED is somebody else's, P384 and RSA1024 are of no
 * use, or of too little. */
enum rig_key { HS, RS, ES, ED, OTHER_ED, P384, RSA1024, RIG_KEYS };

#define RIG_SECRET "0123456789abcdef0123456789abcdef"

/* Once, before any test: makes the keys. */
void rig_start(void);
void rig_stop(void);

/* These are the caller's, to free. */
char *rig_base64url(const void *, size_t);
/* header.claims.signature; the header is text, whatever it says. */
char *rig_sign(enum rig_key, const char *header, const char *claims);
/* The same where the parts are in base64url, or should be, already. */
char *rig_sign_parts(enum rig_key, const char *header, const char *claims);
/* HS256 with any bytes as the secret. */
char *rig_sign_secret(
    const void *secret, size_t n, const char *header, const char *claims);
/* {"kty": ..., EXTRA}, where EXTRA begins with a comma or is empty. */
char *rig_jwk(enum rig_key, const char *extra);
char *rig_pem(enum rig_key);
char *rig_pem_private(enum rig_key);

/* jwt_keys_load() of a file of this content, which is gone afterwards. */
struct jwt_keys *rig_load(enum jwt_keys_kind, const void *, size_t n, mode_t,
    char *error, size_t size);

#endif
