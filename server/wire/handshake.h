/* SPDX-License-Identifier: MIT
 *
 * handshake.h - header strings in, verdict out.
 *
 * It decides whether a request is a WebSocket handshake that this server can
 * accept, and what stands in the answer. It does not parse HTTP: the strings
 * come as an HTTP library hands them out, without surrounding blanks. Limits,
 * origins (origin.h) and the handler's opinion come after it.
 *
 * THREADS: any. MEMORY: none; the verdict points into the route's protocols.
 * RFC 6455 section 4.2.
 */
#ifndef CLEAT_WIRE_HANDSHAKE_H
#define CLEAT_WIRE_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/handshake_key.h"
#include "wire/ws.h"

/* A header that is absent is NULL. Of a list header that came several times
 * the caller joins the values by ", ". The counts tell how often a header
 * came that may come but once. */
struct handshake_request {
	const char *method;  /* "GET" */
	const char *version; /* "HTTP/1.1" */
	const char *host;
	const char *upgrade;	/* list */
	const char *connection; /* list */
	const char *key;	/* Sec-WebSocket-Key */
	const char *ws_version; /* Sec-WebSocket-Version */
	const char *protocols;	/* list: Sec-WebSocket-Protocol */
	const char *extensions; /* list: Sec-WebSocket-Extensions */
	unsigned hosts, keys, ws_versions;
};

struct handshake_verdict {
	unsigned status;	 /* 101, 400, 405 or 426 */
	enum ws_refusal refusal; /* WS_R_NONE with 101; else see ws_refusal() */
	char accept[HANDSHAKE_ACCEPT_LEN + 1]; /* Sec-WebSocket-Accept */
	const char *protocol; /* borrows from `offered`; NULL: send no header */
};

/* Judges a request. `offered` are the n subprotocols of the route: the first
 * one in the client's list that is among them is chosen (section 4.2.2 leaves
 * the choice to the server; the client's order is its preference). No match
 * is no refusal: the connection has then no subprotocol, which a browser that
 * asked for one takes as a failure. Extensions are checked for their syntax,
 * and none is accepted. A 405 needs "Allow: GET", a 426 needs "Upgrade:
 * websocket" and "Sec-WebSocket-Version: 13". */
void handshake_judge(const struct handshake_request *,
    const char *const offered[], size_t n, struct handshake_verdict *);

/* Is this one subprotocol name, that is, a token of RFC 9110? */
bool handshake_token_valid(const char *);

#endif
