/* SPDX-License-Identifier: MIT
 *
 * request.c - the request that a connection began with, as CGI told it.
 *
 * Four lists of pairs (variables, parameters, cookies, secrets), each
 * "name\0value\0" and ended by an empty name, in one block. The block is filled
 * twice: first without memory, to learn its size, then for good.
 *
 * What is a list itself (cookies, the query, subprotocols) goes through
 * put_shown() and put_hidden(), which take one half of its elements each.
 *
 * THREADS, MEMORY: see request.h. RFC 3875 section 4.1, RFC 6265 section 5.4.
 */
#include "config.h"

#include "host/request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/credential.h"
#include "host/cut.h"
#include "host/pairs.h"
#include "net/address.h"
#include "net/tls.h"

struct request {
	size_t query, cookies; /* where these lists begin */
	size_t secrets, end;   /* the last list: of a kind and a value each */
	char text[];	       /* the variables begin it */
};

/* --- lists, without what is secret -------------------------------------- */

static struct cut
cut_of(const struct request_parts *parts, enum cut_list list)
{
	const struct credential_places *s = parts->secrets;
	struct cut cut = { .list = list };

	if (!s)
		return cut;
	switch (list) {
	case CUT_QUERY:
		cut.name = s->query;
		break;
	case CUT_COOKIES:
		cut.name = s->cookie;
		break;
	case CUT_PROTOCOLS:
		cut.name = s->protocol;
		break;
	}
	return cut;
}

/* The list as it came, but for elements that are secret. */
static void
put_shown(struct writer *w, const struct cut *cut, const char *list)
{
	const char *glue = "";
	struct cut_element e;

	if (!cut->name)
		put_bytes(w, list ? list : "", list ? strlen(list) : 0);
	while (cut->name && cut_next(cut, &list, &e)) {
		if (e.secret)
			continue;
		put_bytes(w, glue, strlen(glue));
		put_bytes(w, e.p, e.n);
		glue = cut_glue(cut->list);
	}
}

/* --- headers ------------------------------------------------------------ */

/* "user-agent" and "User-Agent" are one; "user_agent" is refused, for it
 * would become the same variable. */
static bool
header_usable(const struct request_header *h)
{
	return *h->name && !strchr(h->name, '_');
}

static bool
came_before(const struct request_parts *parts, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcasecmp(
			parts->headers[j].name, parts->headers[i].name) == 0)
			return true;
	return false;
}

static void
put_header_name(struct writer *w, const char *name)
{
	put_bytes(w, "HTTP_", 5);
	for (; *name; name++) {
		char c = *name;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		put(w, c == '-' ? '_' : c);
	}
	put(w, '\0');
}

static void
put_header_value(struct writer *w, const struct request_parts *parts,
    const struct request_header *h)
{
	struct cut cut = { .name = NULL };

	if (strcasecmp(h->name, "Cookie") == 0)
		cut = cut_of(parts, CUT_COOKIES);
	else if (strcasecmp(h->name, "Sec-WebSocket-Protocol") == 0)
		cut = cut_of(parts, CUT_PROTOCOLS);
	put_shown(w, &cut, h->value);
}

/* One variable out of all headers of the i-th's name. */
static void
put_header(struct writer *w, const struct request_parts *parts, size_t i)
{
	const struct request_header *h = parts->headers;
	const char *glue = strcasecmp(h[i].name, "Cookie") == 0 ? "; " : ", ";

	put_header_name(w, h[i].name);
	put_header_value(w, parts, &h[i]);
	for (size_t j = i + 1; j < parts->n_headers; j++)
		if (strcasecmp(h[j].name, h[i].name) == 0) {
			put_bytes(w, glue, 2);
			put_header_value(w, parts, &h[j]);
		}
	put(w, '\0');
}

static bool
is_secret(const struct request_parts *parts, const struct request_header *h)
{
	return parts->secrets && strcasecmp(h->name, "Authorization") == 0;
}

static void
put_headers(struct writer *w, const struct request_parts *parts)
{
	for (size_t i = 0; i < parts->n_headers; i++)
		if (header_usable(&parts->headers[i]) &&
		    !is_secret(parts, &parts->headers[i]) &&
		    !came_before(parts, i))
			put_header(w, parts, i);
}

static const char *
find_header(const struct request_parts *parts, const char *name)
{
	for (size_t i = 0; i < parts->n_headers; i++)
		if (strcasecmp(parts->headers[i].name, name) == 0)
			return parts->headers[i].value;
	return NULL;
}

/* --- addresses ---------------------------------------------------------- */

/* A UNIX socket has neither: the address is then "unix". */
static void
put_address(struct writer *w, const struct sockaddr *sa, const char *addr_name,
    const char *port_name)
{
	char text[INET6_ADDRSTRLEN] = "unix", port[8] = "0";
	const struct sockaddr_in6 *v6 = (const void *)sa;
	const struct sockaddr_in *v4 = (const void *)sa;
	struct address a;

	if (!sa)
		return;
	address_read(&a, sa);
	if (a.bits > 0) {
		inet_ntop(a.bits == 32 ? AF_INET : AF_INET6, a.bytes, text,
		    sizeof(text));
		snprintf(port, sizeof(port), "%u",
		    ntohs(sa->sa_family == AF_INET ? v4->sin_port
						   : v6->sin6_port));
	}
	if (addr_name)
		put_var(w, addr_name, text);
	put_var(w, port_name, port);
}

/* The Host header without its port: "[::1]:80" and "a.example:80". */
static void
put_server_name(struct writer *w, const char *host)
{
	const char *end;

	if (!host)
		return;
	end = *host == '[' ? strchr(host, ']') : strchr(host, ':');
	if (end && *end == ']')
		end++;
	put_pair(
	    w, "SERVER_NAME", host, end ? (size_t)(end - host) : strlen(host));
}

/* A certificate that does not hold never gets as far as here. */
static void
put_tls(struct writer *w, const struct tls_facts *tls)
{
	static const char *const names[TLS_NAMES] = {
		[TLS_NAME_CN] = "SSL_CLIENT_S_DN_CN",
		[TLS_NAME_DNS] = "SSL_CLIENT_SAN_DNS_0",
		[TLS_NAME_EMAIL] = "SSL_CLIENT_SAN_Email_0",
		[TLS_NAME_URI] = "SSL_CLIENT_SAN_URI_0",
	};

	if (!tls)
		return;
	put_var(w, "SSL_PROTOCOL", tls->protocol);
	put_var(w, "SSL_CIPHER", tls->cipher);
	if (!tls->client)
		return;
	put_var(w, "SSL_CLIENT_S_DN", tls->client);
	for (size_t i = 0; i < TLS_NAMES; i++)
		put_var(w, names[i], tls->names[i]);
	put_var(w, "SSL_CLIENT_VERIFY", "SUCCESS");
}

static void
put_list(
    struct writer *w, const char *name, const struct cut *cut, const char *list)
{
	put_bytes(w, name, strlen(name) + 1);
	put_shown(w, cut, list);
	put(w, '\0');
}

static void
put_target(struct writer *w, const struct request_parts *parts,
    const struct cut *query)
{
	size_t path = strcspn(parts->target, "?");
	bool has_query = parts->target[path] == '?';

	put_bytes(w, "REQUEST_URI", sizeof("REQUEST_URI"));
	put_bytes(w, parts->target, path + has_query);
	put_shown(w, query, has_query ? parts->target + path + 1 : NULL);
	put(w, '\0');
}

static void
put_vars(struct writer *w, const struct request_parts *parts)
{
	const struct cut query = cut_of(parts, CUT_QUERY);
	size_t path = strlen(parts->path);
	size_t script = parts->script_len < path ? parts->script_len : path;

	put_var(w, "GATEWAY_INTERFACE", "CGI/1.1");
	put_var(w, "SERVER_SOFTWARE", PACKAGE_NAME "/" PACKAGE_VERSION);
	put_var(w, "REQUEST_METHOD", parts->method);
	put_target(w, parts, &query);
	put_var(w, "SERVER_PROTOCOL", parts->version);
	put_pair(w, "SCRIPT_NAME", parts->path, script);
	put_pair(w, "PATH_INFO", parts->path + script, path - script);
	put_list(w, "QUERY_STRING", &query, parts->query);
	put_address(w, parts->peer, "REMOTE_ADDR", "REMOTE_PORT");
	put_address(w, parts->local, NULL, "SERVER_PORT");
	if (parts->https)
		put_var(w, "HTTPS", "on");
	put_tls(w, parts->tls);
	put_server_name(w, find_header(parts, "Host"));
	put_headers(w, parts);
	put(w, '\0');
}

/* --- the query, cookies ------------------------------------------------- */

static void
put_decoded(struct writer *w, const char *s, size_t n)
{
	size_t used;

	for (; n > 0; s += used, n -= used)
		put(w, cut_decode(s, n, &used));
	put(w, '\0');
}

static void
put_query(struct writer *w, const struct request_parts *parts)
{
	const struct cut cut = cut_of(parts, CUT_QUERY);
	const char *list = parts->query;
	struct cut_element e;

	while (cut_next(&cut, &list, &e)) {
		const char *equals = memchr(e.p, '=', e.n);
		size_t name = equals ? (size_t)(equals - e.p) : e.n;

		if (name == 0 || e.secret)
			continue;
		put_decoded(w, e.p, name);
		put_decoded(
		    w, equals ? equals + 1 : "", equals ? e.n - name - 1 : 0);
	}
	put(w, '\0');
}

static void
put_cookies(
    struct writer *w, const struct request_parts *parts, const char *list)
{
	const struct cut cut = cut_of(parts, CUT_COOKIES);
	struct cut_element e;

	while (cut_next(&cut, &list, &e)) {
		const char *equals = memchr(e.p, '=', e.n);
		size_t name = equals ? (size_t)(equals - e.p) : 0;

		if (name == 0 || e.secret)
			continue;
		put_bytes(w, e.p, name);
		put(w, '\0');
		put_bytes(w, equals + 1, e.n - name - 1);
		put(w, '\0');
	}
}

/* --- secrets ------------------------------------------------------------ */

static void
put_secret(struct writer *w, enum request_secret kind, const char *p, size_t n)
{
	put(w, (char)kind);
	put(w, '\0');
	if (kind == REQUEST_SECRET_QUERY) {
		put_decoded(w, p, n);
		return;
	}
	put_bytes(w, p, n);
	put(w, '\0');
}

/* Those of a list that are not empty: a page that has no token yet may well
 * say so. */
static void
put_hidden(struct writer *w, enum request_secret kind, const struct cut *cut,
    const char *list)
{
	struct cut_element e;

	while (cut->name && cut_next(cut, &list, &e))
		if (e.secret && e.value_n > 0)
			put_secret(w, kind, e.value, e.value_n);
}

static void
put_secrets(struct writer *w, const struct request_parts *parts)
{
	const struct cut query = cut_of(parts, CUT_QUERY),
			 cookies = cut_of(parts, CUT_COOKIES),
			 protocols = cut_of(parts, CUT_PROTOCOLS);

	for (size_t i = 0; i < parts->n_headers; i++) {
		const struct request_header *h = &parts->headers[i];

		if (is_secret(parts, h))
			put_secret(w, REQUEST_SECRET_HEADER, h->value,
			    strlen(h->value));
		else if (strcasecmp(h->name, "Cookie") == 0)
			put_hidden(
			    w, REQUEST_SECRET_COOKIE, &cookies, h->value);
		else if (strcasecmp(h->name, "Sec-WebSocket-Protocol") == 0)
			put_hidden(
			    w, REQUEST_SECRET_PROTOCOL, &protocols, h->value);
	}
	put_hidden(w, REQUEST_SECRET_QUERY, &query, parts->query);
	put(w, '\0');
}

/* --- the whole ---------------------------------------------------------- */

static const char *
find(const char *pairs, const char *name)
{
	while (*pairs) {
		const char *value = pairs + strlen(pairs) + 1;

		if (strcmp(pairs, name) == 0)
			return value;
		pairs = value + strlen(value) + 1;
	}
	return NULL;
}

/* Where the lists begin is known after the first, without memory. */
static void
put_all(
    struct writer *w, const struct request_parts *parts, struct request *lists)
{
	put_vars(w, parts);
	lists->query = w->n;
	put_query(w, parts);
	lists->cookies = w->n;
	for (size_t i = 0; i < parts->n_headers; i++)
		if (strcasecmp(parts->headers[i].name, "Cookie") == 0)
			put_cookies(w, parts, parts->headers[i].value);
	put(w, '\0');
	lists->secrets = w->n;
	put_secrets(w, parts);
	lists->end = w->n;
}

struct request *
request_new(const struct request_parts *parts)
{
	struct request lists, *r;
	struct writer w = { 0 };

	if (parts->n_headers > REQUEST_HEADERS_MAX)
		return NULL;
	put_all(&w, parts, &lists);
	if (w.n > REQUEST_MAX - sizeof(*r))
		return NULL;
	r = malloc(sizeof(*r) + w.n);
	if (!r)
		return NULL;
	w = (struct writer){ .p = r->text };
	put_all(&w, parts, r);
	return r;
}

void
request_free(struct request **r)
{
	if (*r)
		request_forget(*r);
	free(*r);
	*r = NULL;
}

const char *
request_var(const struct request *r, const char *name)
{
	return find(r->text, name);
}

const char *
request_query(const struct request *r, const char *name)
{
	return find(r->text + r->query, name);
}

const char *
request_cookie(const struct request *r, const char *name)
{
	return find(r->text + r->cookies, name);
}

const char *
request_secret(const struct request *r, size_t i, enum request_secret *kind)
{
	for (const char *p = r->text + r->secrets; *p; i--) {
		const char *value = p + strlen(p) + 1;

		*kind = (enum request_secret) * p;
		if (i == 0)
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}

void
request_forget(struct request *r)
{
	explicit_bzero(r->text + r->secrets, r->end - r->secrets);
}

bool
request_address(const struct request *r, struct address *from)
{
	const char *text = request_var(r, "REMOTE_ADDR");

	return text && address_parse(from, text, strlen(text));
}
