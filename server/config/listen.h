/* SPDX-License-Identifier: MIT
 *
 * listen.h - where to accept connections, as the file and -l say it.
 *
 * THREADS: any. MEMORY: texts are borrowed, see each function.
 */
#ifndef CLEAT_CONFIG_LISTEN_H
#define CLEAT_CONFIG_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

struct conf_node;
struct proxies;
struct tls_server;

enum config_client_cert {
	CLIENT_CERT_NO,
	CLIENT_CERT_ASK,
	CLIENT_CERT_REQUIRE
};

/* One of its certificates: PEM files. */
struct config_tls {
	const char *certificate, *key;
	const struct conf_node *node;
};

struct config_listen {
	const char *address;	  /* "*", numeric IPv4 or IPv6, "unix:/path" */
	const char *path;	  /* of a UNIX socket; NULL: TCP */
	uint64_t port;		  /* TCP; 0: the system picks one */
	uint64_t mode;		  /* UNIX: permission bits, 0: as umask says */
	const char *owner;	  /* UNIX: "user" or "user:group", or NULL */
	struct tls_server *tls;	  /* loaded; NULL: plain */
	struct config_tls *pairs; /* what it is made of */
	size_t n_pairs;
	const char *client_ca; /* or NULL */
	enum config_client_cert client_cert;
	const char *redirect; /* where who speaks no TLS is sent, or NULL */
	bool proxy_protocol;
	struct proxies *proxies; /* who speak it, of the config; NULL: nobody */
	const struct conf_node *node; /* for its FILE:LINE; NULL: from -l */
};

/* What stands behind -l: "127.0.0.1:8080", "[::1]:0", "*:80", "unix:/path".
 * Cuts `text` into pieces, which *out borrows; false: it is none of these. */
bool config_listen_parse(char *text, struct config_listen *out);

#endif
