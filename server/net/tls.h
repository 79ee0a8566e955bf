/* SPDX-License-Identifier: MIT
 *
 * tls.h - one TLS session on a connected socket.
 *
 * It moves bytes and says when there are none, as a socket would; it knows
 * nothing of who waits for what. Nothing here blocks and nothing raises
 * SIGPIPE. TLS 1.2's renegotiation is not taken part in: it ends the session.
 *
 * THREADS: one at a time; a session may move to another with its socket.
 * MEMORY: a session borrows its socket and holds a reference to its server.
 * RFC 8446, RFC 5246.
 */
#ifndef CLEAT_NET_TLS_H
#define CLEAT_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct tls;
struct tls_server;

/* Names in a client's certificate: the common name of its subject, and its
 * first alternative name of each kind. */
enum tls_name {
	TLS_NAME_CN,
	TLS_NAME_DNS,
	TLS_NAME_EMAIL,
	TLS_NAME_URI,
	TLS_NAMES
};
enum { TLS_NAME_MAX = 256 }; /* a longer one is none */

/* What a session says of itself once its handshake is done. */
struct tls_facts {
	const char *protocol;	/* "TLSv1.3" */
	const char *cipher;	/* "TLS_AES_128_GCM_SHA256" */
	char *client;		/* the DN of its certificate, or NULL */
	char *names[TLS_NAMES]; /* of that certificate, each or NULL */
};

/* NULL: no memory. */
struct tls *tls_new(struct tls_server *, int fd);
void tls_free(struct tls **);

/* 0: done; -EAGAIN: not now; else -errno, the peer has been told. */
__attribute__((warn_unused_result)) int tls_handshake(struct tls *);

/* 0 or -errno. Then, and when it failed, tls_facts_fini() frees the names. */
__attribute__((warn_unused_result)) int
tls_facts(const struct tls *, struct tls_facts *);
void tls_facts_fini(struct tls_facts *);

/* From here on data alone is expected: as soon as much of it comes its records
 * need not go through the library, which costs more than the ciphers
 * (tls_short.c). */
void tls_hasten(struct tls *);

/* As stream_recv() and stream_writev(). What a write has not taken must come
 * first in the next one: a part of it may be encrypted already. */
ssize_t tls_recv(struct tls *, void *, size_t);
ssize_t tls_writev(struct tls *, const struct iovec *, size_t n);

/* May there be more to receive that the socket will not announce? */
bool tls_more(const struct tls *);

/* Says that nothing more will be sent, if the socket takes it. */
void tls_bye(struct tls *);

#endif
