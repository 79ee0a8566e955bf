/* SPDX-License-Identifier: MIT
 *
 * target.c - where a back end is.
 */
#include "target.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static const char scheme[] = "http://";

struct parts {
	char name[256], port[6]; /* for getaddrinfo() */
};

/* Splits HOST[:PORT] or [ADDRESS][:PORT]. */
static bool
split(const char *host, struct parts *p)
{
	const char *name = host, *rest;
	size_t n;

	if (*host == '[') {
		name++;
		n = strspn(name, "0123456789abcdefABCDEF:.");
		if (name[n] != ']')
			return false;
		rest = name + n + 1;
	} else {
		n = strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789.-_");
		rest = host + n;
	}
	if (n == 0 || n >= sizeof(p->name))
		return false;
	memcpy(p->name, name, n);
	p->name[n] = '\0';
	snprintf(p->port, sizeof(p->port), "80");
	if (*rest == '\0')
		return true;
	n = strspn(rest + 1, "0123456789");
	if (*rest != ':' || n < 1 || n >= sizeof(p->port) ||
	    rest[1 + n] != '\0' || strtoul(rest + 1, NULL, 10) > 65535)
		return false;
	memcpy(p->port, rest + 1, n + 1);
	return true;
}

static bool
is_loopback(const struct sockaddr *a)
{
	const void *p = a;

	if (a->sa_family == AF_INET) {
		const struct sockaddr_in *in = p;

		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (a->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = p;

		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	return false;
}

static const char *
resolve(struct target *t, const char *host, bool remote)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found, *i;
	const char *wrong = NULL;
	struct parts parts;

	if (!split(host, &parts))
		return "must have a host, and a port if it is not 80";
	if (getaddrinfo(parts.name, parts.port, &hints, &found) != 0)
		return "its host cannot be resolved";
	for (i = found; i && !remote; i = i->ai_next)
		if (!is_loopback(i->ai_addr))
			wrong = "its host is not this machine; that needs "
				"remote = true";
	memcpy(&t->address, found->ai_addr, found->ai_addrlen);
	t->len = found->ai_addrlen;
	freeaddrinfo(found);
	return wrong;
}

const char *
target_read(struct target *t, const char *url, const char *unix_path,
    bool remote, bool *of_socket)
{
	const size_t n = sizeof(scheme) - 1;
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t host;

	*of_socket = false;
	memset(t, 0, sizeof(*t));
	if (strncmp(url, scheme, n) != 0)
		return "must begin with http://";
	if (strlen(url) >= TARGET_URL_MAX)
		return "is longer than 1023 bytes";
	for (const char *s = url; *s; s++)
		if (*s <= ' ' || *s >= 127 || strchr("\"<>\\^`{|}#@", *s))
			return "has a character that must not stand there";
	host = strcspn(url + n, "/?");
	if (host == 0 || url[n + host] == '?')
		return "must have a host, and a path that begins with /";
	memcpy(t->host, url + n, host);
	snprintf(t->path, sizeof(t->path), "%s",
	    url[n + host] ? url + n + host : "/");
	if (!unix_path)
		return resolve(t, t->host, remote);
	*of_socket = true;
	if (*unix_path != '/' || strlen(unix_path) >= sizeof(un.sun_path))
		return "must be a path from / on, of at most 107 bytes";
	memcpy(un.sun_path, unix_path, strlen(unix_path) + 1);
	memcpy(&t->address, &un, sizeof(un));
	t->len = sizeof(un);
	return NULL;
}
