/* SPDX-License-Identifier: MIT
 *
 * jwt_keys.h - the keys with which the signatures of tokens are checked, read
 * from a file once and the same ever after; a reload reads another set.
 *
 * A set (JWKS, RFC 7517) may hold keys that are of no use here, as the sets of
 * identity providers do: for encryption, of other algorithms or curves. They
 * are left out and counted. What would be a mistake is refused: a private key,
 * an RSA key of less than 2048 bits, a secret of less than 32 bytes, a file
 * with a secret in it that everybody may read, a set of which nothing remains.
 *
 * Nothing is ever fetched: "jku", "x5u" and the like are not looked at.
 *
 * THREADS: any; it never changes. MEMORY: counted.
 */
#ifndef CLEAT_AUTH_JWT_KEYS_H
#define CLEAT_AUTH_JWT_KEYS_H

#include <stddef.h>

enum {
	JWT_KEYS_MAX = 32,	     /* in a file, those left out included */
	JWT_KEYS_FILE_MAX = 1 << 18, /* bytes */
	JWT_KEY_ID_MAX = 256,	     /* bytes of a key's name, "kid" */
	JWT_RSA_BITS_MIN = 2048,
	JWT_RSA_BITS_MAX = 8192,
	JWT_SECRET_MIN = 32, /* bytes: as long as the hash, RFC 7518 3.2 */
	JWT_SECRET_MAX = 1024,
};

/* A set of these, or-ed together, says which are allowed. */
enum jwt_algorithm {
	JWT_HS256 = 1, /* HMAC with SHA-256 */
	JWT_RS256 = 2, /* RSA, PKCS #1 v1.5, SHA-256 */
	JWT_ES256 = 4, /* ECDSA on P-256, SHA-256 */
	JWT_EDDSA = 8, /* Ed25519 */
	JWT_ALL = 15
};

/* The algorithm of that name ("HS256", "EdDSA"; the case counts), or 0. */
unsigned jwt_algorithm(const char *name);

enum jwt_keys_kind {
	JWT_KEYS_SET,	 /* JSON: {"keys": [...]}, or a single key */
	JWT_KEYS_PEM,	 /* one public key or certificate in PEM */
	JWT_KEYS_SECRET, /* the file's bytes, less one last line feed */
};

struct jwt_keys;

/* NULL: `error` says why in one line without the file's name, and shows
 * nothing of what is in the file. Blocks on the disk. */
__attribute__((warn_unused_result)) struct jwt_keys *
jwt_keys_load(const char *path, enum jwt_keys_kind, char *error, size_t size);

struct jwt_keys *jwt_keys_ref(struct jwt_keys *);
void jwt_keys_unref(struct jwt_keys **);

size_t jwt_keys_count(const struct jwt_keys *);
/* How many of the file's keys were left out. */
size_t jwt_keys_left_out(const struct jwt_keys *);
/* The algorithms for which there is a key: what a route allows beyond them no
 * token can use. */
unsigned jwt_keys_algorithms(const struct jwt_keys *);

#endif
