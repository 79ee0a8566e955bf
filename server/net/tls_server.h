/* SPDX-License-Identifier: MIT
 *
 * tls_server.h - what the TLS of one listener is made of: certificates with
 * their keys, whom to trust as a client, and the bounds of its handshakes.
 *
 * It is filled once, when a configuration is read, and never changes then: a
 * reload makes another one, and sessions that have begun keep theirs.
 * Several certificates are chosen from by the name that a client asks for.
 *
 * THREADS: filled on one thread, then any.
 * MEMORY: reference counted.
 */
#ifndef CLEAT_NET_TLS_SERVER_H
#define CLEAT_NET_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_server;

/* Is a client asked for a certificate? One that it gives must be good. */
enum tls_ask { TLS_ASK_NO, TLS_ASK, TLS_ASK_REQUIRE };

/* A handshake ends within `within_ms`; `at_a_time` are under way on one
 * worker, where the oldest gives way. NULL: no memory. */
struct tls_server *tls_server_new(uint64_t within_ms, uint64_t at_a_time);
struct tls_server *tls_server_ref(struct tls_server *);
void tls_server_unref(struct tls_server **);

/* PEM files. NULL, or a sentence that says what is wrong. */
__attribute__((warn_unused_result)) const char *
tls_server_add(struct tls_server *, const char *certificate, const char *key);
/* When the certificate of the n-th tls_server_add() ends, in seconds since
 * 1970; -1: that is not known. */
int64_t tls_server_ends(const struct tls_server *, size_t n);
__attribute__((warn_unused_result)) const char *
tls_server_trust(struct tls_server *, const char *ca, enum tls_ask);

uint64_t tls_server_within_ms(const struct tls_server *);
uint64_t tls_server_at_a_time(const struct tls_server *);

#endif
