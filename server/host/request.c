/* SPDX-License-Identifier: MIT
 *
 * request.c - the request that a connection began with, as CGI told it.
 *
 * Three lists of pairs (variables, parameters, cookies), each "name\0value\0"
 * and ended by an empty name, in one block. The block is filled twice: first
 * without memory, to learn its size, then for good.
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

#include "net/tls.h"

struct request {
	size_t query, cookies; /* where these lists begin */
	char text[];	       /* the variables begin it */
};

/* Writes, or only counts while `p` is NULL. */
struct writer {
	char *p;
	size_t n;
};

static void
put(struct writer *w, char c)
{
	if (w->p)
		w->p[w->n] = c;
	w->n++;
}

static void
put_bytes(struct writer *w, const char *s, size_t n)
{
	if (w->p)
		memcpy(w->p + w->n, s, n);
	w->n += n;
}

static void
put_pair(struct writer *w, const char *name, const char *value, size_t n)
{
	put_bytes(w, name, strlen(name) + 1);
	put_bytes(w, value, n);
	put(w, '\0');
}

static void
put_var(struct writer *w, const char *name, const char *value)
{
	if (value)
		put_pair(w, name, value, strlen(value));
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

/* One variable out of all headers of the i-th's name. */
static void
put_header(struct writer *w, const struct request_parts *parts, size_t i)
{
	const struct request_header *h = parts->headers;
	const char *glue = strcasecmp(h[i].name, "Cookie") == 0 ? "; " : ", ";

	put_header_name(w, h[i].name);
	put_bytes(w, h[i].value, strlen(h[i].value));
	for (size_t j = i + 1; j < parts->n_headers; j++)
		if (strcasecmp(h[j].name, h[i].name) == 0) {
			put_bytes(w, glue, 2);
			put_bytes(w, h[j].value, strlen(h[j].value));
		}
	put(w, '\0');
}

static void
put_headers(struct writer *w, const struct request_parts *parts)
{
	for (size_t i = 0; i < parts->n_headers; i++)
		if (header_usable(&parts->headers[i]) && !came_before(parts, i))
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

	if (!sa)
		return;
	if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
		snprintf(port, sizeof(port), "%u", ntohs(v4->sin_port));
	} else if (sa->sa_family == AF_INET6 &&
		   IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		inet_ntop(
		    AF_INET, v6->sin6_addr.s6_addr + 12, text, sizeof(text));
		snprintf(port, sizeof(port), "%u", ntohs(v6->sin6_port));
	} else if (sa->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		snprintf(port, sizeof(port), "%u", ntohs(v6->sin6_port));
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
	if (!tls)
		return;
	put_var(w, "SSL_PROTOCOL", tls->protocol);
	put_var(w, "SSL_CIPHER", tls->cipher);
	if (!tls->client)
		return;
	put_var(w, "SSL_CLIENT_S_DN", tls->client);
	put_var(w, "SSL_CLIENT_VERIFY", "SUCCESS");
}

static void
put_vars(struct writer *w, const struct request_parts *parts)
{
	size_t path = strlen(parts->path);
	size_t script = parts->script_len < path ? parts->script_len : path;

	put_var(w, "GATEWAY_INTERFACE", "CGI/1.1");
	put_var(w, "SERVER_SOFTWARE", PACKAGE_NAME "/" PACKAGE_VERSION);
	put_var(w, "REQUEST_METHOD", parts->method);
	put_var(w, "REQUEST_URI", parts->target);
	put_var(w, "SERVER_PROTOCOL", parts->version);
	put_pair(w, "SCRIPT_NAME", parts->path, script);
	put_pair(w, "PATH_INFO", parts->path + script, path - script);
	put_var(w, "QUERY_STRING", parts->query ? parts->query : "");
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

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX and "+"; what is no escape stands for itself. %00 too: the
 * string would end there, and a check of it see less than its user. */
static void
put_decoded(struct writer *w, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int high = s[i] == '%' && n - i > 2 ? hex(s[i + 1]) : -1;
		int low = high >= 0 ? hex(s[i + 2]) : -1;

		if (low >= 0 && (high | low) != 0) {
			put(w, (char)(high << 4 | low));
			i += 2;
		} else {
			put(w, s[i] == '+' ? ' ' : s[i]);
		}
	}
	put(w, '\0');
}

static void
put_query(struct writer *w, const char *s)
{
	while (s && *s) {
		size_t n = strcspn(s, "&");
		const char *equals = memchr(s, '=', n);
		size_t name = equals ? (size_t)(equals - s) : n;

		if (name > 0) {
			put_decoded(w, s, name);
			put_decoded(w, equals ? equals + 1 : "",
			    equals ? n - name - 1 : 0);
		}
		s += s[n] ? n + 1 : n;
	}
	put(w, '\0');
}

static void
put_cookies(struct writer *w, const char *s)
{
	while (s && *s) {
		size_t n, name;

		s += strspn(s, "; \t");
		n = strcspn(s, ";");
		name = strcspn(s, "=;");
		if (name > 0 && name < n) {
			put_bytes(w, s, name);
			put(w, '\0');
			put_bytes(w, s + name + 1, n - name - 1);
			put(w, '\0');
		}
		s += n;
	}
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

struct request *
request_new(const struct request_parts *parts)
{
	struct writer w = { 0 };
	struct request *r;
	size_t vars, query;

	if (parts->n_headers > REQUEST_HEADERS_MAX)
		return NULL;
	put_vars(&w, parts);
	vars = w.n;
	put_query(&w, parts->query);
	query = w.n;
	for (size_t i = 0; i < parts->n_headers; i++)
		if (strcasecmp(parts->headers[i].name, "Cookie") == 0)
			w.n += strlen(parts->headers[i].value) + 4;
	if (w.n > REQUEST_MAX - sizeof(*r) - 1)
		return NULL;
	r = malloc(sizeof(*r) + w.n + 1);
	if (!r)
		return NULL;
	r->query = vars;
	r->cookies = query;
	w = (struct writer){ .p = r->text };
	put_vars(&w, parts);
	put_query(&w, parts->query);
	put_cookies(&w, find(r->text, "HTTP_COOKIE"));
	return r;
}

void
request_free(struct request **r)
{
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
