/* SPDX-License-Identifier: MIT
 *
 * jwt_claims.c - see jwt_claims.h.
 *
 * THREADS, MEMORY: see jwt_claims.h.
 */
#include "config.h"

#include "auth/jwt_claims.h"

#include <inttypes.h>
#include <string.h>

#include "auth/jwt_json.h"
#include "base/buf.h"

/* Every whole number up to here is a double, and no sum of times overflows. */
#define TIME_MAX (INT64_C(1) << 53)

/* --- when ----------------------------------------------------------------- */

/* A NumericDate, which may have a fraction (RFC 7519 section 2): seconds,
 * rounded down, and `up` says whether that took something away. */
struct when {
	bool there, up;
	int64_t s;
};

static bool
read_time(const json_t *claims, const char *name, struct when *w)
{
	const json_t *v = json_object_get(claims, name);
	double d;

	*w = (struct when){ .there = v != NULL };
	if (!v)
		return true;
	if (json_is_integer(v)) {
		w->s = json_integer_value(v);
		return w->s >= 0 && w->s <= TIME_MAX;
	}
	d = json_real_value(v);
	if (!json_is_real(v) || !(d >= 0 && d <= (double)TIME_MAX))
		return false;
	w->s = (int64_t)d;
	w->up = (double)w->s < d;
	return true;
}

static enum jwt_reason
judge_times(const json_t *claims, const struct jwt_rules *r, int64_t now,
    struct identity *who)
{
	struct when exp, nbf, iat;
	int64_t ends = TIME_MAX;

	if (!read_time(claims, "exp", &exp) ||
	    !read_time(claims, "nbf", &nbf) || !read_time(claims, "iat", &iat))
		return JWT_TIME;
	if (exp.there && now - r->skew_s >= exp.s)
		return JWT_EXPIRED;
	if (!exp.there && !r->may_last)
		return JWT_LASTS;
	if (nbf.there && now + r->skew_s < nbf.s + nbf.up)
		return JWT_EARLY;
	if (iat.there && now + r->skew_s < iat.s)
		return JWT_FUTURE;
	if (r->max_age_s > 0 &&
	    (!iat.there || now - r->skew_s >= iat.s + r->max_age_s))
		return JWT_AGE;
	if (exp.there)
		ends = exp.s;
	if (r->max_age_s > 0 && iat.s + r->max_age_s < ends)
		ends = iat.s + r->max_age_s;
	if (exp.there || r->max_age_s > 0)
		who->expires = ends + r->skew_s;
	return JWT_OK;
}

/* --- from whom, and for whom ---------------------------------------------- */

static bool
is_one_of(const json_t *v, const struct jwt_names *names)
{
	for (size_t i = 0; json_is_string(v) && i < names->n; i++)
		if (strcmp(json_string_value(v), names->v[i]) == 0)
			return true;
	return false;
}

static bool
audience_fits(const json_t *aud, const struct jwt_names *names)
{
	const json_t *each;
	bool fits = false;
	size_t i;

	if (!aud)
		return names->n == 0;
	if (!json_is_array(aud))
		return is_one_of(aud, names);
	json_array_foreach(aud, i, each)
	{
		if (!json_is_string(each))
			return false;
		if (is_one_of(each, names))
			fits = true;
	}
	return fits;
}

enum jwt_reason
jwt_claims_judge(const json_t *claims, const struct jwt_rules *r, int64_t now,
    struct identity *who)
{
	enum jwt_reason reason = judge_times(claims, r, now, who);

	if (reason != JWT_OK)
		return reason;
	if (r->issuers.n > 0 &&
	    !is_one_of(json_object_get(claims, "iss"), &r->issuers))
		return JWT_ISSUER;
	if (!audience_fits(json_object_get(claims, "aud"), &r->audiences))
		return JWT_AUDIENCE;
	return JWT_OK;
}

/* --- who ------------------------------------------------------------------ */

/* A text, a number, true or false; false: none of these. */
static bool
put_simple(struct buf *b, const json_t *v)
{
	if (json_is_string(v))
		buf_add(b, json_string_value(v), json_string_length(v));
	else if (json_is_integer(v))
		buf_addf(b, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_boolean(v))
		buf_add_str(b, json_is_true(v) ? "true" : "false");
	else
		return false;
	return !buf_failed(b);
}

/* Without commas within, so that nobody makes two roles of one. */
static bool
put_list(struct buf *b, const json_t *list)
{
	const json_t *each;
	size_t i;

	json_array_foreach(list, i, each)
	{
		size_t at;

		if (i > 0)
			buf_add_char(b, ',');
		at = b->len;
		if (!put_simple(b, each) || b->len == at ||
		    memchr(b->data + at, ',', b->len - at))
			return false;
	}
	return !buf_failed(b);
}

static bool
add_attribute(
    struct identity *who, const char *name, const json_t *v, char *storage)
{
	struct buf b;

	buf_init(&b, storage, IDENTITY_TEXT_MAX);
	if (json_is_array(v))
		return put_list(&b, v) && identity_add_list(who, name, b.data,
					      b.len) == IDENTITY_OK;
	return put_simple(&b, v) &&
	       identity_add(who, name, b.data, b.len) == IDENTITY_OK;
}

enum jwt_reason
jwt_claims_tell(
    const json_t *claims, const struct jwt_rules *r, struct identity *who)
{
	char storage[IDENTITY_TEXT_MAX];
	const json_t *user = jwt_json_find(claims, r->user ? r->user : "sub");
	struct buf b;

	buf_init(&b, storage, sizeof storage);
	if (json_is_boolean(user) || !put_simple(&b, user) ||
	    identity_set_user(who, b.data, b.len) != IDENTITY_OK)
		return JWT_USER;
	for (size_t i = 0; i < r->n_claims; i++) {
		const json_t *v = jwt_json_find(claims, r->claims[i].claim);

		if (v && !add_attribute(who, r->claims[i].name, v, storage))
			return JWT_ATTRIBUTE;
	}
	return JWT_OK;
}
