/* SPDX-License-Identifier: MIT
 *
 * ws.h - the vocabulary of WebSocket: opcodes, close codes, the violations
 * for which the host ends a connection, and the refusals of a handshake.
 *
 * Everything here is generated from ws.def, which says once what parser,
 * counters, logs, tests and the peer are told. It is not the place where a
 * rule is enforced: that is frame, message and handshake.
 *
 * THREADS: any; the tables are constant.
 * RFC 6455 sections 5.2 and 7.4.
 */
#ifndef CLEAT_WIRE_WS_H
#define CLEAT_WIRE_WS_H

#include <stdbool.h>
#include <stdint.h>

enum ws_opcode {
#define WS_OPCODE(NAME, value, label) WS_OP_##NAME = value,
#include "wire/ws.def"
};

enum ws_close {
#define WS_CODE(NAME, code, received, sent, section, meaning) \
	WS_CLOSE_##NAME = code,
#include "wire/ws.def"
};

/* A close frame's payload is a code of two bytes and a reason. */
enum { WS_CONTROL_MAX = 125, WS_REASON_MAX = WS_CONTROL_MAX - 2 };

enum ws_violation {
	WS_V_NONE,
#define WS_VIOLATION(NAME, layer, code, section, label, reason) WS_V_##NAME,
#include "wire/ws.def"
	WS_V_COUNT
};

enum ws_refusal {
	WS_R_NONE,
#define WS_REFUSAL(NAME, status, close, section, label, sentence) WS_R_##NAME,
#include "wire/ws.def"
	WS_R_COUNT
};

/* Who finds a violation: the bytes alone, or the host with its clocks. */
enum ws_layer { WS_LAYER_WIRE, WS_LAYER_HOST };

struct ws_close_row {
	uint16_t code;
	bool received; /* a peer may put it on the wire */
	bool sent;     /* a handler may close with it */
	const char *section, *meaning;
};

struct ws_violation_row {
	enum ws_layer layer;
	uint16_t code;	     /* close code */
	const char *section; /* of RFC 6455, or "IANA" */
	const char *label;   /* short snake_case: counters and logs */
	const char *reason;  /* what the peer reads, <= WS_REASON_MAX bytes */
};

struct ws_refusal_row {
	uint16_t status; /* HTTP */
	uint16_t close;	 /* the close code with refuse = "close", or 0 */
	const char *section, *label;
	const char *sentence; /* <= WS_REASON_MAX bytes, without a line end */
};

/* The row of a violation or refusal; must() hold: v is one of the table. */
const struct ws_violation_row *ws_violation(enum ws_violation v);
const struct ws_refusal_row *ws_refusal(enum ws_refusal r);

/* The row of a close code, NULL if it has none (3000 to 4999 may have none
 * and still be legal). */
const struct ws_close_row *ws_close_row(unsigned code);

/* May a peer put this code into a close frame? May a handler? */
bool ws_close_received(unsigned code);
bool ws_close_sent(unsigned code);

/* The code's meaning in words, never NULL. */
const char *ws_close_meaning(unsigned code);

#endif
