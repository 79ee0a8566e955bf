/* SPDX-License-Identifier: MIT
 *
 * conn_end.c - how a connection ends.
 *
 *   OPEN ──we close──► CLOSING ──peer's close──► LINGER ──end of file──► LOST
 *    ├───────peer's close, violation───────────────▲                     ▲
 *    └──socket lost, or too late: from every state ──────────────────────┘
 *
 * The first thing that decides the end is the one reported: a row of
 * ws.def, the handler's or the peer's close, or, without any, 1006. In
 * LINGER our side of the socket is shut as soon as the queue is empty, and
 * what the peer still sends is read and thrown away: closing a socket with
 * unread bytes sends a reset, which would destroy our close frame.
 *
 * THREADS: owner worker. MEMORY: one struct conn_closing for each
 * connection that ends with more to say than "lost".
 * RFC 6455 sections 5.5.1 and 7.1.
 */
#include "config.h"

#include "net/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "net/conn_extra.h"
#include "net/inbuf.h"

/* A peer whose memory is needed may take so much yet, and then its close frame;
 * who has more to take is cut off. */
enum { SHED_REST = 64 * 1024 };

struct conn_closing {
	int code;
	enum ws_violation cause;
	bool by_peer;
	uint8_t len;
	char reason[WS_REASON_MAX];
};

/* Says what is to be reported. Without memory the connection is cut off. */
static bool
decide(struct conn *c, const struct conn_end *end)
{
	struct conn_closing *k = malloc(sizeof *k);

	conn_extra_free(c);
	must(!c->closing && end->reason_len <= sizeof k->reason);
	if (!k) {
		conn_lost(c);
		return false;
	}
	*k = (struct conn_closing){ .code = end->code,
		.cause = end->cause,
		.by_peer = end->by_peer,
		.len = (uint8_t)end->reason_len };
	if (k->len > 0)
		memcpy(k->reason, end->reason, k->len);
	c->closing = k;
	return true;
}

/* An empty frame says that there is no code (1005 is never on the wire). */
static void
send_close(struct conn *c, int code, const char *reason, size_t n)
{
	uint8_t frame[WS_CONTROL_MAX];

	if (code == WS_CLOSE_NONE) {
		conn_control(c, WS_OP_CLOSE, NULL, 0);
		return;
	}
	frame[0] = (uint8_t)(code >> 8);
	frame[1] = (uint8_t)code;
	if (n > 0)
		memcpy(frame + 2, reason, n);
	conn_control(c, WS_OP_CLOSE, frame, n + 2);
}

static void
leave(struct conn *c, enum conn_state to)
{
	uint64_t within = c->rules->close_within_ms;

	if (c->state != CONN_LOST)
		c->state = to;
	c->ends_ms = within > 0 ? conn_now_ms(c) + within : UINT64_MAX;
	conn_clock_earlier(c);
	conn_touch(c);
}

static void
begin_close(struct conn *c, const struct conn_end *end, enum conn_state to)
{
	if (c->state != CONN_OPEN || !decide(c, end))
		return;
	send_close(c, end->code, end->reason, end->reason_len);
	leave(c, to);
}

void
conn_close(struct conn *c, int code, const char *reason, size_t n)
{
	begin_close(c,
	    &(struct conn_end){
		.code = code, .reason = reason, .reason_len = n },
	    CONN_CLOSING);
}

static void
refuse(struct conn *c, enum ws_violation v, enum conn_state to)
{
	const struct ws_violation_row *row = ws_violation(v);

	begin_close(c,
	    &(struct conn_end){ .code = row->code,
		.reason = row->reason,
		.reason_len = strlen(row->reason),
		.cause = v },
	    to);
}

void
conn_refuse(struct conn *c, enum ws_violation v)
{
	refuse(c, v, CONN_CLOSING);
}

/* What comes after a violation cannot be understood any more. */
void
conn_violated(struct conn *c, enum ws_violation v)
{
	if (c->state == CONN_CLOSING)
		c->state = CONN_LINGER;
	else
		refuse(c, v, CONN_LINGER);
}

void
conn_peer_closed(struct conn *c, unsigned code, const void *reason, size_t n)
{
	if (c->state == CONN_CLOSING) {
		c->state = CONN_LINGER;
		return;
	}
	if (c->state != CONN_OPEN ||
	    !decide(c, &(struct conn_end){ .code = (int)code,
			   .reason = reason,
			   .reason_len = n,
			   .by_peer = true }))
		return;
	send_close(c, (int)code, NULL, 0);
	leave(c, CONN_LINGER);
}

void
conn_lost(struct conn *c)
{
	must(c->state != CONN_DEAD);
	c->state = CONN_LOST;
	conn_touch(c);
}

void
conn_tell(struct conn *c)
{
	struct conn_end end = {
		.code = WS_CLOSE_ABNORMAL, .reason = "", .by_peer = true
	};
	const struct conn_closing *k = c->has_extra ? NULL : c->closing;

	if (c->told || (!k && c->state != CONN_LOST))
		return;
	if (k)
		end = (struct conn_end){ .code = k->code,
			.reason = k->reason,
			.reason_len = k->len,
			.cause = k->cause,
			.by_peer = k->by_peer };
	c->told = true;
	stat_add(&c->tally->codes[tally_code_index(end.code)], 1);
	stat_add(&c->tally->causes[end.cause], 1);
	c->worker->calls->conn->closed(c, &end);
}

void
conn_bury(struct conn *c)
{
	struct worker *w = c->worker;

	conn_extra_free(c);
	if (c->stream.tls)
		stat_add(&w->held, -(uint64_t)CEILING_TLS_BYTES);
	loop_del(w->loop, c->stream.fd);
	stream_close(&c->stream);
	deadline_clear(w->loop, &c->deadline);
	conns_remove(&w->conns, c);
	stat_set(&w->count, w->conns.count);
	conn_drop_queue(c);
	inbuf_free(&c->in);
	free(c->closing);
	c->closing = NULL;
	stat_add(&c->tally->connections, UINT64_MAX); /* one less */
	c->state = CONN_DEAD;
	list_del(&c->work);
	list_add_tail(&w->dead, &c->work);
}

void
conn_cut(struct conn *c)
{
	conn_refuse(c, WS_V_GOING_AWAY);
	if (!sendq_empty(&c->out))
		conn_flush(c);
	if (c->state != CONN_DEAD)
		conn_lost(c);
}

void
conn_shed(struct conn *c)
{
	bool fits = conn_cut_queue(c, SHED_REST);

	inbuf_free(&c->in);
	c->rest_ready = false;
	if (c->state == CONN_OPEN)
		conn_violated(c, WS_V_MAX_MEMORY);
	else
		fits = false;
	if (!fits && c->state != CONN_DEAD)
		conn_lost(c);
	conn_settle(c);
}
