/* SPDX-License-Identifier: MIT
 *
 * conn_extra.c - what only some connections have while they are open: limits
 * of rate (conn_rate.c) and compression. It shares its place in struct conn
 * with what is known of the end, which comes when it goes.
 *
 * THREADS: owner worker. MEMORY: one struct conn_extra and what it holds.
 * RFC 7692 sections 6 and 7.2.
 */
#include "config.h"

#include "net/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "net/conn_extra.h"
#include "net/payload.h"
#include "wire/utf8.h"

struct conn_extra *
conn_extra(struct conn *c)
{
	if (c->has_extra)
		return c->extra;
	must(!c->closing);
	c->extra = calloc(1, sizeof *c->extra);
	c->has_extra = c->extra != NULL;
	return c->extra;
}

void
conn_extra_free(struct conn *c)
{
	if (!c->has_extra)
		return;
	free(c->extra->rates);
	deflate_free(&c->extra->deflate);
	free(c->extra);
	c->has_extra = c->rated = false;
	c->closing = NULL;
}

int
conn_deflate(struct conn *c, const struct deflate_terms *terms)
{
	struct conn_extra *extra;

	must(c->state == CONN_NEW && c->rules);
	if (!terms->on)
		return 0;
	extra = conn_extra(c);
	if (extra)
		extra->deflate =
		    deflate_new(terms, (unsigned)c->rules->deflate_level);
	if (!extra || !extra->deflate) {
		conn_extra_free(c);
		return -ENOMEM;
	}
	c->deflates = true;
	return 0;
}

size_t
conn_extra_takes(const struct conn *c)
{
	return c->has_extra && c->deflates ? deflate_takes(c->extra->deflate)
					   : 0;
}

void
conn_forget(struct conn *c)
{
	if (c->has_extra && c->deflates)
		deflate_forget(c->extra->deflate);
}

static bool
worth_packing(const struct rules *r, size_t n)
{
	return n >= r->deflate_min && n <= r->deflate_max;
}

bool
conn_pack(struct conn *c, const void *p, size_t n, struct deflate_bytes *out)
{
	struct deflate *d = c->extra->deflate;

	if (!worth_packing(c->rules, n) ||
	    deflate_pack(&c->worker->deflates, d, p, n, out) != 0)
		return false;
	if (out->n < n)
		return true;
	deflate_unsent(d);
	return false;
}

void
conn_pack_unsent(struct conn *c)
{
	if (c->has_extra)
		deflate_unsent(c->extra->deflate);
}

struct payload *
conn_pack_shared(struct conn *c, struct payload *s)
{
	if (!worth_packing(c->rules, s->len - s->head))
		return s;
	return deflate_pack_shared(&c->worker->deflates, c->extra->deflate, s);
}

bool
conn_unpack(struct conn *c, const struct message_event *ev, uint8_t *p,
    size_t n, struct deflate_bytes *out)
{
	int rc = deflate_unpack(&c->worker->deflates, c->extra->deflate, p, n,
	    c->rules->max_message, out);

	c->worker->turn.unpacked += out->n;
	if (rc == 0 && c->rated && out->n > n)
		conn_rate_bytes(c, out->n - n);
	if (c->state != CONN_OPEN)
		return false;
	if (rc == -ENOMEM)
		conn_refuse(c, WS_V_NO_MEMORY);
	else if (rc == -EMSGSIZE)
		conn_violated(c, WS_V_TOO_BIG);
	else if (rc != 0)
		conn_violated(c, WS_V_DEFLATE);
	else if (ev->type == WS_OP_TEXT && !utf8_valid(out->p, out->n))
		conn_violated(c, WS_V_BAD_UTF8);
	else
		return true;
	return false;
}
