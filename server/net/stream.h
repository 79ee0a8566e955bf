/* SPDX-License-Identifier: MIT
 *
 * stream.h - the bytes of one connected socket.
 *
 * The only place that knows what carries a connection's bytes: a socket, or a
 * TLS session on one. Nothing here blocks and nothing raises SIGPIPE, whatever
 * the mode of the descriptor.
 *
 * THREADS: owner worker. MEMORY: the caller's.
 */
#ifndef CLEAT_NET_STREAM_H
#define CLEAT_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct tls;

/* Packed, because every connection has one and something small behind it. */
struct stream {
	struct tls *tls; /* NULL: plain */
	int fd;		 /* -1 when closed */
} __attribute__((packed, aligned(4)));

/* Takes a connected stream socket and its session or NULL; on TCP small
 * messages are not delayed (TCP_NODELAY). */
void stream_init(struct stream *, int fd, struct tls *);
void stream_close(struct stream *);

/* Bytes moved; 0 from recv is the end; -EAGAIN: not now; else -errno. */
ssize_t stream_recv(struct stream *, void *, size_t);
ssize_t stream_writev(struct stream *, const struct iovec *, size_t n);

/* May there be more to receive that the socket will not announce? */
bool stream_more(const struct stream *);

/* Says that nothing more will be sent. */
void stream_shutdown(struct stream *);

/* After a failed write: what has come in can still be received, then comes
 * the end. */
void stream_abandon(struct stream *);

#endif
