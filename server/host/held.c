/* SPDX-License-Identifier: MIT
 *
 * held.c - what waits for the end of a message in parts.
 *
 * THREADS, MEMORY: see held.h. RFC 6455 section 5.4.
 */
#include "config.h"

#include "host/held.h"

#include <stdlib.h>

#include "host/session.h"
#include "net/payload.h"

_Static_assert((int)STORE_KEEP == (int)CONN_KEEP &&
		   (int)STORE_LOSE_FIRST == (int)CONN_LOSE_FIRST &&
		   (int)STORE_LOSE_NEXT == (int)CONN_LOSE_NEXT &&
		   (int)STORE_FOLLOWS == (int)CONN_FOLLOWS,
    "a store speaks as connections do");

struct held {
	struct list node;
	struct payload *payload;
	enum store_lose lose;
	bool published, stored;
};

static void
free_held(struct session_more *more, struct held *h)
{
	list_del(&h->node);
	more->n_held--;
	more->held_bytes -= h->payload->len;
	payload_unref(&h->payload);
	free(h);
}

static bool
fits(const cleat_conn *c, const struct payload *p)
{
	const struct rules *rules = c->conn.rules;
	const struct session_more *more = c->more;

	return more->n_held < rules->queue_messages &&
	       more->held_bytes + p->len <= rules->queue_bytes;
}

static void
refuse(cleat_conn *c, const struct held *what)
{
	if (c->conn.rules->queue_policy == QUEUE_DROP && !what->stored)
		stat_add(&c->conn.tally->dropped, 1);
	else
		conn_refuse(&c->conn, WS_V_SLOW_CONSUMER);
}

static void
hold(cleat_conn *c, struct payload *p, const struct held *what)
{
	struct session_more *more = session_more(c);
	struct held *h;

	if (more && what->lose != STORE_FOLLOWS && !fits(c, p)) {
		refuse(c, what);
		return;
	}
	h = more ? malloc(sizeof(*h)) : NULL;
	if (!h) {
		conn_refuse(&c->conn, WS_V_NO_MEMORY);
		return;
	}
	*h = *what;
	h->payload = payload_ref(p);
	list_init(&h->node);
	list_add_tail(&more->held, &h->node);
	more->n_held++;
	more->held_bytes += p->len;
}

static enum conn_sent
send_now(cleat_conn *c, const struct held *h, struct payload *p)
{
	enum conn_sent sent;

	if (h->published)
		sent = conn_publish(
		    &c->conn, p, (enum conn_lose)h->lose, h->stored);
	else
		sent = conn_send_shared(&c->conn, p);
	if (sent >= 0) {
		c->messages_out++;
		c->bytes_out += p->len - p->head;
	} else if (sent == CONN_NOMEM &&
		   (h->lose == STORE_KEEP || h->lose == STORE_FOLLOWS)) {
		conn_refuse(&c->conn, WS_V_NO_MEMORY); /* not a gap */
	}
	return sent;
}

void
held_send(cleat_conn *c, struct payload *p)
{
	const struct held h = { .lose = STORE_KEEP };

	if (send_now(c, &h, p) == CONN_ORDER)
		hold(c, p, &h);
}

void
held_publish(
    cleat_conn *c, struct payload *p, enum store_lose lose, bool stored)
{
	const struct held h = {
		.lose = lose, .published = true, .stored = stored
	};

	if (send_now(c, &h, p) == CONN_ORDER)
		hold(c, p, &h);
}

/* None of it can be refused for the order again: another message in parts
 * begins only when the handler runs, and that is after this. */
void
held_flush(cleat_conn *c)
{
	struct session_more *more = c->more;

	while (more && !list_empty(&more->held)) {
		struct held *h =
		    container_of(more->held.next, struct held, node);

		(void)send_now(c, h, h->payload);
		free_held(more, h);
	}
}

void
held_drop(cleat_conn *c)
{
	struct session_more *more = c->more;

	while (more && !list_empty(&more->held))
		free_held(
		    more, container_of(more->held.next, struct held, node));
}
