/* SPDX-License-Identifier: MIT
 *
 * syntax.c - paths, names, origins and tokens, each by its own grammar.
 */
#include <config.h>

#include <string.h>

#include "auth/identity.h"
#include "auth/jwt_keys.h"
#include "config/key.h"
#include "config/syntax.h"
#include "net/address.h"
#include "net/owner.h"
#include "wire/handshake.h"
#include "wire/origin.h"

#define DIGITS	 "0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS	 "abcdefghijklmnopqrstuvwxyz" CAPITALS

/* Whether `s` is not empty and of these characters only. */
static bool
consists(const char *s, size_t n, const char *of)
{
	return n > 0 && strspn(s, of) >= n;
}

/* Whether a part between slashes is "", "." or "..". */
static bool
odd_part(const char *part, size_t n)
{
	return n == 0 || (n <= 2 && strncmp(part, "..", n) == 0);
}

/* Whether one of the parts before the last is odd. */
static bool
odd_parts(const char *path)
{
	size_t n = strcspn(path, "/");

	for (; path[n] == '/'; path += n + 1, n = strcspn(path, "/"))
		if (odd_part(path, n))
			return true;
	return n > 0 && odd_part(path, n);
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

int
syntax_any(const struct syntax *s)
{
	(void)s;
	return 0;
}

int
syntax_header(const struct syntax *s)
{
	for (const char *p = s->text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return conf_fail(s->err, s->at, TYPE, s->key,
			    key_type_text(TYPE_HEADER));
	return 0;
}

int
syntax_route_path(const struct syntax *s)
{
	const char *path = s->text, *star = strchr(path, '*');

	if (*path != '/')
		return conf_fail(s->err, s->at, PATH_START, path);
	if (star != NULL && (star[1] != '\0' || star[-1] != '/'))
		return conf_fail(s->err, s->at, PATH_STAR, path);
	if (odd_parts(path + 1))
		return conf_fail(s->err, s->at, PATH_PART, path);
	if (has_control(path) || strpbrk(path, "?#% ") != NULL)
		return conf_fail(s->err, s->at, PATH_CHARACTER, path);
	return 0;
}

int
syntax_handler(const struct syntax *s)
{
	const char *name = s->text;
	size_t n = strlen(name);
	bool file = n > 3 && strcmp(name + n - 3, ".so") == 0;
	const char *rest = name + (*name == '/');

	if (*rest == '\0' || has_control(name) || odd_parts(rest) ||
	    (strchr(name, '/') != NULL && !file) || name[n - 1] == '/')
		return conf_fail(s->err, s->at, HANDLER, s->key, name);
	return 0;
}

int
syntax_space(const struct syntax *s)
{
	size_t n = strlen(s->text);

	if (n == 0 || n > CONFIG_SPACE_MAX || has_control(s->text) ||
	    strchr(s->text, ' ') != NULL)
		return conf_fail(s->err, s->at, SPACE, s->text);
	return 0;
}

int
syntax_file_name(const struct syntax *s)
{
	if (*s->text == '.' || *s->text == '\0' || has_control(s->text) ||
	    strchr(s->text, '/') != NULL)
		return conf_fail(s->err, s->at, FILE_NAME, s->key, s->text);
	return 0;
}

int
syntax_origin(const struct syntax *s)
{
	const char *why = origin_rule_error(s->text);

	if (why != NULL)
		return conf_fail(s->err, s->at, ORIGIN, s->key, s->text, why);
	return 0;
}

int
syntax_range(const struct syntax *s)
{
	struct address_range range;
	const char *why = strcmp(s->text, "unix") == 0
			      ? NULL
			      : address_range_parse(&range, s->text);

	if (why != NULL)
		return conf_fail(s->err, s->at, RANGE, s->key, s->text, why);
	return 0;
}

int
syntax_redirect(const struct syntax *s)
{
	static const char scheme[] = "https://";
	char host[CONFIG_REDIRECT_MAX + 1];
	size_t n = strlen(s->text), skip = strlen(scheme), name;

	if (n < sizeof host && strncmp(s->text, scheme, skip) == 0) {
		memcpy(host, s->text + skip, n - skip + 1);
		if (*host == '*')
			*host = 'x';
		if (origin_host(host, &name))
			return 0;
	}
	return conf_fail(s->err, s->at, REDIRECT, s->key, s->text);
}

int
syntax_owner(const struct syntax *s)
{
	struct owner owner;

	if (!owner_find(&owner, s->text))
		return conf_fail(s->err, s->at, OWNER, s->key, s->text);
	return 0;
}

int
syntax_token(const struct syntax *s)
{
	if (!handshake_token_valid(s->text))
		return conf_fail(s->err, s->at, TOKEN, s->key, s->text);
	return 0;
}

int
syntax_token_name(const struct syntax *s)
{
	if (!consists(s->text, strlen(s->text), LETTERS DIGITS "-_."))
		return conf_fail(s->err, s->at, AUTH_NAME, s->key, s->text);
	return 0;
}

int
syntax_realm(const struct syntax *s)
{
	for (const char *p = s->text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~' || *p == '"' || *p == '\\')
			return conf_fail(s->err, s->at, AUTH_REALM, s->key);
	return 0;
}

int
syntax_algorithm(const struct syntax *s)
{
	if (jwt_algorithm(s->text) == 0)
		return conf_fail(s->err, s->at, JWT_ALGORITHM, s->key, s->text);
	return 0;
}

/* Without "=" the attribute is named as the claim is. */
int
syntax_claim(const struct syntax *s)
{
	size_t n = strcspn(s->text, "=");
	char name[IDENTITY_NAME_MAX + 1] = "";

	if (n < sizeof(name))
		memcpy(name, s->text, n);
	if (!identity_name_valid(name) || strcmp(name, "TYPE") == 0 ||
	    (s->text[n] == '=' && s->text[n + 1] == '\0'))
		return conf_fail(s->err, s->at, JWT_CLAIM, s->key, s->text);
	return 0;
}

int
syntax_rule(const struct syntax *s)
{
	size_t n = strcspn(s->text, "=");

	if (s->text[n] == '\0' || !consists(s->text, n, LETTERS DIGITS "_"))
		return conf_fail(s->err, s->at, AUTH_RULE, s->key, s->text);
	return 0;
}

int
syntax_var(const struct syntax *s)
{
	if (!consists(s->text, strlen(s->text), CAPITALS DIGITS "_"))
		return conf_fail(s->err, s->at, VAR, s->key, s->text);
	return 0;
}
