/* SPDX-License-Identifier: MIT
 *
 * conn_struct.h - what a connection is while it lives; conn.h says what can
 * be done with it.
 *
 * Every open connection costs this struct and, while it is idle, nothing
 * else: buffers and queues exist only while there is something in them. So
 * each byte here is paid ten thousand times. No one but conn_*.c writes it
 * after conn_start().
 *
 * THREADS: owner worker only. MEMORY: see conn.h.
 */
#ifndef CLEAT_NET_CONN_STRUCT_H
#define CLEAT_NET_CONN_STRUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "net/loop.h"
#include "net/rules.h"
#include "net/sendq.h"
#include "net/stream.h"
#include "net/tally.h"
#include "wire/message.h"

struct conn_closing;
struct deflate;
struct inbuf;
struct rates;
struct worker;

enum conn_state {
	CONN_NEW, /* zeroed: not started */
	CONN_OPEN,
	CONN_CLOSING, /* our close frame is on its way, the peer's not in */
	CONN_LINGER,  /* all is said: what still comes is thrown away */
	CONN_LOST,    /* the socket is of no use any more */
	CONN_DEAD,    /* the socket is closed, `released` follows */
};

/* What only some connections have, while they are open. */
struct conn_extra {
	struct rates *rates;	 /* `rated`: what it may say yet */
	struct deflate *deflate; /* `deflates` */
};

/* An idle connection owns this struct and nothing else. The embedder sets
 * rules, tally, parts (and id, if it was told before) and no more. */
struct conn {
	/* A turn, and a message to many, need these. */
	struct source source;
	struct worker *worker;
	const struct rules *rules; /* borrowed, outlives the conn */
	struct tally *tally;	   /* borrowed, counted by this worker only */
	struct list work;	   /* on the worker's list: has work left */
	struct stream stream;
	uint8_t state : 4;   /* enum conn_state */
	uint8_t events : 4;  /* what epoll waits for */
	bool expires : 1;    /* ends_ms is conn_expire's */
	bool parts : 1;	     /* deliver pieces */
	bool paused : 1;     /* conn_pause */
	bool high : 1;	     /* queue above the high mark, not yet low */
	bool busy : 1;	     /* BUSY was answered, `drained` is owed */
	bool blocked : 1;    /* the socket is full */
	bool mute : 1;	     /* the socket takes no more, but may be read */
	bool shut : 1;	     /* our side of the socket is shut */
	bool pinged : 1;     /* since the last byte came in */
	bool in_parts : 1;   /* part of a message has been sent, not all */
	bool rest_ready : 1; /* `in` has more than the head of a frame */
	bool readable : 1;   /* the socket may have more, unannounced */
	bool ended : 1;	     /* the peer says no more, once all is read */
	bool drains : 1;     /* ends_ms is worker_drain's */
	bool told : 1;	     /* `closed` has been called */
	bool has_extra : 1;  /* of the union below */
	bool rated : 1;	     /* extra->rates is there */
	bool deflates : 1;   /* permessage-deflate was agreed on */
	bool straight : 1;   /* whole messages need no second look */
	struct sendq out;
	struct inbuf *in;     /* input kept between turns; NULL when none */
	uint64_t message_ms;  /* the last message, either way */
	uint32_t received_ms; /* the last byte; wraps: conn_clock.c */
	uint32_t moved_ms;    /* queued bytes began to wait, or last moved */
	union {
		struct conn_extra *extra;     /* while it is open, or NULL */
		struct conn_closing *closing; /* how it ends, once known */
	};

	struct message parser;
	struct deadline deadline; /* one for all clocks, always armed */
	uint64_t ends_ms; /* lifetime; then the closing handshake's end */
	uint64_t id;
};

/* What fetch() is to bring for all but input. */
enum { CONN_HOT = offsetof(struct conn, parser) };

#endif
