/* SPDX-License-Identifier: MIT
 *
 * relay_struct.h - what a relay is, for relay.c, relay_shake.c and
 * relay_pump.c.
 *
 * The sockets are watched by their edges: `ready` bits remember what they
 * said last.
 *
 * THREADS, MEMORY: see relay.h.
 */
#ifndef CLEAT_NET_RELAY_STRUCT_H
#define CLEAT_NET_RELAY_STRUCT_H

#include "net/arrived.h"
#include "net/relay.h"
#include "net/tls.h"

enum relay_state {
	RELAY_PEEK, /* nothing has come yet */
	RELAY_SHAKE,
	RELAY_HTTP,
	RELAY_FLUSH,  /* HTTP has ended, its last bytes have not left */
	RELAY_LINGER, /* all is said: what still comes is thrown away */
	RELAY_LEAVE,  /* the 101's last bytes have not left */
	RELAY_DEAD,
};

enum { RELAY_BYTES = 16384 };

/* Bytes on their way in one direction. */
struct bucket {
	uint8_t *bytes; /* RELAY_BYTES */
	size_t at, end;
};

/* A socket and what it was ready for. */
struct side {
	struct source source;
	int fd; /* -1: none */
	bool in, out;
};

struct relay {
	uint32_t refs; /* atomic */
	struct relays *all;
	struct list node;  /* of all */
	struct list timed; /* of those that count */
	struct list step;  /* of those that shake */
	enum relay_state state;
	struct deadline deadline; /* always armed */
	uint64_t within_ms, at_a_time;
	uint64_t sent; /* bytes of HTTP, to the peer */
	struct deferred again;
	bool deferred; /* `again` waits */

	struct listener *listener; /* until it is handed up */
	struct tls_server *server; /* the same */
	struct tls *tls;
	struct side wire, pair;
	struct bucket in, out;
	bool peer_ended, http_ended;
	bool torn; /* something of what the peer or HTTP said is lost */

	struct tls_facts facts;
	struct arrived arrived;
	struct sockaddr_storage local;

	struct relay_left *left; /* since relay_leave() */
	int http_fd;		 /* the same; -1: none */
};

struct loop *relay_loop(const struct relay *);
/* It has a step of its handshake to do, later in this round or in another. */
void relay_step(struct relay *);
/* Does what there is to do behind the handshake. */
void relay_move(struct relay *);
/* Says that all is said. */
void relay_linger(struct relay *);
void relay_end(struct relay *);
/* It does not count any more. */
void relay_untime(struct relay *);

/* Moves what can be moved, but not for ever: true if there is more to do.
 * Negative: the connection is of no more use. */
int relay_pump(struct relay *);

/* What HTTP has not read of what came: appends it to the early bytes. 0 or
 * -errno. */
int relay_take_back(struct relay *);

#endif
