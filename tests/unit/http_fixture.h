/* SPDX-License-Identifier: MIT
 *
 * http_fixture.h - a real HTTP daemon over a folder of its own.
 */
#ifndef CLEAT_TESTS_HTTP_FIXTURE_H
#define CLEAT_TESTS_HTTP_FIXTURE_H

#include <stddef.h>
#include <sys/socket.h>

struct http;

struct http_fixture {
	struct http *http;
	char dir[64]; /* the root is dir/www */
};

/* Starts over an empty root; `keys` are more lines for the group `http`. */
void http_fixture_start(struct http_fixture *, const char *keys);
void http_fixture_stop(struct http_fixture *);

/* Reads another configuration and serves it: 0 or -errno. */
int http_fixture_reload(struct http_fixture *, const char *keys);

/* A connection to it. */
int http_fixture_connect(struct http_fixture *);

/* http_take() with what is known of an ordinary socket. */
void
http_fixture_take(struct http *, int fd, const struct sockaddr *, socklen_t);

/* Writes a file below the root; its time lies in the past, as that of most
 * files does, so that it may be kept in memory. */
void
http_fixture_put(struct http_fixture *, const char *name, const void *, size_t);

/* The metrics; static storage. */
const char *http_fixture_metrics(struct http_fixture *);

#endif
