/* SPDX-License-Identifier: MIT
 *
 * backend.h - the HTTP back end of a test, as rude as the test wants it: it
 * says exactly the bytes it is told, when it is told.
 */
#ifndef CLEAT_TESTS_BACKEND_H
#define CLEAT_TESTS_BACKEND_H

#include <stdbool.h>
#include <stddef.h>

struct daemon;
struct raw;

struct backend {
	int listener, port;
	char path[128]; /* of a UNIX socket */
};

void backend_open(struct backend *);
void backend_open_unix(struct backend *, const char *path);
void backend_shut(struct backend *);

/* Waits for a connection; its descriptor. */
int backend_take(struct backend *);

/* Reads one whole request, which stays in the text. */
void backend_read(int fd, char *text, size_t size);

/* Says bytes; false: the other end has gone. */
bool backend_say(int fd, const char *bytes, size_t n);

/* Both at once, and closes. */
void backend_answer(struct backend *, const char *bytes);

/* Starts a prepared daemon with json-router, whose type "ask" is forwarded to
 * /orders?a=b of a back end with further keys of that type, and keys of the
 * router; a client comes in, and says in X-User who it is. */
void backend_api(struct backend *, struct daemon *, struct raw *,
    const char *keys, const char *more);

/* Waits until the other end has closed, reading whatever comes. */
void backend_await_end(int fd);

#endif
