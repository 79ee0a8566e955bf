/* SPDX-License-Identifier: MIT
 *
 * jwt.c - see jwt.h.
 *
 * In the order of jwt.def: shape, header, key, signature, and only then the
 * claims.
 *
 * THREADS, MEMORY: see jwt.h.
 */
#include "config.h"

#include "auth/jwt.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "auth/base64.h"
#include "auth/jwt_claims.h"
#include "auth/jwt_json.h"
#include "auth/jwt_keys_struct.h"

const char *
jwt_reason_text(enum jwt_reason reason)
{
	static const char *const text[JWT_REASONS] = {
		"it is good",
#define REASON(id, words) words,
#include "auth/jwt.def"
#undef REASON
	};

	return text[reason];
}

/* The three parts of a token, which is not terminated. */
struct parts {
	const char *header, *claims, *signature;
	size_t n_header, n_claims, n_signature;
	size_t n_signed; /* header, dot and claims */
};

static enum jwt_reason
split(struct parts *p, const char *token, size_t n)
{
	const char *end = token + n, *dot;

	if (n > JWT_TOKEN_MAX)
		return JWT_TOO_LONG;
	dot = memchr(token, '.', n);
	if (!dot)
		return JWT_FORM;
	p->header = token;
	p->n_header = (size_t)(dot - token);
	p->claims = dot + 1;
	dot = memchr(p->claims, '.', (size_t)(end - p->claims));
	if (!dot)
		return JWT_FORM;
	p->n_claims = (size_t)(dot - p->claims);
	p->signature = dot + 1;
	p->n_signature = (size_t)(end - p->signature);
	p->n_signed = (size_t)(dot - token);
	return JWT_OK;
}

/* A part that is JSON; `unfit` when it is another. */
static enum jwt_reason
read_json(json_t **out, const char *text, size_t n, enum jwt_reason unfit)
{
	uint8_t bytes[BASE64URL_BYTES(JWT_TOKEN_MAX)];
	ptrdiff_t got = base64url_decode(bytes, sizeof bytes, text, n);
	int rc;

	*out = NULL;
	if (got < 0)
		return JWT_FORM;
	rc = jwt_json_parse(out, bytes, (size_t)got);
	return rc == 0 ? JWT_OK : rc == -ENOMEM ? JWT_MEMORY : unfit;
}

/* --- the header ----------------------------------------------------------- */

/* Media types do not know case, and "application/" may be left out. */
static bool
type_fits(const json_t *typ)
{
	static const char prefix[] = "application/";
	const char *s = json_string_value(typ);

	if (!typ)
		return true;
	if (!s)
		return false;
	if (strncasecmp(s, prefix, sizeof prefix - 1) == 0)
		s += sizeof prefix - 1;
	return strcasecmp(s, "JWT") == 0 || strcasecmp(s, "at+jwt") == 0;
}

static enum jwt_reason
judge_header(const json_t *header, unsigned allowed, unsigned *algorithm)
{
	const json_t *alg = json_object_get(header, "alg");
	const json_t *kid = json_object_get(header, "kid");

	if (!json_is_string(alg) || (kid && !json_is_string(kid)))
		return JWT_HEADER;
	if (json_object_get(header, "crit"))
		return JWT_CRIT;
	*algorithm = jwt_algorithm(json_string_value(alg));
	if ((*algorithm & allowed) == 0)
		return JWT_ALGORITHM;
	return type_fits(json_object_get(header, "typ")) ? JWT_OK : JWT_TYPE;
}

/* --- the signature -------------------------------------------------------- */

/* Keys without a name may be anybody's; so may any for a token without. */
static bool
may_be_of(const struct jwt_key *key, unsigned algorithm, const char *id)
{
	return key->algorithm == algorithm &&
	       (!id || !key->id || strcmp(key->id, id) == 0);
}

static enum jwt_reason
try_keys(const struct jwt_keys *keys, const struct parts *p, unsigned algorithm,
    const char *id, const uint8_t *signature, size_t n)
{
	size_t candidates = 0;

	for (size_t i = 0; i < keys->n; i++)
		candidates += may_be_of(&keys->v[i], algorithm, id);
	if (candidates == 0 || candidates > JWT_TRIES_MAX)
		return JWT_KEY;
	for (size_t i = 0; i < keys->n; i++) {
		int rc;

		if (!may_be_of(&keys->v[i], algorithm, id))
			continue;
		rc = jwt_key_verify(
		    &keys->v[i], p->header, p->n_signed, signature, n);
		if (rc != -EBADMSG)
			return rc == 0 ? JWT_OK : JWT_MEMORY;
	}
	return JWT_SIGNATURE;
}

static enum jwt_reason
check_signature(const struct jwt_keys *keys, const struct jwt_rules *rules,
    const struct parts *p)
{
	uint8_t signature[BASE64URL_BYTES(JWT_TOKEN_MAX)];
	ptrdiff_t n = base64url_decode(
	    signature, sizeof signature, p->signature, p->n_signature);
	unsigned algorithm;
	json_t *header;
	enum jwt_reason reason;

	if (n < 0)
		return JWT_FORM;
	reason = read_json(&header, p->header, p->n_header, JWT_HEADER);
	if (reason != JWT_OK)
		return reason;
	reason = judge_header(header, rules->algorithms, &algorithm);
	if (reason == JWT_OK)
		reason = try_keys(keys, p, algorithm,
		    json_string_value(json_object_get(header, "kid")),
		    signature, (size_t)n);
	json_decref(header);
	return reason;
}

/* --- all of it ------------------------------------------------------------ */

static enum jwt_reason
check(const struct jwt_keys *keys, const struct jwt_rules *rules,
    const struct parts *p, int64_t now, struct identity *who)
{
	enum jwt_reason reason = check_signature(keys, rules, p);
	json_t *claims;

	if (reason != JWT_OK)
		return reason;
	reason = read_json(&claims, p->claims, p->n_claims, JWT_CLAIMS);
	if (reason != JWT_OK)
		return reason;
	reason = jwt_claims_judge(claims, rules, now, who);
	if (reason == JWT_OK)
		reason = jwt_claims_tell(claims, rules, who);
	json_decref(claims);
	return reason;
}

enum jwt_reason
jwt_check(const struct jwt_keys *keys, const struct jwt_rules *rules,
    const char *token, size_t n, int64_t now, struct identity *who)
{
	enum jwt_reason reason;
	struct parts parts;

	identity_init(who);
	reason = split(&parts, token, n);
	if (reason == JWT_OK)
		reason = check(keys, rules, &parts, now, who);
	if (reason != JWT_OK)
		identity_init(who);
	return reason;
}
