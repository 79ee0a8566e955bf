/* SPDX-License-Identifier: MIT
 *
 * details.c - a handler's verdict about a handshake, checked and copied.
 *
 * THREADS, MEMORY: see details.h. RFC 9110 sections 5.1 and 5.5 (headers).
 */
#include "config.h"

#include "host/details.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/handshake.h"
#include "wire/utf8.h"

/* --- checks ------------------------------------------------------------- */

static bool
no_controls(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return true;
}

static bool
user_valid(const char *s)
{
	size_t n = s ? strnlen(s, DETAILS_USER_MAX + 1) : 0;

	return n <= DETAILS_USER_MAX && no_controls(s, n) &&
	       utf8_valid((const uint8_t *)s, n);
}

/* What the HTTP library or the handshake itself writes. */
static bool
name_reserved(const char *name, size_t n)
{
	static const char *const reserved[] = { "connection", "upgrade",
		"content-length", "transfer-encoding", "sec-websocket-accept",
		"sec-websocket-protocol", "sec-websocket-extensions",
		"sec-websocket-version" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strlen(reserved[i]) == n &&
		    strncasecmp(reserved[i], name, n) == 0)
			return true;
	return false;
}

static bool
name_valid(const char *name, size_t n)
{
	char copy[64];

	if (n == 0 || n >= sizeof(copy) || name_reserved(name, n))
		return false;
	memcpy(copy, name, n);
	copy[n] = '\0';
	return handshake_token_valid(copy);
}

/* Lines "Name: value\r\n" and nothing else. */
static bool
headers_valid(const char *s)
{
	if (s && strnlen(s, DETAILS_TEXT_MAX + 1) > DETAILS_TEXT_MAX)
		return false;
	while (s && *s) {
		const char *end = strstr(s, "\r\n");
		const char *colon = strchr(s, ':');

		if (!end || !colon || colon > end ||
		    !name_valid(s, (size_t)(colon - s)) ||
		    !no_controls(colon, (size_t)(end - colon)))
			return false;
		s = end + 2;
	}
	return true;
}

static bool
attr_name_valid(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
			s[i]))
			return false;
	return n > 0;
}

/* Lines "name=value\n", the last may lack its end. */
static bool
attrs_valid(const char *s)
{
	size_t lines = 0;

	if (s && strnlen(s, DETAILS_TEXT_MAX + 1) > DETAILS_TEXT_MAX)
		return false;
	while (s && *s) {
		size_t n = strcspn(s, "\n"), name = strcspn(s, "=\n");

		if (name == n || ++lines > DETAILS_ATTRS_MAX ||
		    !attr_name_valid(s, name) || !no_controls(s, n))
			return false;
		s += s[n] ? n + 1 : n;
	}
	return true;
}

static bool
accept_valid(const cleat_accept *a)
{
	bool accepts = a->status == 0 || a->status == 101;

	return (accepts || (a->status >= 400 && a->status <= 599)) &&
	       (!a->protocol || handshake_token_valid(a->protocol)) &&
	       user_valid(a->user) && headers_valid(a->headers) &&
	       attrs_valid(a->attrs) &&
	       (!a->body ||
		   strnlen(a->body, DETAILS_TEXT_MAX + 1) <= DETAILS_TEXT_MAX);
}

/* --- copying ------------------------------------------------------------ */

static size_t
size_of(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

static const char *
copy(char **to, const char *s)
{
	size_t n = size_of(s);
	char *at = *to;

	if (!s)
		return NULL;
	memcpy(at, s, n);
	*to += n;
	return at;
}

static const char *
copy_bytes(char **to, const char *prefix, const char *s, size_t n)
{
	size_t before = strlen(prefix);
	char *at = *to;

	memcpy(at, prefix, before);
	memcpy(at + before, s, n);
	at[before + n] = '\0';
	*to += before + n + 1;
	return at;
}

static void
copy_attrs(struct details *d, char **to, const char *s)
{
	while (s && *s) {
		size_t n = strcspn(s, "\n"), name = strcspn(s, "=");
		struct kept_var *v = &d->attrs[d->n_attrs++];

		v->name = copy_bytes(to, "AUTH_", s, name);
		v->value = copy_bytes(to, "", s + name + 1, n - name - 1);
		s += s[n] ? n + 1 : n;
	}
}

int
details_new(struct details **out, const cleat_accept *a)
{
	struct details *d;
	char *to;

	*out = NULL;
	if (!a || !accept_valid(a))
		return CLEAT_EINVAL;
	d = calloc(1, sizeof(*d) + size_of(a->protocol) + size_of(a->user) +
			  size_of(a->headers) + size_of(a->body) +
			  size_of(a->attrs) +
			  DETAILS_ATTRS_MAX * sizeof("AUTH_"));
	if (!d)
		return CLEAT_ENOMEM;
	to = d->text;
	d->status = a->status == 0 ? 101 : a->status;
	d->until = a->until;
	d->protocol = copy(&to, a->protocol);
	d->user = copy(&to, a->user);
	d->headers = copy(&to, a->headers);
	d->body = copy(&to, a->body);
	copy_attrs(d, &to, a->attrs);
	*out = d;
	return CLEAT_OK;
}

void
details_free(struct details **d)
{
	free(*d);
	*d = NULL;
}

const char *
details_var(const struct details *d, const char *name)
{
	if (!d)
		return NULL;
	if (strcmp(name, "REMOTE_USER") == 0)
		return d->user;
	for (size_t i = 0; i < d->n_attrs; i++)
		if (strcmp(d->attrs[i].name, name) == 0)
			return d->attrs[i].value;
	return NULL;
}
