/* SPDX-License-Identifier: MIT
 *
 * client_lws.c - libwebsockets 4.1 set up as a quiet client.
 *
 * The library logs nothing: what matters comes by callbacks, in our words.
 * It is given no extension, so none is offered, and follows no redirect: a
 * script wants to see the status.
 *
 * THREADS: main thread. MEMORY: the context, until client_lws_fini().
 */
#include "config.h"

#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RECEIVE_BYTES = 64 * 1024 };

static const struct lws_protocols protocols[] = {
	{ "cleat", client_event, 0, RECEIVE_BYTES, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static const char *
peer(const struct client *c)
{
	return c->opt->unix_path ? c->opt->unix_path : c->opt->url.authority;
}

static int
begin(struct client *c)
{
	const struct connect_options *o = c->opt;
	struct lws_client_connect_info i = {
		.context = c->context,
		.address = o->url.host,
		.port = o->url.port,
		.path = o->url.target,
		.host = o->url.authority,
		.origin = o->origin,
		.protocol = o->protocol,
		.local_protocol_name = protocols[0].name,
		.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.pwsi = &c->wsi,
	};
	char path[128];

	if (o->url.tls)
		i.ssl_connection |= LCCSCF_USE_SSL;
	if (o->url.tls && o->insecure)
		i.ssl_connection |= LCCSCF_ALLOW_SELFSIGNED |
				    LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
				    LCCSCF_ALLOW_EXPIRED |
				    LCCSCF_ALLOW_INSECURE;
	if (o->unix_path) { /* the library's mark of a UNIX socket */
		if (strlen(o->unix_path) + 2 > sizeof(path)) {
			client_say(c, "%s: the path is too long", o->unix_path);
			return -1;
		}
		snprintf(path, sizeof(path), "+%s", o->unix_path);
		i.address = path;
	}
	if (!lws_client_connect_via_info(&i) && c->state != CLIENT_DONE) {
		client_say(
		    c, "%s: cannot connect (is the name right?)", peer(c));
		return -1;
	}
	return 0;
}

int
client_lws_init(struct client *c)
{
	struct lws_context_creation_info i = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.user = c,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.options = LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN,
		.client_ssl_ca_filepath = c->opt->ca,
		.timeout_secs = (unsigned)c->opt->timeout_s,
		.connect_timeout_secs = (unsigned)c->opt->timeout_s,
	};

	if (c->opt->ca && access(c->opt->ca, R_OK) < 0) {
		client_say(c, "%s: %s", c->opt->ca, strerror(errno));
		return -1;
	}
	lws_set_log_level(0, NULL);
	if (c->opt->url.tls)
		i.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	c->context = lws_create_context(&i);
	if (!c->context) {
		client_say(c, "libwebsockets could not be started");
		return -1;
	}
	return begin(c);
}

void
client_lws_fini(struct client *c)
{
	if (c->context)
		lws_context_destroy(c->context);
	c->context = NULL;
}

int
client_lws_headers(
    struct client *c, struct lws *wsi, unsigned char **at, size_t room)
{
	unsigned char *end = *at + room;
	char name[256];

	for (size_t i = 0; i < c->opt->headers.count; i++) {
		const char *line = c->opt->headers.text[i];
		size_t n = strcspn(line, ":") + 1;
		const char *value = line + n + strspn(line + n, " \t");

		if (n >= sizeof(name))
			return -1;
		memcpy(name, line, n);
		name[n] = '\0';
		if (lws_add_http_header_by_name(wsi,
			(const unsigned char *)name,
			(const unsigned char *)value, (int)strlen(value), at,
			end))
			return -1;
	}
	return 0;
}

/* What an HTTP answer to the handshake is likely to mean. */
static const char *
likely(unsigned status)
{
	if (status == 404)
		return " (no handler has this path)";
	return status == 200 ? " (a page has this path, no handler)" : "";
}

/* What a connection that did not come about is likely to want. */
static const char *
advice(const struct connect_options *o)
{
	if (!o->url.tls)
		return " (is the server running?)";
	return o->insecure ? " (does the server speak TLS?)"
			   : " (does the server speak TLS, and is its "
			     "certificate trusted? see --ca and --insecure)";
}

int
client_lws_refused(struct client *c, struct lws *wsi, const char *why)
{
	unsigned status = wsi ? lws_http_client_http_response(wsi) : 0;

	if (status > 0 && status != 101) {
		client_say(c, "handshake refused: HTTP status %u%s", status,
		    likely(status));
		return EXIT_REFUSED;
	}
	if (status == 101) {
		client_say(c, "bad handshake: %s", why);
		return EXIT_REFUSED;
	}
	client_say(c, "%s: %s%s", peer(c), why, advice(c->opt));
	return EXIT_FAILED;
}
