/* SPDX-License-Identifier: MIT
 *
 * outgoing.h - what conn_out.c and conn_publish.c share: a frame on its way to
 * one connection, and when its queue is long.
 *
 * THREADS: owner worker.
 */
#ifndef CLEAT_NET_OUTGOING_H
#define CLEAT_NET_OUTGOING_H

#include "net/engine.h"

struct outgoing {
	struct iovec iov[2]; /* header, data */
	size_t size;
	struct payload *shared; /* or NULL */
	bool control;
	bool kept;	/* never dropped */
	bool follows;	/* beyond the limits, if need be */
	bool published; /* by somebody to whom BUSY means nothing */
};

/* Is n more than so many percent of `of`? Without a division; nothing that
 * keys.def allows comes near an overflow. */
static inline bool
conn_above(uint64_t n, uint64_t of, uint64_t percents)
{
	return n * 100 > of * percents;
}

/* Would the queue be above its high mark with so much more in it? */
static inline bool
conn_high_with(const struct conn *c, size_t bytes, uint64_t messages)
{
	const struct rules *r = c->rules;

	return conn_above(
		   c->out.bytes + bytes, r->queue_bytes, r->queue_high) ||
	       conn_above(c->out.messages + messages, r->queue_messages,
		   r->queue_high);
}

/* `o` says what it is; iov and size are filled in. `first` as in
 * frame_put(). */
enum conn_sent conn_send_frame(
    struct conn *, unsigned first, const void *, size_t n, struct outgoing *o);

#endif
