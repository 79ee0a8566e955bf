/* SPDX-License-Identifier: MIT
 *
 * upgrade.h - a WebSocket handshake on its way from HTTP to the host.
 *
 *     upgrade_begin ─► door_knock ─► (suspended) ─► upgrade_step ─► 101
 *                                                        └─► a refusal
 *     after the 101: the socket is duplicated, the library's own handle
 *     closed, door_enter. In every other end: door_leave, once, never before
 *     the door has answered.
 *
 * The door may answer on any thread and at any time. While it has not, the
 * request is suspended, and neither timeouts nor a vanished peer are noticed:
 * that the answer comes is the host's promise (handshake_timeout).
 *
 * THREADS: the library's thread, unless said otherwise.
 * MEMORY: an upgrade is its exchange's until upgrade_end(); it lives on,
 * invisible, until the door has answered.
 */
#ifndef CLEAT_HTTP_UPGRADE_H
#define CLEAT_HTTP_UPGRADE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/socket.h>

struct answer;
struct deadlines;
struct due;
struct head;
struct relay;
struct request_header;
struct route;
struct target;
struct upgrade;
struct upgrades; /* all that wait for the door */

/* A request for a route, borrowed until return. */
struct upgrade_ask {
	struct MHD_Connection *connection;    /* NULL: see direct.h */
	const struct request_header *headers; /* where there is none */
	size_t n_headers;
	struct route *route; /* its reference is taken */
	const struct head *head;
	const struct target *target;
	const struct sockaddr *peer; /* NULL: a UNIX socket */
	bool https;		     /* the peer, or a trusted proxy's */
	struct relay **relay;	     /* of TLS, or of NULL; kept; or NULL */
	int fd;
	struct deadlines *deadlines; /* kept */
	struct due *due;	     /* kept until upgrade_end() */
};

struct upgrades *upgrades_new(void); /* NULL: no memory */
/* Gives the caller's reference up; each upgrade has one of its own. */
void upgrades_unref(struct upgrades **);
/* Answers those that wait with 503 and resumes them; from now on none waits.
 * Main thread. */
void upgrades_stop(struct upgrades *);

/* Judges the request and knocks. NULL: it is refused, the answer is made. */
struct upgrade *
upgrade_begin(struct upgrades *, const struct upgrade_ask *, struct answer *);

/* True: the answer is made. False: the door has none yet; the connection was
 * suspended and comes again when it has. */
bool upgrade_step(struct upgrade *, struct answer *);

/* For who was judged without a connection of the library's, and whose door
 * has answered: was it let in? If not, that is upgrade_step()'s to tell. */
bool upgrade_accepted(const struct upgrade *);
/* Then: says 101 on `fd`, which is taken, and enters. */
void upgrade_enter(struct upgrade *, int fd);

/* The exchange is over. Any thread. */
void upgrade_end(struct upgrade **);

#endif
