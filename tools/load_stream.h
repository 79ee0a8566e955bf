/* SPDX-License-Identifier: MIT
 *
 * load_stream.h - the bytes of one connection of `cleat load`.
 *
 * A socket, or a TLS session on one: what is above need not know. Nothing
 * here blocks. A record that has been encrypted but that the socket does not
 * take is held, and counts as sent: `held` says that it wants to leave.
 *
 * THREADS: one. MEMORY: a stream owns its socket and its session, and does
 * not move while it has one; the sessions borrow what they share.
 */
#ifndef CLEAT_TOOLS_LOAD_STREAM_H
#define CLEAT_TOOLS_LOAD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct gnutls_session_int;
struct load_ahead;
struct load_tls;

struct load_stream {
	int fd;				    /* -1 when closed */
	struct gnutls_session_int *session; /* NULL: plain */
	struct load_ahead *ahead;	    /* during a read */
	bool held, follows;
	int wrong; /* what the session said last */
};

/* Who is trusted, for all sessions: the system's authorities, or those of
 * the file `ca`; with `insecure` anyone. `host` is what the certificate must
 * say. NULL: *why tells. */
struct load_tls *load_tls_new(const char *host, const char *ca, bool insecure,
    const char **why) __attribute__((warn_unused_result));
void load_tls_free(struct load_tls **);

/* Begins a session on the connected socket. 0 or -ENOMEM. */
int load_stream_secure(struct load_stream *, const struct load_tls *)
    __attribute__((warn_unused_result));
/* 0: done; -EAGAIN: not yet, *out says what it waits for; -EPROTO. */
int load_stream_shake(struct load_stream *, bool *out)
    __attribute__((warn_unused_result));

/* Bytes moved, 0 from recv is the end; -EAGAIN, or another -errno. Sending
 * nothing sends what is held. recv wants room for a record at least, and
 * leaves nothing in the session that the socket would not announce. */
ssize_t load_stream_send(struct load_stream *, const void *, size_t)
    __attribute__((warn_unused_result));
ssize_t load_stream_recv(struct load_stream *, void *, size_t)
    __attribute__((warn_unused_result));

/* What a negative answer means, in words; until the next call. */
const char *load_stream_why(const struct load_stream *, ssize_t rc);

/* Ends session and socket; any state. */
void load_stream_close(struct load_stream *);

#endif
