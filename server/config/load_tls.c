/* SPDX-License-Identifier: MIT
 *
 * load_tls.c - see load_tls.h.
 */
#include <config.h>

#include "config/load_tls.h"

#include <stdio.h>

#include "config/fill.h"
#include "config/memory.h"
#include "net/tls_server.h"

static const struct section *const section = &sections[SECTION_TLS];

static int
load_pair(struct config *c, struct config_tls *pair,
    const struct conf_node *group, struct tls_server *tls,
    struct conf_error *err)
{
	const struct fill f = { .section = section,
		.own = pair,
		.also = pair,
		.memory = c->memory,
		.err = err };
	const char *why;

	pair->node = group;
	if (fill_group(&f, group) < 0)
		return -1;
	if (!pair->certificate || !pair->key)
		return conf_fail(err, group, TLS_PAIR, section->name,
		    pair->certificate ? "key" : "certificate");
	why = tls_server_add(tls, pair->certificate, pair->key);
	return !why ? 0
		    : conf_fail(err, group, CERTIFICATE, section->name,
			  pair->certificate, pair->key, why);
}

static int
load_pairs(struct config *c, struct config_listen *l,
    const struct conf_node *node, struct tls_server *tls,
    struct conf_error *err)
{
	bool one = conf_type(node) == CONF_GROUP;
	size_t n = one ? 1 : conf_count(node);

	l->pairs = memory_take(c->memory, n * sizeof(*l->pairs));
	if (!l->pairs)
		return fill_no_memory(err, node);
	for (; l->n_pairs < n; l->n_pairs++)
		if (load_pair(c, &l->pairs[l->n_pairs],
			one ? node : conf_child(node, l->n_pairs), tls,
			err) < 0)
			return -1;
	return 0;
}

/* Keys about clients say nothing without each other. */
static int
load_clients(
    struct config_listen *l, struct tls_server *tls, struct conf_error *err)
{
	static const enum tls_ask ask[] = { [CLIENT_CERT_NO] = TLS_ASK_NO,
		[CLIENT_CERT_ASK] = TLS_ASK,
		[CLIENT_CERT_REQUIRE] = TLS_ASK_REQUIRE };
	const struct conf_node *ca = conf_get(l->node, "client_ca");
	const struct conf_node *cert = conf_get(l->node, "client_cert");
	const char *why;

	if (!tls && (ca || l->client_cert != CLIENT_CERT_NO))
		return conf_fail(err, ca ? ca : cert, CLIENT_CA,
		    ca ? "listen.client_ca" : "listen.client_cert",
		    "add tls = { ... };");
	if (!ca && l->client_cert != CLIENT_CERT_NO)
		return conf_fail(err, cert, CLIENT_CA, "listen.client_cert",
		    "add client_ca = \"FILE\";");
	if (ca && l->client_cert == CLIENT_CERT_NO)
		return conf_fail(err, ca, CLIENT_CA, "listen.client_ca",
		    "add client_cert = \"ask\"; or \"require\"");
	if (!ca)
		return 0;
	why = tls_server_trust(tls, l->client_ca, ask[l->client_cert]);
	return !why ? 0
		    : conf_fail(err, ca, PEM_FILE, "listen.client_ca",
			  l->client_ca, why);
}

int
load_tls(struct config *c, struct config_listen *l, struct conf_error *err)
{
	const struct conf_node *node = conf_get(l->node, "tls");
	struct tls_server *tls;

	if (!node)
		return load_clients(l, NULL, err);
	if (l->redirect)
		return conf_fail(err, conf_get(l->node, "redirect"),
		    REDIRECT_TLS, "listen.redirect");
	tls =
	    tls_server_new(c->http.request_timeout_ms, c->http.max_connections);
	if (!tls || memory_keep_tls(c->memory, &tls) < 0)
		return fill_no_memory(err, node);
	if (load_pairs(c, l, node, tls, err) < 0)
		return -1;
	l->tls = tls;
	return load_clients(l, tls, err);
}
