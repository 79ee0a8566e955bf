/* SPDX-License-Identifier: MIT
 *
 * handshake.h - what a connection is before it is open; door.h says how it
 * gets there.
 *
 *   ASKING    on its way to on_handshake, or inside it
 *   WAITING   on_handshake said LATER
 *   ANSWERED  the knock has its verdict; it enters or leaves
 *
 * THREADS: the HTTP thread's until the handler is asked, then the owner
 * worker's; fd and early bytes come from the HTTP thread by mail.
 * MEMORY: its session's, until on_open has returned.
 */
#ifndef CLEAT_HOST_HANDSHAKE_H
#define CLEAT_HOST_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "host/details.h"
#include "host/ledger.h"
#include "host/login.h"
#include "net/loop.h"
#include "net/relay.h"
#include "wire/extension.h"

struct host;
struct knock;
struct request;
struct route;
struct trial;

enum handshake_state {
	HANDSHAKE_ASKING,
	HANDSHAKE_WAITING,
	HANDSHAKE_ANSWERED,
};

struct handshake {
	struct mail mail;
	struct list node; /* of those that wait on this worker */
	struct deadline due;
	enum handshake_state state;
	struct cleat_conn *conn;
	struct knock *knock;
	struct request *request;
	struct login login;
	struct details *details; /* NULL: decide() was not called */
	char *protocol;		 /* that the handshake chose, or NULL */
	struct deflate_terms deflate;
	int close_code; /* of one that enters only to be closed */
	const char *close_reason;
	struct relay_left left; /* what it enters with */
	/* Instead of the knock's: what comes of one that decides about another
	 * (login.c), which then takes it apart. NULL: it is an ordinary one. */
	void (*told)(struct handshake *, enum ws_refusal, int status);
	struct trial *trial;
};

void handshake_free(struct handshake **);

/* The two verdicts. The second one says the status, or, if the route refuses
 * so, 101: then the session waits to enter and to be closed. */
void handshake_accept(struct handshake *);
void handshake_refuse(struct handshake *, enum ws_refusal, int status);

/* Does the route say this by a close frame? What else does an answer with
 * this status say? NULL: nothing. */
bool handshake_by_close(const struct route *, enum ws_refusal);
const char *handshake_extra_headers(int status);

/* Sends it to its worker, for the one or the other. */
void handshake_put(struct handshake *, void (*deliver)(struct mail *));
void handshake_discard(struct mail *);

/* deliver() of its mail, on the owner worker: asks the handler. */
void handshake_ask(struct mail *);

/* Owner worker of the id: takes the details. CLEAT_OK, CLEAT_GONE, or
 * CLEAT_EINVAL when the client did not offer the protocol. */
int handshake_decide(struct host *, uint64_t id, struct details *);

/* Owner worker: a connection that its handler has been asked about and that
 * is not answered yet, or NULL. */
struct cleat_conn *handshake_find(struct host *, unsigned worker, uint64_t id);

/* Main thread: whoever waits on this worker is refused. */
void handshake_drain(struct host *, unsigned worker);

#endif
