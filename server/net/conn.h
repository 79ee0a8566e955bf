/* SPDX-License-Identifier: MIT
 *
 * conn.h - the life of one upgraded socket.
 *
 * Frames in, messages up; messages down, frames out; heartbeats, deadlines,
 * back-pressure and the closing handshake between. What a message means is
 * decided above: net calls upward only through struct conn_calls.
 *
 * A struct conn (conn_struct.h) is embedded in what the host keeps per
 * connection. The calls never nest: none of the functions below makes an
 * upward call before it returns; what they cause is delivered later in the
 * round.
 *
 * THREADS: owner worker only.
 * MEMORY: the embedder allocates it, zeroed; `released` gives it back. The
 * data of `message` and `part` is the worker's, until the call returns.
 */
#ifndef CLEAT_NET_CONN_H
#define CLEAT_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/conn_struct.h"
#include "wire/ws.h"

struct deflate_terms;
struct payload;

/* How it ended: the close code as the handler sees it (1005: none given,
 * 1006: lost), the reason, and why: a row of ws.def when the host ended it,
 * WS_V_NONE when the peer or the handler did. */
struct conn_end {
	int code;
	const char *reason;
	size_t reason_len;
	enum ws_violation cause;
	bool by_peer;
};

struct conn_calls {
	/* A whole message; text is valid UTF-8. */
	void (*message)(struct conn *, int type, const uint8_t *, size_t);
	/* Instead, for a conn with `parts` set: pieces as they arrive. */
	void (*part)(struct conn *, int type, const uint8_t *, size_t,
	    bool first, bool last);
	/* After a turn that took long: so many milliseconds, by a clock that
	 * is behind by a few of them. */
	void (*lingered)(struct conn *, uint64_t ms);
	/* The queue has fallen to the low mark after a send was BUSY. */
	void (*drained)(struct conn *);
	/* Once, the last call but `released`. */
	void (*closed)(struct conn *, const struct conn_end *);
	/* Nothing of net points at it any more. */
	void (*released)(struct conn *);
};

/* Answers of the sending functions; the negative ones: nothing happened. */
enum conn_sent {
	CONN_SENT = 0,
	CONN_BUSY = 1,	   /* queued, above the high mark */
	CONN_DROPPED = -1, /* no room, and the policy says drop */
	CONN_GONE = -2,	   /* closing or closed */
	CONN_NOMEM = -3,
	CONN_ORDER = -4, /* a message inside one that leaves in parts, or a
			  * later part without the first */
};

/* What a slow peer may miss of what is published. */
enum conn_lose {
	CONN_KEEP,
	CONN_LOSE_FIRST,
	CONN_LOSE_NEXT,
	CONN_FOLLOWS, /* goes with the one before it, beyond the limits too */
};

/* Before conn_start(): messages are compressed as was agreed. 0 or -ENOMEM. */
int conn_deflate(struct conn *, const struct deflate_terms *);

/* Begins with a socket that has been upgraded: takes it and its session,
 * copies the `n` bytes that came early. An id is given if it has none. 0 or
 * -errno, then both are closed and `released` is not called. */
int conn_start(struct conn *, struct worker *, const struct stream *,
    const void *early, size_t n);

/* Type is WS_OP_TEXT or WS_OP_BINARY; text is the caller's to validate. An
 * empty queue takes one message of any size. After a first part the later
 * ones are never dropped: there QUEUE_DROP means QUEUE_CLOSE. */
enum conn_sent conn_send(struct conn *, int type, const void *, size_t);
enum conn_sent conn_send_part(
    struct conn *, int type, const void *, size_t, bool first, bool last);
/* A frame that several connections share; takes a reference of its own. */
enum conn_sent conn_send_shared(struct conn *, struct payload *);

/* A publication, which is the same but for this: a peer misses it while its
 * queue is above the low mark (CONN_LOSE_FIRST) or the high one; with `stored`
 * QUEUE_DROP means QUEUE_CLOSE; and nobody is told of BUSY or owed `drained`. */
enum conn_sent
conn_publish(struct conn *, struct payload *, enum conn_lose, bool stored);

/* Begins the closing handshake; queued messages leave first. The code is
 * one of ws_close_sent(), or WS_CLOSE_NONE for a close frame without any; the
 * reason has at most WS_REASON_MAX bytes. Later calls change nothing. */
void conn_close(struct conn *, int code, const char *reason, size_t);
/* The same for a row of ws.def: its code, its reason text, its counter. */
void conn_refuse(struct conn *, enum ws_violation);

/* Closes it with WS_V_EXPIRED in so many milliseconds, if max_lifetime does
 * not do so before; UINT64_MAX: never. A later call replaces an earlier one.
 * `age_ms`: how long it has been open. */
void conn_expire(struct conn *, uint64_t age_ms, uint64_t in_ms);

/* Stops and resumes delivery; data already read is held too. */
void conn_pause(struct conn *, bool on);
/* Bytes that wait for the socket. */
size_t conn_queued(const struct conn *);
bool conn_is_open(const struct conn *);

#endif
