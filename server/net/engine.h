/* SPDX-License-Identifier: MIT
 *
 * engine.h - what worker.c and conn_*.c know of each other, and nobody else.
 *
 *   conn_in     bytes to messages: the turn
 *   conn_out    messages to bytes: the block, the queue, its marks
 *   conn_publish  the same for what many hear
 *   conn_extra  compression, and who is measured
 *   conn_end    how it ends: closing handshake, `closed`, `released`
 *   conn_rate   how much a peer may say in a second
 *   conn_clock  what is due: heartbeat, timeouts
 *   conn_life   start, settle, work: what ties them together
 *
 * A turn is one connection's go at its input. What it sends meanwhile is
 * collected in the worker's block and leaves in one write when the turn
 * ends. What others send to it, or it sends outside its turn, goes to its
 * queue; conn_touch() has the worker write it before the round ends.
 *
 * THREADS: owner worker.
 */
#ifndef CLEAT_NET_ENGINE_H
#define CLEAT_NET_ENGINE_H

#include "net/conn.h"
#include "net/worker.h"
#include "net/worker_struct.h"

enum {
	/* A step is small enough to be in the cache when it is unmasked. What
	 * is never used of the room costs nothing. */
	RECV_STEP = 256 * 1024,
	RECV_ROOM = 2 * 1024 * 1024,
	BLOCK_ROOM = 256 * 1024,
	/* From this size on bytes are received into, and sent from, where
	 * they are instead of being copied. */
	DIRECT_IN = 16 * 1024,
	DIRECT_OUT = 32 * 1024,
};

static inline uint64_t
conn_now_ms(const struct conn *c)
{
	return loop_now_ms(c->worker->loop);
}

/* Puts it on the worker's list: it has work left in this or the next round. */
void conn_touch(struct conn *);
/* Does it. */
void conn_work(struct conn *);
/* After anything that happened to it, outside all calls. */
void conn_settle(struct conn *);

/* conn_in */
bool conn_reading(const struct conn *);
void conn_turn(struct conn *);

/* conn_rate */
int conn_rate_start(struct conn *); /* 0 or -ENOMEM */
/* So much has been received; this has been parsed. Too much ends it, and false
 * means that the event is not for the handler. */
void conn_rate_bytes(struct conn *, size_t n);
bool conn_rate_event(struct conn *, const struct message_event *);

/* conn_out */
void conn_begin_turn(struct conn *);
void conn_end_turn(struct conn *);
void conn_flush(struct conn *);
void conn_control(struct conn *, int opcode, const void *, size_t);
bool conn_at_low(const struct conn *);
void conn_drop_queue(struct conn *);
/* Drops all but the rest of a frame; false if even that is more. */
bool conn_cut_queue(struct conn *, size_t most);

/* conn_end */
void conn_peer_closed(struct conn *, unsigned code, const void *, size_t);
void conn_violated(struct conn *, enum ws_violation);
void conn_lost(struct conn *);
void conn_tell(struct conn *);
void conn_bury(struct conn *);
/* Worker stops: says 1001 if the socket takes it, waits for nothing. */
void conn_cut(struct conn *);
/* It holds too much: gives back all of it that it can, and ends. */
void conn_shed(struct conn *);

/* conn_clock */
int conn_clock_start(struct conn *);
void conn_clock_earlier(struct conn *); /* some moment may have come nearer */
void conn_clock_drain(struct conn *);

#endif
