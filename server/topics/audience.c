/* SPDX-License-Identifier: MIT
 *
 * audience.c - the subscribers of one topic on one worker.
 *
 * Their seats are an array: a message goes through it from one end to the
 * other, and who leaves gives the seat to the last. A seat is reserved when
 * a subscription begins, so that a JOINED needs no memory.
 *
 * THREADS, MEMORY: see hub.h and hub_struct.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/must.h"
#include "base/stats.h"
#include "net/conn_struct.h"
#include "topics/hub_struct.h"
#include "topics/store.h"
#include "topics/store_event.h"

enum {
	ROOM_FIRST = 2,
	ROOM_KEPT = 64,
	AHEAD = 4, /* so many connections before its turn one is fetched */
};

/* --- audiences ----------------------------------------------------------- */

static uint64_t
hash_of(const struct hub *h, const struct store_space *space, const char *topic)
{
	return hash_name(&h->seed, (uintptr_t)space, topic, strlen(topic));
}

static struct audience *
find_audience(
    const struct hub *h, const struct store_space *space, const char *topic)
{
	struct table_node *n;

	for (n = table_first(&h->audiences, hash_of(h, space, topic)); n;
	     n = table_next(n)) {
		struct audience *a = container_of(n, struct audience, node);

		if (a->space == space && strcmp(a->topic, topic) == 0)
			return a;
	}
	return NULL;
}

static struct audience *
get_audience(struct hub *h, struct store_space *space, const char *topic)
{
	struct audience *a = find_audience(h, space, topic);
	size_t n = strlen(topic) + 1;

	if (a)
		return a;
	a = calloc(1, sizeof *a + n);
	if (!a)
		return NULL;
	a->space = space;
	memcpy(a->topic, topic, n);
	table_add(&h->audiences, &a->node, hash_of(h, space, topic));
	return a;
}

static void
settle(struct hub *h, struct audience *a)
{
	if (a->users > 0)
		return;
	must(a->taken == 0);
	table_remove(&h->audiences, &a->node);
	free(a->seats);
	free(a);
}

static bool
set_room(struct audience *a, uint32_t room)
{
	struct seat *seats = realloc(a->seats, room * sizeof *seats);

	if (!seats)
		return false;
	a->seats = seats;
	a->room = room;
	return true;
}

static bool
reserve_seat(struct audience *a)
{
	if (a->wanted == a->room &&
	    !set_room(a, a->room ? 2 * a->room : ROOM_FIRST))
		return false;
	a->wanted++;
	return true;
}

static void
give_up_seat(struct audience *a)
{
	a->wanted--;
	if (a->room > ROOM_KEPT && a->wanted < a->room / 4)
		(void)set_room(a, a->room / 2); /* or it stays as it is */
}

static void
take_seat(struct subscription *s)
{
	struct audience *a = s->audience;

	must(a->taken < a->room);
	s->state = SEATED;
	s->seat = a->taken;
	a->seats[a->taken++] = (struct seat){ s->client->conn, s };
}

static void
leave_seat(struct subscription *s)
{
	struct audience *a = s->audience;
	struct seat last = a->seats[--a->taken];

	last.subscription->seat = s->seat;
	a->seats[s->seat] = last;
}

/* --- subscriptions ------------------------------------------------------- */

static struct subscription *
find(struct hub_client *c, const struct audience *a)
{
	if (!c || !a)
		return NULL;
	LIST_FOREACH (n, &c->subscriptions) {
		struct subscription *s =
		    container_of(n, struct subscription, node);

		if (s->audience == a)
			return s;
	}
	return NULL;
}

static void
count(struct hub *h, uint64_t n)
{
	stat_add(&h->figures.subscriptions, n);
}

/* The connection has it no more; walks that stand at it go on. */
static void
detach(struct subscription *s)
{
	struct hub_client *c = s->client;

	for (struct hub_walk *w = c->walk; w; w = w->outer)
		if (w->next == &s->node)
			w->next = s->node.next;
	list_del(&s->node);
	c->n_subscriptions--;
	count(c->hub, UINT64_MAX); /* one less */
	s->client = NULL;
}

/* What the store has let in leaves; the audience waits for its LEFT. */
static void
leave_topic(struct hub *h, struct subscription *s)
{
	h->store->ops->leave(h->store, s->topic, s->member, h->index);
	free(s);
}

void
subscription_end(struct subscription *s)
{
	struct hub *h = s->client->hub;

	detach(s);
	if (s->state == SEATED)
		leave_seat(s);
	give_up_seat(s->audience);
	if (s->state == SEATED)
		leave_topic(h, s);
}

static int
begin(struct hub_client *c, struct audience *a, const struct store_join *what)
{
	struct hub *h = c->hub;
	struct store_join join = *what;
	struct subscription *s = calloc(1, sizeof *s);
	int rc;

	if (!s || !reserve_seat(a)) {
		free(s);
		return STORE_NOMEM;
	}
	join.worker = h->index;
	join.audience = a;
	join.ticket = s;
	s->audience = a;
	s->client = c;
	rc = h->store->ops->join(h->store, &join);
	if (rc != STORE_OK) {
		give_up_seat(a);
		free(s);
		return rc;
	}
	a->users++;
	list_add_tail(&c->subscriptions, &s->node);
	c->n_subscriptions++;
	count(h, 1);
	return STORE_OK;
}

int
hub_subscribe(
    const struct hub_place *p, const struct store_join *join, size_t max)
{
	struct hub_client *c = hub_client_get(p);
	struct audience *a;
	int rc;

	if (!c)
		return STORE_NOMEM;
	if (find(c, find_audience(p->hub, join->space, join->topic)))
		return STORE_TAKEN;
	if (c->n_subscriptions >= max)
		return STORE_LIMIT;
	a = get_audience(p->hub, join->space, join->topic);
	if (!a)
		return STORE_NOMEM;
	rc = begin(c, a, join);
	settle(p->hub, a);
	return rc;
}

int
hub_unsubscribe(
    const struct hub_place *p, struct store_space *space, const char *topic)
{
	struct subscription *s =
	    find(*p->client, find_audience(p->hub, space, topic));

	if (!s)
		return STORE_NOENT;
	subscription_end(s);
	return STORE_OK;
}

bool
hub_subscribed(
    const struct hub_place *p, struct store_space *space, const char *topic)
{
	return find(*p->client, find_audience(p->hub, space, topic)) != NULL;
}

size_t
hub_topics(struct hub_client *c, int (*fn)(void *, const char *), void *arg)
{
	size_t n = c ? c->n_subscriptions : 0;
	struct hub_walk walk;

	if (n == 0 || !fn)
		return n;
	walk = (struct hub_walk){ c->subscriptions.next, c->walk };
	c->walk = &walk;
	while (walk.next != &c->subscriptions) {
		struct list *at = walk.next;

		walk.next = at->next;
		if (fn(arg, container_of(at, struct subscription, node)
				->audience->topic) != 0)
			break;
	}
	c->walk = walk.outer;
	return n;
}

/* --- events ------------------------------------------------------------- */

static void
refused(struct hub *h, struct subscription *s, struct store_event *e)
{
	struct audience *a = s->audience;
	struct conn *conn;

	if (s->client) {
		conn = s->client->conn;
		detach(s);
		give_up_seat(a);
		h->calls->subscribed(conn, a->topic, e);
	}
	free(s);
	a->users--;
	settle(h, a);
}

void
audience_joined(struct hub *h, struct store_event *e)
{
	struct subscription *s = e->ticket;

	if (e->status != STORE_OK) {
		refused(h, s, e);
		return;
	}
	s->topic = e->u.joined.topic;
	s->member = e->u.joined.member;
	s->state = TOLD;
	if (s->client)
		h->calls->subscribed(s->client->conn, s->audience->topic, e);
	if (!s->client) { /* it has left meanwhile */
		leave_topic(h, s);
		return;
	}
	for (uint32_t i = 0; i < e->u.joined.n_missed; i++)
		h->calls->deliver(s->client->conn, e->u.joined.missed[i],
		    i == 0 ? STORE_KEEP : STORE_FOLLOWS, true);
	stat_add(&h->figures.deliveries, e->u.joined.n_missed);
	take_seat(s);
}

void
audience_left(struct hub *h, struct audience *a)
{
	must(a->users > 0);
	a->users--;
	settle(h, a);
}

void
audience_message(struct hub *h, const struct store_event *e)
{
	const struct audience *a = e->audience;
	uint64_t except = e->u.message.except, n = 0;

	for (uint32_t i = 0; i < a->taken; i++) {
		struct conn *c = a->seats[i].conn;

		if (i + AHEAD < a->taken)
			fetch(a->seats[i + AHEAD].conn, CONN_HOT);
		if (except != 0 && c->id == except)
			continue;
		h->calls->deliver(c, e->u.message.payload, e->u.message.lose,
		    e->u.message.stored);
		n++;
	}
	stat_add(&h->figures.deliveries, n);
}

/* First all of them leave, then all are told: a callback may do as it likes
 * with those that are left. No connection goes before the round ends. */
void
audience_evict(struct hub *h, const struct store_event *e)
{
	struct audience *a = e->audience;
	struct list evicted;

	list_init(&evicted);
	for (uint32_t i = 0; i < a->taken;) {
		struct subscription *s = a->seats[i].subscription;
		struct hub_client *c = s->client;

		if (s->member != e->u.evict.member) {
			i++;
			continue;
		}
		detach(s);
		leave_seat(s); /* another one has it now */
		give_up_seat(a);
		s->client = c;
		list_add_tail(&evicted, &s->node);
	}
	while (!list_empty(&evicted)) {
		struct subscription *s =
		    container_of(evicted.next, struct subscription, node);

		list_del(&s->node);
		h->calls->unsubscribed(
		    s->client->conn, a->topic, e->u.evict.why);
		leave_topic(h, s);
	}
}
