/* SPDX-License-Identifier: MIT
 *
 * login.h - who is it that knocks?
 *
 * Between the door's own rules and its limits: what the route's group `auth`
 * asks for is looked for in the request, judged (auth/auth.h) and wiped. What
 * takes time, a password, is judged on threads of its own, so that a flood of
 * logins holds up no job of a handler's.
 *
 * THREADS: begins on the HTTP thread; `done` is called there or on another
 * thread. The rest belongs to whoever has the knock or the handshake.
 * MEMORY: a login is part of the knock, and then of the handshake.
 */
#ifndef CLEAT_HOST_LOGIN_H
#define CLEAT_HOST_LOGIN_H

#include <stdint.h>

#include "wire/ws.h"

enum { LOGIN_THREADS = 2, LOGIN_QUEUE = 64 };

struct cleat_conn;
struct details;
struct host;
struct identity;
struct knock;

/* What came of it; all zero where nobody asked. */
struct login {
	struct identity *who; /* NULL: nobody */
	const char *type;     /* "Bearer" ...; NULL: nobody */
	const char *why;      /* not, for the log, or NULL */
	const char *headers;  /* of the refusal, or NULL */
	int status;	      /* that a handler refuses with, or 0 */
	struct details *said; /* what else it says, or NULL */
};

/* Owner worker, an open connection: a token in the place of the one it came
 * with, judged by what the configuration says now. CLEAT_OK, or why not. */
int login_renew(struct cleat_conn *, const char *token);

/* Finds out and calls `done`, once. The route has a group `auth`. */
void login_begin(struct knock *, struct host *,
    void (*done)(struct knock *, enum ws_refusal));
void login_free(struct login *);

/* REMOTE_USER, AUTH_TYPE, AUTH_*; NULL: not known. */
const char *login_var(const struct login *, const char *name);

/* Main thread, before such a route is there: 0 or -errno. */
int login_start(struct host *);

#endif
