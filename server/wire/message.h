/* SPDX-License-Identifier: MIT
 *
 * message.h - a client's bytes in, events out: the server's receiving half.
 *
 * The caller feeds what it has received; each call answers with one event and
 * the number of bytes that it used up. Payloads are unmasked in place and
 * events point into the caller's bytes: nothing is copied or kept. A whole
 * message in one frame is one DATA event with first and last set. A payload
 * that is cut, by fragments or by the network, comes as several; text is
 * validated piece by piece, so 1007 is raised at the first impossible byte.
 * A compressed message is handed out as it is: what it stands for, whether
 * that is text and how long it is the caller finds out (max_message bounds
 * what was sent, with room for what a compressor adds in vain).
 *
 * After CLOSE or VIOLATION there are no more events: all further bytes are
 * used up in silence. Answering pings, echoing the close and every clock are
 * the caller's.
 *
 * THREADS: whoever owns the struct. MEMORY: none; the state is the caller's.
 * RFC 6455 sections 5.4, 5.5, 6.2, 7.1.5, 8.1; RFC 7692 section 6.
 */
#ifndef CLEAT_WIRE_MESSAGE_H
#define CLEAT_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/utf8.h"
#include "wire/ws.h"

/* The largest thing that is used up only as a whole: a control frame with its
 * header. A data frame's header is one too, its payload is not. So at most
 * MESSAGE_UNIT_MAX - 1 bytes ever remain after MESSAGE_MORE, and a buffer of
 * MESSAGE_UNIT_MAX always has room to complete them. */
enum { MESSAGE_UNIT_MAX = 6 + WS_CONTROL_MAX };

/* What its counts can hold. */
#define MESSAGE_MAX UINT32_MAX

struct message_rules {
	uint64_t max_message; /* bytes of payload; at most MESSAGE_MAX count */
	uint64_t max_fragments; /* frames of one message, at least 1 */
	bool deflate;		/* permessage-deflate was agreed on */
};

/* All zero: a connection that has just been opened. */
struct message {
	uint32_t left;	  /* payload of the current data frame to come */
	uint32_t size;	  /* of the message, all frames announced so far */
	uint32_t frames;  /* of the message, so far */
	struct utf8 utf8; /* of the message, if it is text */
	uint8_t type;	  /* WS_OP_TEXT, WS_OP_BINARY; 0 between messages */
	uint8_t key[4];	  /* of the current data frame */
	uint8_t phase;	  /* payload bytes of it used up, modulo 4 */
	bool fin : 1;	  /* the current data frame is the message's last */
	bool begun : 1;	  /* an event of this message has been handed out */
	bool deflated : 1;
	bool over; /* CLOSE or VIOLATION has been handed out */
};

enum message_kind {
	MESSAGE_MORE, /* feed the rest again, with more behind it */
	MESSAGE_DATA,
	MESSAGE_PING,
	MESSAGE_PONG,
	MESSAGE_CLOSE,
	MESSAGE_VIOLATION,
};

struct message_event {
	enum message_kind kind;
	enum ws_opcode type;	     /* DATA: WS_OP_TEXT or WS_OP_BINARY */
	uint8_t *data;		     /* DATA, PING, PONG; CLOSE: the reason */
	size_t len;		     /* may be 0 */
	bool first, last;	     /* DATA: of the message's pieces */
	bool deflated;		     /* DATA: compressed, text not validated */
	unsigned close_code;	     /* CLOSE: 1005 if the peer gave none */
	enum ws_violation violation; /* VIOLATION; only then its value counts */
};

/* Reads p[0..n), which it changes, up to the next event. Returns the bytes
 * used up: the next call starts behind them. After MESSAGE_MORE fewer than
 * MESSAGE_UNIT_MAX remain. ev->data borrows from p. */
__attribute__((warn_unused_result)) size_t
message_next(struct message *, const struct message_rules *, uint8_t *p,
    size_t n, struct message_event *ev);

/* Payload bytes that the current data frame still lacks, 0 between frames.
 * Up to so many may be received straight into the place where the message
 * is assembled, and fed from there: they come back as DATA, unmoved. */
static inline uint64_t
message_want(const struct message *m)
{
	return m->left;
}

/* Frames so far of the message that the DATA event just handed out belongs to,
 * 0 if it has no more than one. Asked once for each such event: what is over
 * is forgotten. */
static inline uint32_t
message_fragments(struct message *m)
{
	uint32_t n = m->frames > 1 || !m->fin ? m->frames : 0;

	if (m->type == 0)
		m->frames = 0;
	return n;
}

#endif
