/* SPDX-License-Identifier: MIT
 *
 * session.c - one connection as its handler sees it.
 *
 * THREADS, MEMORY: see session.h. RFC 6455 sections 4.2.2, 7.1.4.
 */
#include "config.h"

#include "host/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/identity.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "host/access.h"
#include "host/call.h"
#include "host/handshake.h"
#include "host/held.h"
#include "host/host.h"
#include "host/host_struct.h"
#include "host/mount.h"
#include "host/request.h"
#include "host/timer.h"
#include "net/address.h"
#include "topics/hub.h"

enum { KEPT_ALWAYS = 5, KEEP_VARS_MAX = 64 };

struct route *
session_row(const struct cleat_conn *c)
{
	const struct route *row =
	    (const struct route *)(const void *)((const char *)c->conn.rules -
						 offsetof(struct route, rules));

	return &row->site->routes[row - row->site->routes];
}

struct cleat_conn *
session_new(struct route *row, struct cleat_route *r)
{
	struct cleat_conn *c = pool_get(&row->mount->sessions);

	if (!c)
		return NULL;
	c->conn.rules = &row->rules;
	c->conn.tally = &r->tally; /* see session_route() */
	c->conn.parts = r->handler->on_part != NULL;
	return c;
}

struct session_more *
session_more(struct cleat_conn *c)
{
	if (c->more)
		return c->more;
	c->more = calloc(1, sizeof(*c->more));
	if (c->more)
		list_init(&c->more->held);
	return c->more;
}

/* --- variables ---------------------------------------------------------- */

static const char *
handshake_var(const struct handshake *h, const char *name)
{
	const char *value = details_var(h->details, name);

	if (!value)
		value = login_var(&h->login, name);
	if (value)
		return value;
	if (strcmp(name, "CLEAT_PROTOCOL") == 0)
		return h->details && h->details->protocol ? h->details->protocol
							  : h->protocol;
	return request_var(h->request, name);
}

const char *
session_var(const struct cleat_conn *c, const char *name)
{
	if (c->stage == SESSION_HANDSHAKE)
		return handshake_var(c->handshake, name);
	return kept_var(c->kept, name);
}

bool
session_address(const struct cleat_conn *c, struct address *from)
{
	const char *text = session_var(c, "REMOTE_ADDR");

	return text && address_parse(from, text, strlen(text));
}

/* It was counted by the address that it still has. */
static void
leave_crowd(struct cleat_conn *c)
{
	struct address from;

	if (c->crowded && session_address(c, &from))
		crowd_leave(&session_row(c)->mount->host->crowd, &from);
	c->crowded = 0;
}

enum {
	KEPT_MAX =
	    KEPT_ALWAYS + KEEP_VARS_MAX + DETAILS_ATTRS_MAX + IDENTITY_ATTRS_MAX
};

/* What is to be kept, and the names of attributes as a handler says them. */
struct keeping {
	size_t n;
	struct kept_var vars[KEPT_MAX];
	char names[IDENTITY_ATTRS_MAX][sizeof("AUTH_") + IDENTITY_NAME_MAX];
};

static void
keep(struct keeping *k, const char *name, const char *value)
{
	k->vars[k->n++] = (struct kept_var){ name, value };
}

static void
keep_attributes(struct keeping *k, const struct login *l)
{
	size_t n = l->who ? l->who->n_attrs : 0;

	for (size_t i = 0; i < n; i++) {
		snprintf(k->names[i], sizeof(k->names[i]), "AUTH_%s",
		    identity_name(l->who, i));
		keep(k, k->names[i], identity_value(l->who, i));
	}
}

/* What every connection keeps; of a login is what another may change. */
static const struct {
	const char *name;
	bool of_login;
} always[KEPT_ALWAYS] = {
	{ "REMOTE_ADDR", false },
	{ "PATH_INFO", false },
	{ "CLEAT_PROTOCOL", false },
	{ "REMOTE_USER", true },
	{ "AUTH_TYPE", true },
};

/* Exchanges the handshake for what is kept of it. Of two variables of one
 * name the first is found. */
static bool
keep_vars(struct cleat_conn *c)
{
	struct config_strings more = session_row(c)->conf->limits.keep_vars;
	struct handshake *h = c->handshake;
	const struct details *d = h->details;
	struct keeping k = { .n = 0 };
	struct kept *kept;
	bool done;

	for (size_t i = 0; i < KEPT_ALWAYS; i++)
		keep(&k, always[i].name, handshake_var(h, always[i].name));
	for (size_t i = 0; i < more.n && i < KEEP_VARS_MAX; i++)
		keep(&k, more.v[i], handshake_var(h, more.v[i]));
	for (size_t i = 0; d && i < d->n_attrs; i++)
		keep(&k, d->attrs[i].name, d->attrs[i].value);
	keep_attributes(&k, &h->login);
	done = kept_new(&kept, k.vars, k.n);
	if (!done)
		leave_crowd(c);
	handshake_free(&h);
	c->stage = SESSION_OPEN;
	c->kept = kept;
	return done;
}

bool
session_know(struct cleat_conn *c, const struct login *l)
{
	struct config_strings more = session_row(c)->conf->limits.keep_vars;
	struct keeping k = { .n = 0 };
	struct kept *kept;

	for (size_t i = 0; i < KEPT_ALWAYS; i++)
		keep(&k, always[i].name,
		    always[i].of_login ? login_var(l, always[i].name)
				       : kept_var(c->kept, always[i].name));
	for (size_t i = 0; i < more.n && i < KEEP_VARS_MAX; i++)
		if (strncmp(more.v[i], "AUTH_", 5) != 0)
			keep(&k, more.v[i], kept_var(c->kept, more.v[i]));
	keep_attributes(&k, l);
	if (!kept_new(&kept, k.vars, k.n))
		return false;
	kept_free(&c->kept);
	c->kept = kept;
	return true;
}

/* --- how long it may stay ----------------------------------------------- */

uint64_t
session_age_ms(const struct cleat_conn *c)
{
	uint32_t now = (uint32_t)(clock_ms() / 10);

	return (uint64_t)(now - c->opened_cs) * 10;
}

void
session_expire(struct cleat_conn *c, uint64_t until)
{
	uint64_t now = clock_wall_ms(), in_ms = UINT64_MAX;

	if (until > 0)
		in_ms = until > now ? until - now : 0;
	conn_expire(&c->conn, session_age_ms(c), in_ms);
}

/* What the handler has decided goes before what the token says. */
static void
expire_as_told(struct cleat_conn *c)
{
	const struct handshake *h = c->handshake;
	const struct identity *who = h->login.who;

	if (h->details && h->details->until > 0)
		session_expire(c, h->details->until);
	else if (who && who->expires > 0)
		session_expire(c, (uint64_t)who->expires * 1000);
}

/* --- opening, ending ---------------------------------------------------- */

void
session_opened(struct cleat_conn *c)
{
	struct cleat_route *r = session_route(c);
	struct stopwatch s;

	c->seen = 1;
	c->opened_cs = (uint32_t)(clock_ms() / 10);
	ledger_result(r->ledger, WS_R_NONE);
	access_upgraded(c);
	expire_as_told(c);
	if (r->handler->on_open) {
		call_enter(r, CALLBACK_OPEN, c->conn.id, &s);
		r->handler->on_open(c);
		call_leave(r, CALLBACK_OPEN, &s);
	}
	if (!keep_vars(c))
		conn_refuse(&c->conn, WS_V_NO_MEMORY);
}

static void
tell_free(struct cleat_conn *c)
{
	struct cleat_route *r = session_route(c);
	struct stopwatch s;

	if (!c->seen || !r->handler->on_free)
		return;
	call_enter(r, CALLBACK_FREE, c->conn.id, &s);
	r->handler->on_free(c);
	call_leave(r, CALLBACK_FREE, &s);
}

void
session_discard(struct cleat_conn *c)
{
	struct route *row = session_row(c);
	struct host *h = row->mount->host;
	bool guard = c->stage == SESSION_HANDSHAKE && c->handshake->told;

	tell_free(c);
	timers_drop_conn(c);
	held_drop(c);
	leave_crowd(c);
	free(c->more);
	if (c->stage == SESSION_HANDSHAKE)
		handshake_free(&c->handshake);
	else
		kept_free(&c->kept);
	if (c->counted) {
		count_leave(&row->ledger->inside);
		count_leave(&h->inside);
	} else if (!guard) {
		count_leave(&h->refusing);
	}
	ceiling_sub(&h->ceiling, row->mount->sessions.size);
	pool_put(&row->mount->sessions, c);
	mount_leave(row->mount);
	route_unref(&row);
}

/* --- what net calls ----------------------------------------------------- */

static void
session_message(struct conn *conn, int type, const uint8_t *p, size_t n)
{
	struct cleat_conn *c = session_of(conn);
	struct cleat_route *r = session_route(c);
	struct stopwatch s;

	c->messages_in++;
	c->bytes_in += n;
	if (!r->handler->on_message || c->muted)
		return;
	call_enter(r, CALLBACK_MESSAGE, conn->id, &s);
	r->given = (struct given){ p, n, type };
	r->handler->on_message(c, type, p, n);
	r->given.data = NULL;
	call_leave(r, CALLBACK_MESSAGE, &s);
}

static void
session_part(struct conn *conn, int type, const uint8_t *p, size_t n,
    bool first, bool last)
{
	struct cleat_conn *c = session_of(conn);
	struct cleat_route *r = session_route(c);
	int flags = (first ? CLEAT_FIRST : 0) | (last ? CLEAT_LAST : 0);
	struct stopwatch s;

	c->messages_in += last;
	c->bytes_in += n;
	if (c->muted)
		return;
	call_enter(r, CALLBACK_PART, conn->id, &s);
	r->handler->on_part(c, type, p, n, flags);
	call_leave(r, CALLBACK_PART, &s);
}

/* What a turn took, its on_message or on_part took: nothing else that may be
 * slow happens in one. */
static void
session_lingered(struct conn *conn, uint64_t ms)
{
	call_took(session_route(session_of(conn)), ms);
}

static void
session_drained(struct conn *conn)
{
	struct cleat_conn *c = session_of(conn);
	struct cleat_route *r = session_route(c);
	struct stopwatch s;

	if (!r->handler->on_drain || c->muted)
		return;
	call_enter(r, CALLBACK_DRAIN, conn->id, &s);
	r->handler->on_drain(c);
	call_leave(r, CALLBACK_DRAIN, &s);
}

static void
session_closed(struct conn *conn, const struct conn_end *end)
{
	struct cleat_conn *c = session_of(conn);
	struct cleat_route *r = session_route(c);
	char reason[WS_REASON_MAX + 1] = "";
	size_t n =
	    end->reason_len < WS_REASON_MAX ? end->reason_len : WS_REASON_MAX;
	struct stopwatch s;

	if (c->muted)
		return;
	if (n > 0)
		memcpy(reason, end->reason, n);
	access_closed(c, end);
	c->stage = SESSION_CLOSED;
	if (r->handler->on_close) {
		call_enter(r, CALLBACK_CLOSE, conn->id, &s);
		r->handler->on_close(c, end->code, (cleat_str){ reason, n });
		call_leave(r, CALLBACK_CLOSE, &s);
	}
	/* Behind on_close, which may ask what topics it had. */
	if (c->more)
		hub_leave(&c->more->client);
}

static void
session_released(struct conn *conn)
{
	session_discard(session_of(conn));
}

const struct conn_calls host_conn_calls = {
	.message = session_message,
	.part = session_part,
	.lingered = session_lingered,
	.drained = session_drained,
	.closed = session_closed,
	.released = session_released,
};
