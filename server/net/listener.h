/* SPDX-License-Identifier: MIT
 *
 * listener.h - an address at which connections are accepted.
 *
 * TCP gets one socket for each worker (SO_REUSEPORT), but the first one is
 * bound without it, so that a second server on the same port is told
 * EADDRINUSE instead of sharing it in silence. UNIX and inherited sockets are
 * one descriptor that the workers share. Who accepts when is accept.h's.
 *
 * A reload keeps listeners whose key stays the same: closing one loses the
 * connections that wait in it.
 *
 * THREADS: open, close and the reload's questions on the main thread;
 * ref, unref and fd on any.
 * MEMORY: reference counted; the last reference closes the sockets.
 */
#ifndef CLEAT_NET_LISTENER_H
#define CLEAT_NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct listener;
struct proxies;
struct tls_server;

/* What to listen on. All strings are copied. */
struct listen_address {
	const char *address; /* "*", "127.0.0.1", "::1", "unix:/run/x" */
	uint16_t port;	     /* 0: the system picks one */
	uint32_t mode;	     /* UNIX: permission bits; 0: as umask says */
	const char *owner;   /* UNIX: "user" or "user:group"; NULL: ours */
	uint64_t number;     /* the caller's, to tell it from others */
};

/* 0 or -errno; `workers` sockets for TCP, `backlog` for each. "*" is IPv6
 * and IPv4, whichever the system has. `tag` is handed to `accepted`. */
int listener_open(struct listener **, const struct listen_address *,
    unsigned workers, int backlog, void *tag);

/* The same around a socket that listens already (LISTEN_FDS); takes fd. */
int listener_adopt(struct listener **, int fd, void *tag);

struct listener *listener_ref(struct listener *);
void listener_unref(struct listener **);

/* Has it been opened for this address (text and port)? */
bool listener_is(const struct listener *, const struct listen_address *);

/* What is spoken before HTTP: a header of the PROXY protocol, from these, and
 * TLS; with NULL not. */
struct speech {
	struct proxies *proxies;
	struct tls_server *tls;
};
void speech_unref(struct speech *);

/* What those that are accepted from now on speak. The first takes references
 * of its own, the second gives some. Any thread. */
void listener_set_speech(struct listener *, const struct speech *);
struct speech listener_speech(struct listener *);
bool listener_has_tls(const struct listener *);

/* "http://127.0.0.1:43211", "https://...", "unix:/run/cleat.sock"; for "*" and its like
 * "http://localhost:8080", which works on this machine. */
const char *listener_name(const struct listener *);
void *listener_tag(const struct listener *);
/* 0: inherited. */
uint64_t listener_number(const struct listener *);

/* Its sockets for a worker: one, or two ("*"). */
enum { LISTENER_FDS = 2 };
size_t
listener_fds(const struct listener *, unsigned worker, int fds[LISTENER_FDS]);

#endif
