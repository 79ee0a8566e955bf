/* SPDX-License-Identifier: MIT
 *
 * http_client.h - a raw HTTP client, for tests that look at every byte.
 *
 * Every failure fails the test that calls.
 */
#ifndef CLEAT_TESTS_HTTP_CLIENT_H
#define CLEAT_TESTS_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { REPLY_MAX = 1 << 21 };

struct reply {
	int status;
	char head[8192]; /* status line and headers, without the blank line */
	char *body;
	size_t len;
};

/* Two ends of a TCP connection over loopback; *peer is where *client is. */
void loopback(int *client, int *server, struct sockaddr_storage *peer,
    socklen_t *peer_len);

void say(int fd, const char *text);
void say_bytes(int fd, const void *, size_t);

/* Reads one answer; `has_body` false after a HEAD. */
void hear(int fd, bool has_body, struct reply *);
void reply_free(struct reply *);

/* The value of a header, or NULL; borrowed until the next call. */
const char *reply_header(const struct reply *, const char *name);

/* Reads exactly n bytes. */
void hear_bytes(int fd, void *, size_t n);

/* Has the other side closed? Waits for it. */
bool hear_end(int fd);

#endif
