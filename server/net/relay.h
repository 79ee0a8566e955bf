/* SPDX-License-Identifier: MIT
 *
 * relay.h - one TLS connection until it is a WebSocket.
 *
 * The accepting worker does the handshake, then hands up one end of a pair of
 * sockets and copies between the other one and the session, so that HTTP
 * sees an ordinary socket. After the 101 HTTP gives its end back, and socket
 * and session are a connection's own.
 *
 *   PEEK ─► SHAKE ─► RELAY ─► FLUSH ─► LINGER     HTTP has ended
 *     └───────────────│──────────────────▲        no TLS: told so
 *                     └─────► LEAVE               a WebSocket
 *
 * All but those in RELAY, which HTTP bounds, count against a bound of their
 * own and have a deadline; above the bound the oldest is dropped.
 *
 * THREADS: owner worker, unless said otherwise.
 * MEMORY: reference counted: the worker's, and one for whoever it is handed
 * up to. Two buffers of a fixed size while HTTP lasts.
 */
#ifndef CLEAT_NET_RELAY_H
#define CLEAT_NET_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "net/loop.h"
#include "net/stream.h"

struct arrived;
struct listener;
struct relay;
struct tls_facts;
struct tls_server;
struct worker;

/* A worker's. */
struct relays {
	struct worker *worker;
	struct list all;
	struct list timed; /* those that count, the oldest first */
	size_t n_timed;
	struct list shaking; /* have a step of their handshake to do */
	struct deferred step;
	bool stepping;
};

void relays_init(struct relays *, struct worker *);
/* Drops those whose handshake is under way; NULL: everything. */
void relays_cut(struct relays *, const struct listener *);

/* Takes an accepted socket and a reference to its server; closes it when
 * there is no memory. Hands it up in time, see worker_calls. */
void relay_begin(struct relays *, int fd, struct arrived *, struct listener *,
    struct tls_server *);

/* Any thread, for the holder of a reference: they never change. */
const struct tls_facts *relay_facts(const struct relay *);
const struct sockaddr *relay_local(const struct relay *);
void relay_unref(struct relay **);

/* What becomes of it when all that HTTP wrote has left: `done` is delivered
 * to the loop `to`. */
struct relay_left {
	struct mail mail;
	void (*done)(struct mail *);
	struct loop *to;
	struct stream carrier; /* fd -1: the peer has gone */
	void *early;	       /* the receiver's to free */
	size_t n_early;
	struct relay *relay; /* the relay's own */
};

/* Ends HTTP: takes its end of the pair and the reference, copies the bytes
 * that it has read too many. `done` and `to` are set. Any thread. */
void relay_leave(
    struct relay **, int fd, const void *early, size_t n, struct relay_left *);

#endif
