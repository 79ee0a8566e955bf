/* SPDX-License-Identifier: MIT
 *
 * api_conn.c - what handlers do with connections.
 *
 * THREADS, MEMORY: see api.h and cleat.h. RFC 6455 sections 5.6 and 7.4.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/api.h"
#include "host/handshake.h"
#include "host/held.h"
#include "host/host_struct.h"
#include "host/outgoing.h"
#include "host/session.h"
#include "wire/utf8.h"

_Static_assert((int)CLEAT_TEXT == (int)WS_OP_TEXT &&
		   (int)CLEAT_BINARY == (int)WS_OP_BINARY,
    "a kind is an opcode");

static int
result_of(enum conn_sent sent)
{
	switch (sent) {
	case CONN_SENT:
		return CLEAT_OK;
	case CONN_BUSY:
		return CLEAT_BUSY;
	case CONN_DROPPED:
		return CLEAT_DROPPED;
	case CONN_GONE:
		return CLEAT_GONE;
	case CONN_NOMEM:
		return CLEAT_ENOMEM;
	case CONN_ORDER:
		break;
	}
	return CLEAT_EINVAL;
}

static bool
kind_valid(int kind, const void *data, size_t len)
{
	return (kind == CLEAT_TEXT || kind == CLEAT_BINARY) &&
	       (data || len == 0);
}

static int
send_checked(cleat_conn *c, int kind, const void *data, size_t len)
{
	enum conn_sent sent = conn_send(&c->conn, kind, data, len);

	if (sent >= 0) {
		c->messages_out++;
		c->bytes_out += len;
	}
	return result_of(sent);
}

/* Is this the very message that on_message was given? It is valid then. */
static inline bool
just_given(const cleat_route *r, int kind, const void *data, size_t len)
{
	const struct given *g = &r->given;

	return g->data == data && g->len == len && g->kind == kind;
}

int
api_send(cleat_conn *c, int kind, const void *data, size_t len)
{
	if (!c || !kind_valid(kind, data, len))
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "send"))
		return CLEAT_ETHREAD;
	if (kind == CLEAT_TEXT &&
	    !just_given(session_route(c), kind, data, len) &&
	    !utf8_valid(data, len))
		return api_not_text(session_route(c), "send");
	return send_checked(c, kind, data, len);
}

/* What does not fit on the stack is formatted again, into memory. */
int
api_sendf(cleat_conn *c, const char *fmt, ...)
{
	char small[1024];
	char *text = small;
	va_list ap;
	int n, result;

	if (!c || !fmt)
		return CLEAT_EINVAL;
	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		return CLEAT_EINVAL;
	if ((size_t)n >= sizeof(small)) {
		text = malloc((size_t)n + 1);
		if (!text)
			return CLEAT_ENOMEM;
		va_start(ap, fmt);
		vsnprintf(text, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	result = api_send(c, CLEAT_TEXT, text, (size_t)n);
	if (text != small)
		free(text);
	return result;
}

/* Does this piece fit behind those before it? */
static bool
part_valid(const cleat_conn *c, int kind, int flags)
{
	if (flags & ~(CLEAT_FIRST | CLEAT_LAST))
		return false;
	return c->part_kind == (flags & CLEAT_FIRST ? 0 : kind);
}

static bool
part_text_valid(struct utf8 *state, const void *data, size_t len, int flags)
{
	if (flags & CLEAT_FIRST)
		*state = (struct utf8){ 0 };
	if (utf8_feed(state, data, len) != len)
		return false;
	return !(flags & CLEAT_LAST) || utf8_done(state);
}

int
api_part(cleat_conn *c, int kind, const void *data, size_t len, int flags)
{
	bool last = (flags & CLEAT_LAST) != 0;
	enum conn_sent sent;
	struct utf8 text;

	if (!c || !kind_valid(kind, data, len))
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "part"))
		return CLEAT_ETHREAD;
	text = c->part;
	if (!part_valid(c, kind, flags))
		return CLEAT_EINVAL;
	if (kind == CLEAT_TEXT && !part_text_valid(&text, data, len, flags))
		return api_not_text(session_route(c), "part");
	sent = conn_send_part(
	    &c->conn, kind, data, len, (flags & CLEAT_FIRST) != 0, last);
	if (sent < 0)
		return result_of(sent);
	c->part = text;
	c->part_kind = last ? 0 : (uint8_t)kind & 3;
	c->messages_out += last;
	c->bytes_out += len;
	if (last)
		held_flush(c);
	return result_of(sent);
}

static bool
close_valid(int code, const char *reason)
{
	size_t n = reason ? strnlen(reason, WS_REASON_MAX + 1) : 0;

	return code > 0 && ws_close_sent((unsigned)code) &&
	       n <= WS_REASON_MAX && utf8_valid((const uint8_t *)reason, n);
}

int
api_close(cleat_conn *c, int code, const char *reason)
{
	if (!c || !close_valid(code, reason))
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "close"))
		return CLEAT_ETHREAD;
	if (!conn_is_open(&c->conn))
		return CLEAT_GONE;
	conn_close(&c->conn, code, reason, reason ? strlen(reason) : 0);
	return CLEAT_OK;
}

int
api_pause(cleat_conn *c, int on)
{
	if (!c)
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "pause"))
		return CLEAT_ETHREAD;
	if (!conn_is_open(&c->conn))
		return CLEAT_GONE;
	conn_pause(&c->conn, on != 0);
	return CLEAT_OK;
}

size_t
api_queued(cleat_conn *c)
{
	return c && api_here(session_route(c), "queued") ? conn_queued(&c->conn)
							 : 0;
}

cleat_id
api_id(cleat_conn *c)
{
	return c ? session_id(c) : 0;
}

cleat_conn *
api_find(cleat_route *r, cleat_id id)
{
	struct conn *conn;
	cleat_conn *c;

	if (!api_here(r, "find") || !r->attached ||
	    worker_of_id(id) != worker_index(r->worker))
		return NULL;
	conn = worker_find(r->worker, id);
	c = conn ? session_of(conn)
		 : handshake_find(r->host, worker_index(r->worker), id);
	return c && session_route(c) == r && !c->muted &&
		       c->stage != SESSION_CLOSED
		   ? c
		   : NULL;
}

void *
api_state(cleat_conn *c)
{
	return c && session_route(c)->handler->conn_size > 0 ? c->state : NULL;
}

cleat_route *
api_route(cleat_conn *c)
{
	return c ? session_route(c) : NULL;
}

void *
api_route_state(cleat_route *r)
{
	return api_here(r, "route_state") ? r->state : NULL;
}

int
api_send_to(cleat_id id, int kind, const void *data, size_t len)
{
	const struct callsite *here = callsite_here();

	if (!kind_valid(kind, data, len))
		return CLEAT_EINVAL;
	if (kind == CLEAT_TEXT && !utf8_valid(data, len))
		return api_not_text(here ? here->route : NULL, "send_to");
	return outgoing_send(host_current(), id, kind, data, len);
}

int
api_close_id(cleat_id id, int code, const char *reason)
{
	if (!close_valid(code, reason))
		return CLEAT_EINVAL;
	return outgoing_close(host_current(), id, code, reason);
}
