/* SPDX-License-Identifier: MIT
 *
 * auth.c - see auth.h.
 */
#include "config.h"

#include "auth/auth.h"

#include <string.h>

#include "auth/password_file.h"
#include "auth/token_file.h"

static struct auth_verdict
verdict(enum auth_answer answer, const char *type, const char *why)
{
	return (struct auth_verdict){ answer, type, why };
}

/* Does "name=value" say what is true of somebody? */
static bool
fits(const char *rule, const struct identity *who)
{
	const char *equals = strchr(rule, '=');
	char name[IDENTITY_NAME_MAX + 1];
	size_t n = equals ? (size_t)(equals - rule) : 0;

	if (n == 0 || n > IDENTITY_NAME_MAX)
		return false;
	memcpy(name, rule, n);
	name[n] = '\0';
	if (identity_find(who, name))
		return identity_says(who, name, equals + 1);
	return strcmp(name, "user") == 0 &&
	       strcmp(identity_user(who), equals + 1) == 0;
}

bool
auth_allows(const struct auth *a, const struct identity *who)
{
	for (size_t i = 0; i < a->n_allow; i++)
		if (fits(a->allow[i], who))
			return true;
	return a->n_allow == 0;
}

static struct auth_verdict
known(const struct auth *a, const char *type, const struct identity *who)
{
	return auth_allows(a, who)
		   ? verdict(AUTH_GOOD, type, NULL)
		   : verdict(AUTH_FORBIDDEN, type, "not among those in allow");
}

/* A token that says itself whose it is. */
static struct auth_verdict
judge_signed(const struct auth *a, const struct credential *c, int64_t now,
    struct identity *who)
{
	enum jwt_reason r =
	    jwt_check(a->keys, &a->jwt, c->token, c->n, now, who);
	const char *why = jwt_reason_text(r);

	if (r == JWT_OK)
		return known(a, "Bearer", who);
	if (r == JWT_MEMORY)
		return verdict(AUTH_NO_MEMORY, NULL, why);
	/* Its signature was good. */
	if (r == JWT_EXPIRED || r == JWT_AGE)
		return verdict(AUTH_EXPIRED, NULL, why);
	return verdict(AUTH_WRONG, NULL, why);
}

static struct auth_verdict
judge_token(const struct auth *a, const struct credential *c, int64_t now,
    struct identity *who)
{
	enum token_answer answer = TOKEN_UNKNOWN;

	if (!auth_knows_tokens(a))
		return verdict(AUTH_WRONG, NULL,
		    "a token, which this route takes none of");
	if (a->tokens)
		answer = token_file_find(a->tokens, c->token, c->n, now, who);
	switch (answer) {
	case TOKEN_GOOD:
		return known(a, "Bearer", who);
	case TOKEN_EXPIRED:
		return verdict(AUTH_EXPIRED, NULL, "a token that has expired");
	case TOKEN_UNKNOWN:
		break;
	}
	if (a->keys)
		return judge_signed(a, c, now, who);
	return verdict(AUTH_WRONG, NULL, "an unknown token");
}

/* A name that stands in a good certificate, which may still be none. */
static struct auth_verdict
judge_certificate(const struct auth *a, const char *name, struct identity *who)
{
	if (identity_set_user(who, name, strlen(name)) != IDENTITY_OK)
		return verdict(
		    AUTH_FORBIDDEN, NULL, "a certificate without such a name");
	return known(a, "Certificate", who);
}

static struct auth_verdict
judge_nothing(
    const struct auth *a, const char *certificate, struct identity *who)
{
	if (certificate && a->certificate != AUTH_CERTIFICATE_NO)
		return judge_certificate(a, certificate, who);
	if (a->optional)
		return verdict(AUTH_NOBODY, NULL, NULL);
	/* With what HTTP has no scheme for there is nothing to ask for. */
	if (!a->challenge)
		return verdict(AUTH_FORBIDDEN, NULL, "no certificate");
	return verdict(AUTH_MISSING, NULL, "no credential");
}

struct auth_verdict
auth_judge(const struct auth *a, const struct credential *c,
    const char *certificate, int64_t now, struct identity *who)
{
	identity_init(who);
	switch (c->kind) {
	case CREDENTIAL_NONE:
		return judge_nothing(a, certificate, who);
	case CREDENTIAL_BEARER:
		return judge_token(a, c, now, who);
	case CREDENTIAL_BASIC:
		if (a->passwords)
			return verdict(AUTH_SLOW, NULL, NULL);
		return verdict(AUTH_WRONG, NULL,
		    "a password, which this route takes none of");
	case CREDENTIAL_BAD:
		break;
	}
	return verdict(AUTH_WRONG, NULL, c->fault);
}

struct auth_verdict
auth_judge_slow(
    const struct auth *a, const struct credential *c, struct identity *who)
{
	if (password_file_check(a->passwords, c->user, c->password, who))
		return known(a, "Basic", who);
	return verdict(AUTH_WRONG, NULL, "a wrong name or password");
}

bool
auth_knows_tokens(const struct auth *a)
{
	return a->tokens || a->keys;
}

void
auth_fini(struct auth *a)
{
	token_file_free(&a->tokens);
	password_file_free(&a->passwords);
	jwt_keys_unref(&a->keys);
}
