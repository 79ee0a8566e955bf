/* SPDX-License-Identifier: MIT
 *
 * sendq.h - the frames that wait for one socket.
 *
 * A chain of chunks: copied bytes, or a reference to a shared payload. Or one
 * shared payload alone, which needs no chunk: most broadcasts find an empty
 * queue and leave it in the same round.
 *
 * It counts bytes, and data frames (control frames are no messages) exactly:
 * as bytes leave it follows the frame headers in its own data. It has no
 * opinion about limits; conn asks it and decides.
 *
 * THREADS: owner worker. MEMORY: an empty queue owns nothing. What a queue
 * takes, without the payloads that it shares, is counted in *held as long as
 * it has it.
 * RFC 6455 section 5.2 (the headers it follows are our own).
 */
#ifndef CLEAT_NET_SENDQ_H
#define CLEAT_NET_SENDQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct payload;
struct sendq_chunk;
struct stream;

/* All zero: empty. */
struct sendq {
	union {
		struct sendq_chunk *last; /* its `next` is the first */
		struct payload *alone;
	};
	size_t bytes;
	uint32_t messages;
	bool is_alone;
};

/* Drops what is left; or all but the rest of a frame that has begun to leave. */
void sendq_fini(struct sendq *);
void sendq_cut(struct sendq *);

static inline bool
sendq_empty(const struct sendq *q)
{
	return q->bytes == 0;
}

/* Copies whole frames: their headers stand in iov[0], the data of the last
 * may go on in iov[1]. The first `sent` bytes of them have left already
 * (only into an empty queue). 0 or -ENOMEM, then nothing is queued. */
__attribute__((warn_unused_result)) int sendq_put(
    struct sendq *, const struct iovec iov[2], size_t sent, uint64_t *held);

/* Queues a reference of its own: to an empty queue, which cannot fail. */
void sendq_alone(struct sendq *, struct payload *);
/* The same to any; or a copy, if that is cheaper. */
__attribute__((warn_unused_result)) int
sendq_share(struct sendq *, struct payload *, size_t sent, uint64_t *held);

/* Writes what the socket takes. 0: all has left; -EAGAIN: the rest waits;
 * else -errno, the socket is of no more use. */
__attribute__((warn_unused_result)) int
sendq_write(struct sendq *, struct stream *, uint64_t *held);

#endif
