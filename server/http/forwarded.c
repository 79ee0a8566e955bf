/* SPDX-License-Identifier: MIT
 *
 * forwarded.c - see forwarded.h.
 *
 * Lists are walked from their right end. An element that names no address
 * ("unknown", "_hidden", nonsense) ends the walk: what stands left of it was
 * written by nobody who is known. The client is then the proxy that wrote it.
 */
#include "config.h"

#include "http/forwarded.h"

#include <string.h>
#include <strings.h>

#include "http/head.h"
#include "net/address.h"
#include "net/proxies.h"

/* Part of a header. */
struct part {
	const char *p;
	size_t n;
};

/* --- lists, from the right ---------------------------------------------- */

static struct part
trim(struct part s)
{
	while (s.n > 0 && (*s.p == ' ' || *s.p == '\t'))
		s.p++, s.n--;
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Cuts the last element off a list; false: there is none left. A comma in
 * quotes cuts too, which leaves two elements that name no address. */
static bool
last_element(struct part *list, struct part *element)
{
	size_t n = list->n;

	if (!list->p)
		return false;
	while (n > 0 && list->p[n - 1] != ',')
		n--;
	*element = trim((struct part){ list->p + n, list->n - n });
	*list = (struct part){ n > 0 ? list->p : NULL, n > 0 ? n - 1 : 0 };
	return true;
}

/* The value of name=value; or name="value" in an element of Forwarded. */
static bool
parameter(struct part element, const char *name, struct part *value)
{
	size_t len = strlen(name);

	while (element.n > 0) {
		const char *end = memchr(element.p, ';', element.n);
		size_t n = end ? (size_t)(end - element.p) : element.n;
		struct part pair = trim((struct part){ element.p, n });

		if (pair.n > len && pair.p[len] == '=' &&
		    strncasecmp(pair.p, name, len) == 0) {
			*value = trim((struct part){
			    pair.p + len + 1, pair.n - len - 1 });
			if (value->n > 1 && value->p[0] == '"' &&
			    value->p[value->n - 1] == '"')
				*value =
				    (struct part){ value->p + 1, value->n - 2 };
			return true;
		}
		element.p += end ? n + 1 : n;
		element.n -= end ? n + 1 : n;
	}
	return false;
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80" */
static bool
read_node(struct part s, struct address *a)
{
	const char *colon = memchr(s.p, ':', s.n);
	const char *bracket = memchr(s.p, ']', s.n);

	if (s.n > 0 && *s.p == '[')
		return bracket &&
		       address_parse(a, s.p + 1, (size_t)(bracket - s.p - 1)) &&
		       a->bits == 128;
	if (address_parse(a, s.p, s.n))
		return true;
	return colon && address_parse(a, s.p, (size_t)(colon - s.p));
}

/* --- who ------------------------------------------------------------------ */

static struct part
whole(const char *value)
{
	return (struct part){ value, value ? strlen(value) : 0 };
}

static bool
is_https(struct part s)
{
	return s.n == 5 && strncasecmp(s.p, "https", 5) == 0;
}

/* The element's address; *https: what it says of the scheme, if it does. */
static bool
read_element(enum config_forwarded header, struct part element,
    struct address *a, bool *https)
{
	struct part value;

	if (header == FORWARDED_X)
		return read_node(element, a);
	if (parameter(element, "proto", &value))
		*https = is_https(value);
	return parameter(element, "for", &value) && read_node(value, a);
}

bool
forwarded_read(enum config_forwarded header, const struct proxies *proxies,
    const struct sockaddr *peer, const struct head *h, struct forwarded *out)
{
	const bool x = header == FORWARDED_X;
	struct part list =
	    whole(h->value[x ? HEAD_FORWARDED_FOR : HEAD_FORWARDED]);
	struct part proto = whole(h->value[HEAD_FORWARDED_PROTO]);
	struct part element;
	struct address next;

	if (!proxies_include(proxies, peer))
		return false;
	*out = (struct forwarded){ .https = false };
	if (x && last_element(&proto, &element))
		out->https = is_https(element);
	/* Who speaks for nobody speaks for itself, and has a port. */
	if (peer)
		memcpy(&out->client, peer, address_len(peer));
	while (last_element(&list, &element) &&
	       read_element(header, element, &next, &out->https)) {
		address_write(&next, 0, &out->client);
		if (!proxies_include(
			proxies, (const struct sockaddr *)&out->client))
			break;
	}
	return true;
}

const struct sockaddr *
forwarded_asker(const struct forwarded *f, const struct sockaddr *peer)
{
	if (!f)
		return peer;
	if (f->client.ss_family == AF_UNSPEC)
		return NULL;
	return (const struct sockaddr *)&f->client;
}
