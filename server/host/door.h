/* SPDX-License-Identifier: MIT
 *
 * door.h - from a checked upgrade request to a connection.
 *
 * http knocks with a request that is a correct WebSocket handshake for some
 * route. The door decides whether it may come in: origin, limits, the
 * handler's on_handshake on the route's worker, at once or later. http says
 * the answer to the peer and then either enters with the socket or leaves.
 *
 *     door_knock ──► answer(verdict) ──► door_enter   (after the 101)
 *                                    └─► door_leave   (refused, or gone)
 *
 * A knock counts against the limits from door_knock until it leaves or its
 * connection ends. With refuse = "close" the verdict is 101 as well: http
 * does what it does for any 101, and the door closes what enters.
 *
 * THREADS: knock, enter and leave on any thread, one after the other; `answer`
 * is called on any thread, exactly once, possibly before door_knock returns.
 * MEMORY: http allocates the knock (embedded in its own struct) and keeps it
 * until answer was called and it has entered or left; the door takes the
 * request. `answer` copies the struct verdict; its strings live until
 * door_enter or door_leave.
 */
#ifndef CLEAT_HOST_DOOR_H
#define CLEAT_HOST_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/login.h"
#include "wire/extension.h"

struct relay;
struct request;
struct route;

/* Stands in every answer that sends the peer away for now, unless it is known
 * for how long. */
#define RETRY_AFTER "Retry-After: 5\r\n"
enum { DOOR_RETRY_MAX = 40 };

struct verdict {
	int status;	      /* 101, or what to refuse with */
	const char *protocol; /* the subprotocol to confirm, or NULL */
	const char *headers;  /* "Name: value\r\n" lines to add, or NULL */
	const char *body;     /* the sentence of a refusal; NULL with 101 */
};

struct knock {
	struct route *route;	 /* holds a reference until enter or leave */
	struct request *request; /* taken by door_knock */
	const char *protocol;	 /* that the handshake chose, or NULL */
	struct deflate_terms deflate; /* that were agreed on */
	void (*answer)(struct knock *, const struct verdict *);
	/* The door's own. */
	struct cleat_conn *conn;
	struct login login;
	char retry[DOOR_RETRY_MAX]; /* Retry-After, or "" */
};

/* Will it have answered when door_knock() returns? */
bool door_answers_at_once(const struct route *);
void door_knock(struct knock *);
/* While it is judged: should it be refused, it may come back then. */
void door_retry(struct knock *, uint64_t ms);
/* Takes fd and the reference to the TLS behind it (or to NULL), copies the
 * early bytes. */
void door_enter(
    struct knock *, int fd, struct relay **, const void *early, size_t n);
void door_leave(struct knock *);

#endif
