/* SPDX-License-Identifier: MIT
 *
 * url.c - see url.h. One pass from left to right, every part bounded.
 *
 * The target goes into a request line as it stands, so anything outside
 * visible ASCII is refused here: neither blank nor line end can be smuggled
 * into the request.
 *
 * MEMORY: none allocated.
 */
#include "config.h"

#include "url.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct scheme {
	const char *text;
	bool tls;
} schemes[] = {
	{ "ws://", false },
	{ "wss://", true },
	{ "http://", false },
	{ "https://", true },
};

static const struct scheme *
scheme_find(const char *text)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(
			text, schemes[i].text, strlen(schemes[i].text)) == 0)
			return &schemes[i];
	return NULL;
}

/* Takes HOST or [IPv6] and leaves `*at` behind it. */
static const char *
host_take(struct url *u, const char **at)
{
	const char *s = *at;
	size_t n;

	u->ipv6 = *s == '[';
	if (u->ipv6) {
		n = strspn(++s, "0123456789abcdefABCDEF:.");
		if (s[n] != ']')
			return "the bracket after the IPv6 address is missing";
		*at = s + n + 1;
	} else {
		n = strcspn(s, ":/?#[]@");
		*at = s + n;
	}
	if (n == 0)
		return "the host is missing";
	if (n > URL_HOST_MAX)
		return "the host is too long";
	memcpy(u->host, s, n);
	u->host[n] = '\0';
	return NULL;
}

static const char *
port_take(struct url *u, const char **at)
{
	const char *s = *at;
	unsigned long port = 0;

	u->port = u->tls ? 443 : 80;
	if (*s != ':')
		return NULL;
	for (s++; isdigit((unsigned char)*s) && port <= UINT16_MAX; s++)
		port = port * 10 + (unsigned long)(*s - '0');
	if (port == 0 || port > UINT16_MAX)
		return "the port is not a number from 1 to 65535";
	u->port = (uint16_t)port;
	*at = s;
	return NULL;
}

static const char *
target_take(struct url *u, const char *s)
{
	if (strchr(s, '#'))
		return "a fragment (#) has no place in a WebSocket URL";
	if (*s && *s != '/' && *s != '?')
		return "a path must begin with /";
	size_t n = strlen(s), slash = *s != '/';
	if (slash + n > URL_TARGET_MAX)
		return "the path is too long";
	u->target[0] = '/';
	memcpy(u->target + slash, s, n + 1);
	return NULL;
}

static void
authority_write(struct url *u)
{
	const char *open = u->ipv6 ? "[" : "", *close = u->ipv6 ? "]" : "";
	bool usual = u->port == (u->tls ? 443 : 80);

	if (usual)
		snprintf(u->authority, sizeof(u->authority), "%s%s%s", open,
		    u->host, close);
	else
		snprintf(u->authority, sizeof(u->authority), "%s%s%s:%u", open,
		    u->host, close, u->port);
}

const char *
url_parse(struct url *u, const char *text)
{
	const struct scheme *scheme = scheme_find(text);
	const char *wrong;

	memset(u, 0, sizeof(*u));
	if (!scheme)
		return "it must begin with ws:// or wss://";
	for (const char *s = text; *s; s++)
		if (!isgraph((unsigned char)*s))
			return "a byte that is not visible ASCII must be "
			       "percent-encoded";
	u->tls = scheme->tls;
	text += strlen(scheme->text);
	if (text[strcspn(text, "@/?#")] == '@')
		return "a user name has no place in a WebSocket URL";
	if ((wrong = host_take(u, &text)) || (wrong = port_take(u, &text)) ||
	    (wrong = target_take(u, text)))
		return wrong;
	authority_write(u);
	return NULL;
}
