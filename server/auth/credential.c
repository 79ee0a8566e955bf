/* SPDX-License-Identifier: MIT
 *
 * credential.c - see credential.h.
 */
#include "config.h"

#include "auth/credential.h"

#include <string.h>
#include <strings.h>

#include "auth/base64.h"

static void
bad(struct credential *c, const char *fault)
{
	c->kind = CREDENTIAL_BAD;
	c->fault = fault;
}

/* token68 of RFC 9110 section 11.2 and a little more: what is printable and
 * neither a blank nor a comma, so that two headers never are one token. */
static void
read_token(struct credential *c, const char *text)
{
	size_t n = strnlen(text, CREDENTIAL_TOKEN_MAX + 1);

	if (n > CREDENTIAL_TOKEN_MAX) {
		bad(c, "a token that is too long");
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == ',') {
			bad(c, "a token with characters that none has");
			return;
		}
	if (n == 0) {
		bad(c, "an empty token");
		return;
	}
	c->kind = CREDENTIAL_BEARER;
	c->token = text;
	c->n = n;
}

/* The name ends at the first colon; the password may have more of them. */
static void
read_basic(struct credential *c, const char *text)
{
	size_t n = base64_decode(c->user, CREDENTIAL_BASIC_MAX, text);
	char *colon;

	if (n == BASE64_BAD) {
		bad(c, "Basic with something that is no base64, or too long");
		return;
	}
	c->user[n] = '\0';
	colon = memchr(c->user, ':', n);
	if (!colon || strlen(c->user) != n) {
		bad(c, "Basic without a colon, or with a zero byte");
		return;
	}
	*colon = '\0';
	c->password = colon + 1;
	c->kind = CREDENTIAL_BASIC;
}

static void
read_header(struct credential *c, const char *value)
{
	size_t scheme = strcspn(value, " ");
	const char *rest = value + scheme + strspn(value + scheme, " ");

	if (scheme == 6 && strncasecmp(value, "Bearer", 6) == 0)
		read_token(c, rest);
	else if (scheme == 5 && strncasecmp(value, "Basic", 5) == 0)
		read_basic(c, rest);
	else
		bad(c, "an unknown scheme of Authorization");
}

void
credential_read(struct credential *c, const struct credential_offer *o)
{
	const char *token = o->query	  ? o->query
			    : o->protocol ? o->protocol
					  : o->cookie;

	c->kind = CREDENTIAL_NONE;
	c->fault = NULL;
	if (o->n > 1)
		bad(c, "several credentials");
	else if (o->header)
		read_header(c, o->header);
	else if (token)
		read_token(c, token);
}

void
credential_wipe(struct credential *c)
{
	explicit_bzero(c, sizeof(*c));
}
