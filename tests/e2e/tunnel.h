/* SPDX-License-Identifier: MIT
 *
 * tunnel.h - TLS for the client of raw.h.
 *
 * A thread carries bytes between a TLS session to the daemon and a pair of
 * sockets, whose other end is an ordinary struct raw. What is put in one go
 * leaves as one record, as far as a record goes.
 */
#ifndef CLEAT_TESTS_TUNNEL_H
#define CLEAT_TESTS_TUNNEL_H

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "raw.h"

struct tunnel_wish {
	const char *priority; /* NULL: as it comes */
	const char *source;   /* of 127.0.0.0/8; NULL: 127.0.0.1 */
	const char *name;     /* of the server, to be asked for */
	const char *alpn;
	const char *certificate, *key; /* PEM files */
	bool rude;		       /* leaves without a word */
	const char *preface;	       /* said before the handshake */
};

struct tunnel {
	struct raw raw;
	struct tunnel_wish wish;
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	int fd, inner;
	pthread_t thread;
	/* The thread's own. */
	char piece[65536];
	ssize_t held;
	size_t at;
};

/* Connects and shakes hands: 0, or what the library says; then there is no
 * tunnel. */
int tunnel_try(struct tunnel *, int port, const struct tunnel_wish *);
/* The same, and the test fails if it fails. */
void tunnel_open(struct tunnel *, int port, const struct tunnel_wish *);
/* And then upgrades to /path. */
void tunnel_ws(struct tunnel *, int port, const char *path);
void tunnel_shut(struct tunnel *);

/* The common name of the certificate that the daemon has shown. */
void tunnel_shown(struct tunnel *, char name[64]);

#endif
