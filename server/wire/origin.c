/* SPDX-License-Identifier: MIT
 *
 * origin.c - see origin.h. An origin, a rule and a Host header are taken
 * apart by the same function, so that they cannot differ in what they think
 * a port is. Whatever it cannot take apart is refused by all rules but "*".
 *
 * RFC 6454 sections 4 and 6; scheme and host have no case.
 */
#include "config.h"

#include "wire/origin.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct origin {
	const char *scheme, *host;
	size_t scheme_len, host_len;
	unsigned port; /* 0: not written, and the scheme has none of its own */
};

static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char scheme_chars[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
static const char ipv6_chars[] = "0123456789abcdefABCDEF:.";

static bool
same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

static unsigned
default_port(const char *scheme, size_t n)
{
	if (same(scheme, n, "http", 4) || same(scheme, n, "ws", 2))
		return 80;
	if (same(scheme, n, "https", 5) || same(scheme, n, "wss", 3))
		return 443;
	return 0;
}

/* ":" 1..65535 up to the end, or nothing, which leaves *port as it is. */
static bool
parse_port(const char *p, unsigned *port)
{
	unsigned value = 0;

	if (*p == '\0')
		return true;
	if (*p++ != ':' || strlen(p) > 5)
		return false;
	for (; *p; p++) {
		if (*p < '0' || *p > '9')
			return false;
		value = 10 * value + (unsigned)(*p - '0');
	}
	*port = value;
	return value >= 1 && value <= UINT16_MAX;
}

/* host [ ":" port ] */
static bool
parse_host(const char *p, struct origin *o)
{
	o->host = p;
	if (*p == '[') {
		o->host_len = 1 + strspn(p + 1, ipv6_chars);
		if (o->host_len == 1 || p[o->host_len] != ']')
			return false;
		o->host_len++;
	} else {
		o->host_len = *p != '.' ? strspn(p, name_chars) : 0;
	}
	return o->host_len > 0 && parse_port(p + o->host_len, &o->port);
}

bool
origin_host(const char *host, size_t *name_len)
{
	struct origin o = { .port = 0 };
	bool is = host && parse_host(host, &o);

	*name_len = is ? o.host_len : 0;
	return is;
}

/* The host of scheme "://" host [ ":" port ], NULL if there is no scheme;
 * sets the port to the scheme's own. */
static const char *
parse_scheme(const char *p, struct origin *o)
{
	o->scheme = p;
	o->scheme_len = strspn(p, scheme_chars);
	if (!*p || !strchr(letters, *p) ||
	    strncmp(p + o->scheme_len, "://", 3) != 0)
		return NULL;
	o->port = default_port(p, o->scheme_len);
	return p + o->scheme_len + 3;
}

static bool
parse_origin(const char *p, struct origin *o)
{
	p = parse_scheme(p, o);
	return p && parse_host(p, o);
}

/* A Host header has no scheme: a port that is not written is the origin's
 * own default, because both speak of the same connection. Only the schemes
 * of the web have one. */
static bool
is_self(const struct origin *o, const char *host)
{
	struct origin self = { .port = default_port(o->scheme, o->scheme_len) };

	return self.port != 0 && host && parse_host(host, &self) &&
	       o->port == self.port &&
	       same(o->host, o->host_len, self.host, self.host_len);
}

/* Takes a rule with scheme and host apart. With a wildcard the host is what
 * follows the star, its dot included. */
static bool
parse_rule(const char *rule, struct origin *o, bool *wildcard)
{
	const char *host = parse_scheme(rule, o);

	*wildcard = host && strncmp(host, "*.", 2) == 0;
	if (!*wildcard)
		return host && parse_host(host, o);
	if (host[2] == '[' || !parse_host(host + 2, o))
		return false;
	o->host--;
	o->host_len++;
	return true;
}

static bool
matches(const struct origin *o, const char *rule)
{
	struct origin r;
	bool wildcard;
	size_t skip = 0;

	if (!parse_rule(rule, &r, &wildcard) || o->port != r.port ||
	    !same(o->scheme, o->scheme_len, r.scheme, r.scheme_len))
		return false;
	if (wildcard) {
		if (o->host_len <= r.host_len)
			return false;
		skip = o->host_len - r.host_len;
	}
	return same(o->host + skip, o->host_len - skip, r.host, r.host_len);
}

static bool
rule_allows(const char *rule, const char *text, const struct origin *o,
    const char *host)
{
	if (strcmp(rule, "*") == 0)
		return true;
	if (strcmp(rule, "null") == 0)
		return strcmp(text, "null") == 0;
	if (!o)
		return false;
	if (strcmp(rule, "self") == 0)
		return is_self(o, host);
	return matches(o, rule);
}

bool
origin_allowed(
    const char *origin, const char *host, const char *const rules[], size_t n)
{
	static const char *const self_only[] = { "self" };
	struct origin parsed;
	const struct origin *o;

	if (!origin)
		return true;
	if (n == 0) {
		rules = self_only;
		n = 1;
	}
	o = parse_origin(origin, &parsed) ? &parsed : NULL;
	for (size_t i = 0; i < n; i++)
		if (rule_allows(rules[i], origin, o, host))
			return true;
	return false;
}

const char *
origin_rule_error(const char *rule)
{
	struct origin o;
	bool wildcard;

	if (strcmp(rule, "*") == 0 || strcmp(rule, "null") == 0 ||
	    strcmp(rule, "self") == 0)
		return NULL;
	if (!parse_scheme(rule, &o))
		return "an origin begins with a scheme, as in "
		       "\"https://example.com\"";
	if (!parse_rule(rule, &o, &wildcard))
		return "an origin is scheme, host and perhaps port, without a "
		       "path; \"*.\" may stand before the host";
	return NULL;
}
