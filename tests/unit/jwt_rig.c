/* SPDX-License-Identifier: MIT
 *
 * jwt_rig.c - see jwt_rig.h.
 */
#include "config.h"

#include "jwt_rig.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"

static gnutls_privkey_t keys[RIG_KEYS];

void
rig_start(void)
{
	static const struct {
		gnutls_pk_algorithm_t type;
		unsigned bits;
	} make[RIG_KEYS] = {
		[RS] = { GNUTLS_PK_RSA, 2048 },
		[ES] = { GNUTLS_PK_ECDSA,
		    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) },
		[ED] = { GNUTLS_PK_EDDSA_ED25519, 256 },
		[OTHER_ED] = { GNUTLS_PK_EDDSA_ED25519, 256 },
		[P384] = { GNUTLS_PK_ECDSA,
		    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1) },
		[RSA1024] = { GNUTLS_PK_RSA, 1024 },
	};

	for (int i = RS; i < RIG_KEYS; i++) {
		must(gnutls_privkey_init(&keys[i]) == 0);
		must(gnutls_privkey_generate(
			 keys[i], make[i].type, make[i].bits, 0) == 0);
	}
}

void
rig_stop(void)
{
	for (int i = RS; i < RIG_KEYS; i++)
		gnutls_privkey_deinit(keys[i]);
}

char *
rig_base64url(const void *bytes, size_t n)
{
	static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *p = bytes;
	char *out = malloc(n * 2 + 4), *to = out;
	unsigned bits = 0, have = 0;

	must(out);
	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | p[i]) & 0xffff;
		for (have += 8; have >= 6; have -= 6)
			*to++ = letter[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*to++ = letter[bits << (6 - have) & 63];
	*to = '\0';
	return out;
}

/* A number as `n` bytes, whatever zeros it begins with. */
static void
pad(unsigned char *out, size_t n, gnutls_datum_t *number)
{
	while (number->size > n)
		number->data++, number->size--;
	memset(out, 0, n);
	memcpy(out + n - number->size, number->data, number->size);
}

static size_t
sign_secret(const void *secret, size_t n, const char *text, unsigned char *out)
{
	must(gnutls_hmac_fast(
		 GNUTLS_MAC_SHA256, secret, n, text, strlen(text), out) == 0);
	return 32;
}

static size_t
sign(enum rig_key k, const char *text, unsigned char *out)
{
	static const gnutls_sign_algorithm_t how[RIG_KEYS] = {
		[RS] = GNUTLS_SIGN_RSA_SHA256,
		[ES] = GNUTLS_SIGN_ECDSA_SHA256,
		[ED] = GNUTLS_SIGN_EDDSA_ED25519,
		[OTHER_ED] = GNUTLS_SIGN_EDDSA_ED25519,
		[P384] = GNUTLS_SIGN_ECDSA_SHA256,
		[RSA1024] = GNUTLS_SIGN_RSA_SHA256,
	};
	const gnutls_datum_t data = { (unsigned char *)(uintptr_t)text,
		(unsigned)strlen(text) };
	gnutls_datum_t s = { 0 }, x, y;
	size_t n = k == P384 ? 48 : 32;

	if (k == HS)
		return sign_secret(RIG_SECRET, strlen(RIG_SECRET), text, out);
	must(gnutls_privkey_sign_data2(keys[k], how[k], 0, &data, &s) == 0);
	if (k == ES || k == P384) {
		must(gnutls_decode_rs_value(&s, &x, &y) == 0);
		unsigned char *px = x.data, *py = y.data;
		pad(out, n, &x);
		pad(out + n, n, &y);
		gnutls_free(px);
		gnutls_free(py);
		n *= 2;
	} else {
		n = s.size;
		memcpy(out, s.data, n);
	}
	gnutls_free(s.data);
	return n;
}

static char *
join(const char *a, const char *b)
{
	char *text = NULL;

	must(asprintf(&text, "%s.%s", a, b) > 0);
	return text;
}

/* TEXT.SIGNATURE; takes the text. */
static char *
finish(char *text, const unsigned char *signature, size_t n)
{
	char *end = rig_base64url(signature, n), *token = join(text, end);

	free(text);
	free(end);
	return token;
}

char *
rig_sign_parts(enum rig_key k, const char *header, const char *claims)
{
	unsigned char signature[1024];
	char *text = join(header, claims);

	return finish(text, signature, sign(k, text, signature));
}

/* Both in base64url. */
static char *
encode(const char *header, const char *claims)
{
	char *h = rig_base64url(header, strlen(header));
	char *c = rig_base64url(claims, strlen(claims)), *text = join(h, c);

	free(h);
	free(c);
	return text;
}

char *
rig_sign(enum rig_key k, const char *header, const char *claims)
{
	unsigned char signature[1024];
	char *text = encode(header, claims);

	return finish(text, signature, sign(k, text, signature));
}

char *
rig_sign_secret(
    const void *secret, size_t n, const char *header, const char *claims)
{
	unsigned char signature[32];
	char *text = encode(header, claims);

	return finish(text, signature, sign_secret(secret, n, text, signature));
}

static gnutls_pubkey_t
public_of(enum rig_key k)
{
	gnutls_pubkey_t p;

	must(gnutls_pubkey_init(&p) == 0);
	must(gnutls_pubkey_import_privkey(p, keys[k], 0, 0) == 0);
	return p;
}

static char *
jwk_secret(const char *extra)
{
	char *k = rig_base64url(RIG_SECRET, strlen(RIG_SECRET)), *json = NULL;

	must(asprintf(&json, "{\"kty\":\"oct\",\"k\":\"%s\"%s}", k, extra) > 0);
	free(k);
	return json;
}

char *
rig_jwk(enum rig_key k, const char *extra)
{
	unsigned char bytes[2][48];
	gnutls_datum_t a = { 0 }, b = { 0 };
	gnutls_pubkey_t p;
	char *x, *y, *json = NULL;
	size_t n = k == P384 ? 48 : 32;
	int rc;

	if (k == HS)
		return jwk_secret(extra);
	p = public_of(k);
	if (k == RS || k == RSA1024) {
		must(gnutls_pubkey_export_rsa_raw2(
			 p, &a, &b, GNUTLS_EXPORT_FLAG_NO_LZ) == 0);
		x = rig_base64url(a.data, a.size);
		y = rig_base64url(b.data, b.size);
		rc = asprintf(&json,
		    "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}", x, y,
		    extra);
	} else {
		bool ec = k == ES || k == P384;
		must(gnutls_pubkey_export_ecc_raw2(
			 p, NULL, &a, ec ? &b : NULL, 0) == 0);
		gnutls_datum_t ca = a, cb = b;
		pad(bytes[0], n, &ca);
		if (ec)
			pad(bytes[1], n, &cb);
		x = rig_base64url(bytes[0], n);
		y = rig_base64url(bytes[1], ec ? n : 0);
		rc = ec ? asprintf(&json,
			      "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\","
			      "\"y\":\"%s\"%s}",
			      k == ES ? "P-256" : "P-384", x, y, extra)
			: asprintf(&json,
			      "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%"
			      "s\"%s}",
			      x, extra);
	}
	must(rc > 0);
	free(x);
	free(y);
	gnutls_free(a.data);
	gnutls_free(b.data);
	gnutls_pubkey_deinit(p);
	return json;
}

static char *
text_of(gnutls_datum_t *d)
{
	char *text = strndup((const char *)d->data, d->size);

	must(text);
	gnutls_free(d->data);
	return text;
}

char *
rig_pem(enum rig_key k)
{
	gnutls_pubkey_t p = public_of(k);
	gnutls_datum_t d = { 0 };

	must(gnutls_pubkey_export2(p, GNUTLS_X509_FMT_PEM, &d) == 0);
	gnutls_pubkey_deinit(p);
	return text_of(&d);
}

char *
rig_pem_private(enum rig_key k)
{
	gnutls_x509_privkey_t x;
	gnutls_datum_t d = { 0 };

	must(gnutls_privkey_export_x509(keys[k], &x) == 0);
	must(gnutls_x509_privkey_export2_pkcs8(
		 x, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &d) == 0);
	gnutls_x509_privkey_deinit(x);
	return text_of(&d);
}

struct jwt_keys *
rig_load(enum jwt_keys_kind kind, const void *content, size_t n, mode_t mode,
    char *error, size_t size)
{
	char path[] = "/tmp/cleat-jwt-XXXXXX";
	int fd = mkstemp(path);
	struct jwt_keys *k;

	must(fd >= 0 && write(fd, content, n) == (ssize_t)n);
	must(fchmod(fd, mode) == 0);
	close(fd);
	k = jwt_keys_load(path, kind, error, size);
	unlink(path);
	return k;
}
