/* SPDX-License-Identifier: MIT
 *
 * guard.h - a daemon whose routes ask who comes, and visitors that say so.
 */
#ifndef CLEAT_TESTS_GUARD_H
#define CLEAT_TESTS_GUARD_H

#include "daemon.h"
#include "raw.h"

/* Nothing that the daemon writes may have this in it; all secrets do. */
#define GUARD_MARK "dont-tell"

/* A prepared daemon with the probe and the file "tokens": ann (role=admin),
 * bob, cleo (expired), dora until `until`, whose tokens are their names
 * behind GUARD_MARK. */
void guard_prepare(struct daemon *);
/* The SHA-256 of a token in hex; of the last eight that were asked for. */
const char *guard_digest(const char *token);
/* A file below the daemon's directory that only its owner reads. */
void guard_write(struct daemon *, const char *name, const char *text);
/* Routes of the probe: "{ path = ...; auth: { ... }; }", that keep what a
 * credential might be found in. Unless `top` sets failed_logins nobody has to
 * wait after any. */
void guard_start(struct daemon *, const char *top, const char *routes);

/* The status of a handshake, and the head of the answer; the connection stays
 * open. */
int guard_knock(struct daemon *, struct raw *, const char *path,
    const char *headers, char head[2048]);
/* Only the status. */
int guard_status(struct daemon *, const char *path, const char *headers);

/* Ends the daemon; fails the test if a secret stands in its output. */
void guard_end(struct daemon *);

/* The keys of a route of the probe. */
#define GUARD_ROUTE(path, auth)                                       \
	"{ path = \"" path "\"; handler = \"probe\"; auth: { " auth   \
	" }; keep_vars = [ \"HTTP_AUTHORIZATION\", \"QUERY_STRING\"," \
	" \"REQUEST_URI\", \"HTTP_COOKIE\", \"HTTP_AUTH_ROLE\","      \
	" \"HTTP_REMOTE_USER\", \"HTTP_SEC_WEBSOCKET_PROTOCOL\" ];"   \
	" protocols = [ \"chat\", \"super\" ]; }"

#endif
