/* SPDX-License-Identifier: MIT
 *
 * load_conn.h - one connection of `cleat load`.
 *
 * Its state is numbers: which message it sends, which it expects, how far.
 *
 * THREADS: one. MEMORY: the array of connections is the run's; a connection
 * owns its stream, its clock ring and, for a moment, a partial response head.
 */
#ifndef CLEAT_TOOLS_LOAD_CONN_H
#define CLEAT_TOOLS_LOAD_CONN_H

#include "load.h"
#include "load_stream.h"
#include "wire/frame.h"

enum {
	LOAD_HEAD_MAX = 16 * 1024,
	LOAD_CONTROL_FRAME_MAX = FRAME_CLIENT_MAX + WS_CONTROL_MAX,
};

enum load_state {
	LOAD_NEW,
	LOAD_CONNECTING, /* TCP */
	LOAD_SHAKING,	 /* TLS */
	LOAD_HANDSHAKE,
	LOAD_OPEN,
	LOAD_CLOSING, /* our close frame is out or about to be */
	LOAD_ENDED,
};

/* A place in the endless stream of frames that a connection sends. */
struct load_place {
	uint64_t seq;
	size_t offset;	/* in the frame of message seq, header included */
	size_t control; /* in the control frame that waits for a boundary */
};

struct load_conn {
	struct load_stream stream;
	enum load_state state;
	bool want_out, close_due, close_received, pong;
	uint32_t index;

	/* out */
	struct load_place place;
	uint64_t granted; /* messages below this number may be sent */
	uint64_t *began;  /* a ring of in_flight clock readings */
	size_t control_len;
	uint8_t control[LOAD_CONTROL_FRAME_MAX];

	/* in */
	uint64_t skipped;   /* messages before the first that is expected */
	uint64_t expected;  /* the message that must come next */
	size_t message_len; /* so far, or how far it fits the pattern */
	bool in_message, compressed;
	struct packed packed; /* of one that is compressed */
	struct frame frame;
	uint64_t frame_left;
	size_t head_len;
	uint8_t head[FRAME_CLIENT_MAX];
	size_t control_in_len;
	uint8_t control_in[WS_CONTROL_MAX];
	char *response; /* a partial response head, or NULL */
	size_t response_len;
};

/* Begins to connect. Failures go to load_failed() and end the connection. */
void load_conn_begin(struct load *l, struct load_conn *c);

/* Handles what epoll reported. */
void load_conn_ready(struct load *l, struct load_conn *c, uint32_t events);

/* Grants the first in_flight messages and sends what the socket takes. */
void load_conn_start(struct load *l, struct load_conn *c);

/* Sends a close frame, after what was already begun. */
void load_conn_close(struct load *l, struct load_conn *c);

/* Frees what the connection owns; any state. */
void load_conn_end(struct load *l, struct load_conn *c);

/* Sends as much as is due and the socket takes. */
void load_conn_flush(struct load *l, struct load_conn *c);

/* Ends the connection with a failure: the sentence names the connection. */
void load_conn_fail(struct load *l, struct load_conn *c, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* load_handshake.c: sends the request; reads the response. The latter
 * returns how many of the bytes belonged to it, or -1 with c ended. */
__attribute__((warn_unused_result)) int
load_handshake_send(struct load *l, struct load_conn *c);
ssize_t load_handshake_read(struct load *l, struct load_conn *c,
    const uint8_t *p, size_t n) __attribute__((warn_unused_result));

/* load_grant.c: who sends what c must receive; how much c still has to. */
struct load_conn *load_sender(const struct load *l, struct load_conn *c);
uint64_t load_awaited(const struct load *l, struct load_conn *c);
/* The sender may begin n more messages; it may not begin those that it has
 * not; c has received one more. */
void load_grant(struct load *l, struct load_conn *sender, uint64_t n);
void load_withdraw(struct load *l, struct load_conn *c);
void load_answered(struct load *l, struct load_conn *c);

/* load_wire.c: fills `out` with the bytes that follow `*at`, which advances;
 * returns how many. Calling again from the same place gives the same. */
size_t load_wire_fill(const struct load *l, const struct load_conn *c,
    struct load_place *at, uint8_t *out, size_t room);

/* Checks what was received. Returns false with c ended. */
bool load_wire_read(struct load *l, struct load_conn *c, const uint8_t *p,
    size_t n) __attribute__((warn_unused_result));

/* Queues a frame of at most WS_CONTROL_MAX bytes in the place of one that
 * waits; returns false where that one is half sent. */
bool load_wire_control(
    struct load_conn *c, enum ws_opcode op, const uint8_t *p, size_t n);

#endif
