/* SPDX-License-Identifier: MIT
 *
 * jwt_key.c - see jwt_key.h.
 *
 * The cryptography is GnuTLS's, of which the server is made anyway.
 *
 * THREADS, MEMORY: see jwt_key.h.
 */
#include "config.h"

#include "auth/jwt_key.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/base64.h"

enum {
	P256_BYTES = 32,
	ED25519_BYTES = 32,
	HS256_BYTES = 32,
	EXPONENT_MAX = 8
};

static const char no_memory[] = "does not fit into memory";

/* --- a public key --------------------------------------------------------- */

/* An exponent of 1 makes every signature true, an even one none. */
static bool
exponent_sane(gnutls_pubkey_t key)
{
	gnutls_datum_t e = { 0 };
	bool sane;

	if (gnutls_pubkey_export_rsa_raw2(
		key, NULL, &e, GNUTLS_EXPORT_FLAG_NO_LZ) < 0)
		return false;
	sane = e.size > 0 && e.size <= EXPONENT_MAX &&
	       (e.data[e.size - 1] & 1) == 1 && (e.size > 1 || e.data[0] > 1);
	gnutls_free(e.data);
	return sane;
}

/* What it is good for. An algorithm of 0: nothing here. */
static const char *
judge(struct jwt_key *key)
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	unsigned bits = 0;
	int type = gnutls_pubkey_get_pk_algorithm(key->public, &bits);

	if (gnutls_pubkey_verify_params(key->public) < 0)
		return "is not a key: its numbers do not belong together";
	if (type == GNUTLS_PK_RSA) {
		if (bits < JWT_RSA_BITS_MIN || bits > JWT_RSA_BITS_MAX)
			return "is an RSA key of less than 2048 or more than"
			       " 8192 bits";
		if (!exponent_sane(key->public))
			return "is an RSA key with an exponent that is even,"
			       " 1 or huge";
		key->algorithm = JWT_RS256;
		key->signature = (bits + 7) / 8;
	} else if (type == GNUTLS_PK_EDDSA_ED25519) {
		key->algorithm = JWT_EDDSA;
		key->signature = 2 * ED25519_BYTES;
	} else if (type == GNUTLS_PK_ECDSA &&
		   gnutls_pubkey_export_ecc_raw2(
		       key->public, &curve, NULL, NULL, 0) == 0 &&
		   curve == GNUTLS_ECC_CURVE_SECP256R1) {
		key->algorithm = JWT_ES256;
		key->signature = 2 * P256_BYTES;
	}
	return NULL;
}

static int
import_certificate(gnutls_pubkey_t key, const gnutls_datum_t *pem)
{
	gnutls_x509_crt_t crt;
	int rc = gnutls_x509_crt_init(&crt);

	if (rc < 0)
		return rc;
	rc = gnutls_x509_crt_import(crt, pem, GNUTLS_X509_FMT_PEM);
	if (rc == 0)
		rc = gnutls_pubkey_import_x509(key, crt, 0);
	gnutls_x509_crt_deinit(crt);
	return rc;
}

const char *
jwt_key_from_pem(struct jwt_key *key, const char *text, size_t n)
{
	const gnutls_datum_t pem = { (unsigned char *)(uintptr_t)text,
		(unsigned)n };
	const char *begin = memmem(text, n, "-----BEGIN ", 11), *why;
	int rc;

	memset(key, 0, sizeof *key);
	if (memmem(text, n, "PRIVATE KEY-----", 16))
		return "is a private key: the public half alone belongs here";
	if (!begin)
		return "is not PEM: no line begins with -----BEGIN";
	if (memmem(
		begin + 1, n - (size_t)(begin + 1 - text), "-----BEGIN ", 11))
		return "is more than one: PEM is for one key, more need a set";
	if (gnutls_pubkey_init(&key->public) < 0)
		return no_memory;
	if (memmem(text, n, "-----BEGIN CERTIFICATE-----", 27))
		rc = import_certificate(key->public, &pem);
	else
		rc = gnutls_pubkey_import(
		    key->public, &pem, GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		return rc == GNUTLS_E_MEMORY_ERROR
			   ? no_memory
			   : "is neither a public key nor a certificate";
	why = judge(key);
	if (!why && key->algorithm == 0)
		return "is of no use here: RSA, P-256 and Ed25519 are";
	return why;
}

/* --- a secret ------------------------------------------------------------- */

const char *
jwt_key_from_secret(struct jwt_key *key, const uint8_t *p, size_t n)
{
	memset(key, 0, sizeof *key);
	if (n < JWT_SECRET_MIN)
		return "is a secret of less than 32 bytes";
	if (n > JWT_SECRET_MAX)
		return "is a secret of more than 1024 bytes";
	key->secret = malloc(n);
	if (!key->secret)
		return no_memory;
	memcpy(key->secret, p, n);
	key->n_secret = n;
	key->algorithm = JWT_HS256;
	key->signature = HS256_BYTES;
	return NULL;
}

/* --- a key in JSON (RFC 7517, 7518 section 6, 8037) ----------------------- */

/* The bytes of a member, or -1. */
static ptrdiff_t
bytes(const json_t *json, const char *name, uint8_t *out, size_t room)
{
	const json_t *v = json_object_get(json, name);

	return json_is_string(v)
		   ? base64url_decode(
			 out, room, json_string_value(v), json_string_length(v))
		   : -1;
}

static const char *
rsa(struct jwt_key *key, const json_t *json)
{
	uint8_t n[JWT_SIGNATURE_MAX + 1], e[EXPONENT_MAX];
	ptrdiff_t n_n = bytes(json, "n", n, sizeof n);
	ptrdiff_t n_e = bytes(json, "e", e, sizeof e);
	gnutls_datum_t m, exponent;

	if (n_n <= 0 || n_e <= 0)
		return "has no \"n\" and \"e\" of an RSA key in base64url";
	m = (gnutls_datum_t){ n, (unsigned)n_n };
	exponent = (gnutls_datum_t){ e, (unsigned)n_e };
	if (gnutls_pubkey_import_rsa_raw(key->public, &m, &exponent) < 0)
		return "is not an RSA key";
	return judge(key);
}

static const char *
point(struct jwt_key *key, const json_t *json, gnutls_ecc_curve_t curve)
{
	uint8_t x[P256_BYTES], y[P256_BYTES];
	gnutls_datum_t gx = { x, sizeof x }, gy = { y, sizeof y };
	bool ed = curve == GNUTLS_ECC_CURVE_ED25519;

	if (bytes(json, "x", x, sizeof x) != (ptrdiff_t)sizeof x ||
	    (!ed && bytes(json, "y", y, sizeof y) != (ptrdiff_t)sizeof y))
		return "has no point of 32 bytes in base64url";
	if (gnutls_pubkey_import_ecc_raw(
		key->public, curve, &gx, ed ? NULL : &gy) < 0)
		return "is not a point of its curve";
	return judge(key);
}

static const char *
oct(struct jwt_key *key, const json_t *json)
{
	uint8_t k[JWT_SECRET_MAX + 1];
	ptrdiff_t n = bytes(json, "k", k, sizeof k);
	const char *why = "has no \"k\" in base64url, or a huge one";

	if (n >= 0)
		why = jwt_key_from_secret(key, k, (size_t)n);
	explicit_bzero(k, sizeof k);
	return why;
}

/* Keys of other types and curves are nobody's mistake. */
static const char *
by_type(struct jwt_key *key, const json_t *json)
{
	const char *type = json_string_value(json_object_get(json, "kty"));
	const char *curve = json_string_value(json_object_get(json, "crv"));

	if (!type)
		return "has no \"kty\"";
	if (strcmp(type, "oct") == 0)
		return oct(key, json);
	if (json_object_get(json, "d"))
		return "is a private key: the public half alone belongs here";
	if (gnutls_pubkey_init(&key->public) < 0)
		return no_memory;
	if (strcmp(type, "RSA") == 0)
		return rsa(key, json);
	if (strcmp(type, "EC") == 0 && curve && strcmp(curve, "P-256") == 0)
		return point(key, json, GNUTLS_ECC_CURVE_SECP256R1);
	if (strcmp(type, "OKP") == 0 && curve && strcmp(curve, "Ed25519") == 0)
		return point(key, json, GNUTLS_ECC_CURVE_ED25519);
	return NULL;
}

static bool
is_text(const json_t *v, const char *text)
{
	return json_is_string(v) && strcmp(json_string_value(v), text) == 0;
}

/* 0: it does not say, or not what is known here. */
static unsigned
said_algorithm(const json_t *json)
{
	const json_t *alg = json_object_get(json, "alg");

	return json_is_string(alg) ? jwt_algorithm(json_string_value(alg)) : 0;
}

/* Do "use", "key_ops" and "alg" leave it for checking signatures? */
static bool
meant_for_this(const json_t *json)
{
	const json_t *use = json_object_get(json, "use");
	const json_t *ops = json_object_get(json, "key_ops"), *op;
	bool verify = !ops;
	size_t i;

	json_array_foreach(ops, i, op)
	{
		if (is_text(op, "verify"))
			verify = true;
	}
	return verify && (!use || is_text(use, "sig")) &&
	       (!json_object_get(json, "alg") || said_algorithm(json) != 0);
}

enum jwt_key_fate
jwt_key_from_json(struct jwt_key *key, const json_t *json, const char **why)
{
	const json_t *id = json_object_get(json, "kid");

	memset(key, 0, sizeof *key);
	*why = "is not a JSON object";
	if (!json_is_object(json))
		return JWT_KEY_REFUSED;
	*why = "has a \"kid\" that is not a text of 1 to 256 bytes";
	if (id && (!json_is_string(id) || json_string_length(id) == 0 ||
		      json_string_length(id) > JWT_KEY_ID_MAX))
		return JWT_KEY_REFUSED;
	if (!meant_for_this(json))
		return JWT_KEY_LEFT_OUT;
	*why = by_type(key, json);
	if (*why)
		return JWT_KEY_REFUSED;
	if (key->algorithm == 0)
		return JWT_KEY_LEFT_OUT;
	*why = "is of another type than its \"alg\" is for";
	if (json_object_get(json, "alg") &&
	    said_algorithm(json) != key->algorithm)
		return JWT_KEY_REFUSED;
	if (id) {
		*why = no_memory;
		key->id = strdup(json_string_value(id));
		if (!key->id)
			return JWT_KEY_REFUSED;
	}
	return JWT_KEY_TAKEN;
}

void
jwt_key_fini(struct jwt_key *key)
{
	if (key->public)
		gnutls_pubkey_deinit(key->public);
	if (key->secret)
		explicit_bzero(key->secret, key->n_secret);
	free(key->secret);
	free(key->id);
	memset(key, 0, sizeof *key);
}

/* --- signatures ----------------------------------------------------------- */

static int
verify_hmac(const struct jwt_key *key, const char *text, size_t n,
    const uint8_t *signature)
{
	uint8_t mac[HS256_BYTES];
	int rc = gnutls_hmac_fast(
	    GNUTLS_MAC_SHA256, key->secret, key->n_secret, text, n, mac);

	if (rc < 0)
		return -ENOMEM;
	/* as long as it takes, whatever differs */
	return gnutls_memcmp(mac, signature, sizeof mac) == 0 ? 0 : -EBADMSG;
}

static int
verify_public(const struct jwt_key *key, gnutls_sign_algorithm_t algorithm,
    const char *text, size_t n, const gnutls_datum_t *signature)
{
	const gnutls_datum_t data = { (unsigned char *)(uintptr_t)text,
		(unsigned)n };
	int rc = gnutls_pubkey_verify_data2(
	    key->public, algorithm, 0, &data, signature);

	if (rc == GNUTLS_E_MEMORY_ERROR)
		return -ENOMEM;
	return rc < 0 ? -EBADMSG : 0;
}

/* GnuTLS wants ECDSA's two numbers as ASN.1. */
static int
verify_ecdsa(const struct jwt_key *key, const char *text, size_t n,
    const uint8_t *signature)
{
	const gnutls_datum_t r = { (unsigned char *)(uintptr_t)signature,
		P256_BYTES };
	const gnutls_datum_t s = { r.data + P256_BYTES, P256_BYTES };
	gnutls_datum_t both = { 0 };
	int rc;

	if (gnutls_encode_rs_value(&both, &r, &s) < 0)
		return -ENOMEM;
	rc = verify_public(key, GNUTLS_SIGN_ECDSA_SHA256, text, n, &both);
	gnutls_free(both.data);
	return rc;
}

int
jwt_key_verify(const struct jwt_key *key, const char *text, size_t n,
    const uint8_t *signature, size_t n_signature)
{
	const gnutls_datum_t s = { (unsigned char *)(uintptr_t)signature,
		(unsigned)n_signature };

	if (n_signature != key->signature)
		return -EBADMSG;
	switch (key->algorithm) {
	case JWT_HS256:
		return verify_hmac(key, text, n, signature);
	case JWT_RS256:
		return verify_public(key, GNUTLS_SIGN_RSA_SHA256, text, n, &s);
	case JWT_ES256:
		return verify_ecdsa(key, text, n, signature);
	case JWT_EDDSA:
		return verify_public(
		    key, GNUTLS_SIGN_EDDSA_ED25519, text, n, &s);
	default:
		return -EBADMSG;
	}
}
