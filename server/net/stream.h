/* SPDX-License-Identifier: MIT
 *
 * stream.h - the bytes of one connected socket.
 *
 * The only place that knows what carries a connection's bytes. Nothing here
 * blocks and nothing raises SIGPIPE, whatever the mode of the descriptor.
 *
 * THREADS: owner worker. MEMORY: the caller's.
 */
#ifndef CLEAT_NET_STREAM_H
#define CLEAT_NET_STREAM_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct stream {
	int fd; /* -1 when closed */
};

/* Takes a connected stream socket; on TCP small messages are not delayed
 * (TCP_NODELAY). */
void stream_init(struct stream *, int fd);
void stream_close(struct stream *);

/* Bytes moved; 0 from recv is the end; -EAGAIN: not now; else -errno. */
ssize_t stream_recv(struct stream *, void *, size_t);
ssize_t stream_writev(struct stream *, const struct iovec *, size_t n);

/* Says that nothing more will be sent. */
void stream_shutdown(struct stream *);

/* After a failed write: what has come in can still be received, then comes
 * the end. */
void stream_abandon(struct stream *);

#endif
