/* SPDX-License-Identifier: MIT
 *
 * listen.c - where to accept connections: addresses as the file and -l write
 * them. Nothing is bound here.
 */
#include <config.h>

#include <sys/un.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/check.h"
#include "net/proxies.h"

/* The path of a UNIX socket, or NULL. */
static const char *
unix_path(const char *address)
{
	return strncmp(address, "unix:", 5) == 0 ? address + 5 : NULL;
}

static bool
unix_path_fits(const char *path)
{
	return *path == '/' &&
	       strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path);
}

/* A numeric address as bytes, IPv4 in the first four; 0, AF_INET or AF_INET6. */
static int
numeric(const char *address, unsigned char bytes[16])
{
	memset(bytes, 0, 16);
	if (inet_pton(AF_INET, address, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, address, bytes) == 1 ? AF_INET6 : 0;
}

static bool
tcp_address(const char *address)
{
	unsigned char bytes[16];

	return strcmp(address, "*") == 0 || numeric(address, bytes) != 0;
}

static int
check_unix(
    struct config_listen *l, const struct section *s, struct conf_error *err)
{
	const struct conf_node *port = conf_get(l->node, "port");
	char key[80];

	key_path(key, sizeof(key), s, "address");
	if (!unix_path_fits(l->path))
		return conf_fail(err, l->node, UNIX_PATH, key);
	if (port != NULL)
		return conf_fail(err, port, UNIX_PORT,
		    key_path(key, sizeof(key), s, "port"));
	return 0;
}

int
check_listen(
    struct config_listen *l, const struct section *s, struct conf_error *err)
{
	static const char *const unix_only[] = { "mode", "owner" };
	char key[80];

	l->path = unix_path(l->address);
	if (l->path != NULL)
		return check_unix(l, s, err);
	if (!tcp_address(l->address))
		return conf_fail(err, conf_get(l->node, "address"), ADDRESS,
		    key_path(key, sizeof(key), s, "address"), l->address);
	for (size_t i = 0; i < 2; i++) {
		const struct conf_node *n = conf_get(l->node, unix_only[i]);
		if (n != NULL)
			return conf_fail(err, n, TCP_FILE,
			    key_path(key, sizeof(key), s, unix_only[i]));
	}
	if (conf_get(l->node, "port") == NULL)
		return conf_fail(err, l->node, NO_PORT, s->name);
	return 0;
}

int
check_proxied(const struct config *c, const struct config_listen *l,
    struct conf_error *err)
{
	bool by_unix = l->path != NULL;

	if (!l->proxy_protocol || proxies_any(c->proxies, by_unix))
		return 0;
	return conf_fail(err, conf_get(l->node, "proxy_protocol"), PROXY_NOBODY,
	    by_unix ? "not \"unix\"" : "no address");
}

static bool
same_place(const struct config_listen *a, const struct config_listen *b)
{
	unsigned char x[16], y[16];

	if (a->path != NULL || b->path != NULL)
		return a->path != NULL && b->path != NULL &&
		       strcmp(a->path, b->path) == 0;
	if (a->port != b->port || a->port == 0)
		return false;
	if (strcmp(a->address, b->address) == 0)
		return true;
	int family = numeric(a->address, x);
	return family != 0 && family == numeric(b->address, y) &&
	       memcmp(x, y, sizeof(x)) == 0;
}

/* That `l` is none of the first `n`. */
static int
check_new(const struct config *c, const struct config_listen *l, size_t n,
    const char *name, struct conf_error *err)
{
	char line[16];

	for (size_t i = 0; i < n; i++) {
		if (!same_place(l, &c->listen[i]))
			continue;
		snprintf(
		    line, sizeof(line), "%d", conf_line(c->listen[i].node));
		return conf_fail(err, l->node, SAME_LISTENER, name, line);
	}
	return 0;
}

int
check_listeners(const struct config *c, struct conf_error *err)
{
	for (size_t i = 0; i < c->n_listen; i++)
		if (check_new(c, &c->listen[i], i, "listen", err) < 0)
			return -1;
	if (c->status == NULL)
		return 0;
	return check_new(c, &c->status->at, c->n_listen, "status", err);
}

bool
config_listen_parse(char *text, struct config_listen *out)
{
	*out = (struct config_listen){ .address = text };
	out->path = unix_path(text);
	if (out->path != NULL)
		return unix_path_fits(out->path);
	char *colon = strrchr(text, ':');
	if (colon == NULL || colon == text)
		return false;
	*colon++ = '\0';
	size_t digits = strspn(colon, "0123456789"), n = strlen(text);
	out->port = strtoul(colon, NULL, 10);
	if (digits == 0 || digits > 5 || colon[digits] != '\0' ||
	    out->port > 65535)
		return false;
	/* The colons of IPv6 stand in brackets, and only they. */
	if ((*text == '[') != (strchr(text, ':') != NULL))
		return false;
	if (*text == '[') {
		if (text[n - 1] != ']')
			return false;
		text[n - 1] = '\0';
		out->address = text + 1;
	}
	return tcp_address(out->address);
}
