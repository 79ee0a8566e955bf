/* SPDX-License-Identifier: MIT
 *
 * client.h - the conversation of `cleat connect`, and its two halves.
 *
 * client.c: what is said and when it ends. client_lws.c: how libwebsockets
 * is set up, and its log, headers and errors translated.
 *
 * THREADS: libwebsockets' loop on the main thread; the reader of standard
 * input (lines.h) only wakes it. MEMORY: struct client on main's stack.
 */
#ifndef CLEAT_TOOLS_CLIENT_H
#define CLEAT_TOOLS_CLIENT_H

#include <libwebsockets.h>

#include "connect.h"
#include "lines.h"
#include "wire/ws.h"

enum client_state {
	CLIENT_CONNECTING,
	CLIENT_TALKING,
	CLIENT_CLOSING, /* our close frame is due, or out */
	CLIENT_DONE,
};

struct client {
	const struct connect_options *opt;
	struct lws_context *context;
	struct lws *wsi;
	struct lines *lines; /* NULL: nothing is read */
	enum client_state state;
	bool input_ended, ping_due;
	bool prompt, terminal; /* a person types, a person reads */
	size_t next_message;   /* of opt->messages */
	uint64_t sent, received;
	lws_sorted_usec_list_t wait_timer, ping_timer;
	lws_usec_t ping_sent;
	unsigned close_code;
	char close_reason[WS_REASON_MAX + 1];
	int exit_code;
};

/* Says a sentence on standard error. */
void client_say(const struct client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The one callback that libwebsockets gets; client.c. */
int client_event(struct lws *wsi, enum lws_callback_reasons why, void *user,
    void *in, size_t len);

/* Makes the context and begins to connect. Returns 0, or -1 after telling
 * why. client_lws_fini() follows in both cases. */
int client_lws_init(struct client *c) __attribute__((warn_unused_result));
void client_lws_fini(struct client *c);

/* Appends our headers to the handshake; -1 where they do not fit. */
int client_lws_headers(struct client *c, struct lws *wsi, unsigned char **at,
    size_t room) __attribute__((warn_unused_result));

/* Tells why there is no connection; returns the exit code. */
int client_lws_refused(struct client *c, struct lws *wsi, const char *why);

#endif
