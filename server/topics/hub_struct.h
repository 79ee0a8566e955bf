/* SPDX-License-Identifier: MIT
 *
 * hub_struct.h - what the parts of a hub share.
 *
 * A subscription waits (PENDING) for its JOINED, is told to the connection
 * (TOLD), and then has a seat in its audience. Whoever leaves before it has
 * one leaves an orphan, which ends when the store has answered.
 *
 * THREADS, MEMORY: see hub.h.
 */
#ifndef CLEAT_TOPICS_HUB_STRUCT_H
#define CLEAT_TOPICS_HUB_STRUCT_H

#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"
#include "net/deadline.h"
#include "topics/hub.h"

struct hub {
	struct store *store;
	struct worker *worker;
	unsigned index;
	const struct hub_calls *calls;
	struct hash_seed seed;
	struct table audiences; /* by space and topic */
	struct table replica;	/* by space and key */
	struct list values;	/* all of it */
	struct deadline beat;
	struct hub_figures figures;
};

/* A walk through a connection's topics that is going on. */
struct hub_walk {
	struct list *next;
	struct hub_walk *outer;
};

struct hub_client {
	struct hub *hub;
	struct conn *conn;
	struct list subscriptions, claims;
	uint32_t n_subscriptions, n_claims;
	struct hub_walk *walk;
};

enum subscription_state { PENDING, TOLD, SEATED };

struct subscription {
	struct list node; /* of its connection's */
	struct audience *audience;
	struct hub_client *client; /* NULL: an orphan */
	struct store_topic *topic; /* of a JOINED, for leave() */
	struct store_member *member;
	uint32_t seat;
	enum subscription_state state;
};

struct seat {
	struct conn *conn;
	struct subscription *subscription;
};

/* Lives while there are subscriptions, or leaves that the store has not
 * confirmed: until then its events may name it. */
struct audience {
	struct table_node node;
	struct store_space *space;
	uint32_t users;	 /* both of them */
	uint32_t wanted; /* seats that are taken or will be */
	uint32_t taken, room;
	struct seat *seats;
	char topic[];
};

struct claim {
	struct list node;
	struct hub_client *client; /* NULL: an orphan */
	struct store_space *space;
	bool held; /* the store has said so, and the connection knows */
	const char *holder;
	char key[]; /* then the holder */
};

/* The connection's, made if there is none; NULL: no memory. */
struct hub_client *hub_client_get(const struct hub_place *);

/* Events. */
void audience_joined(struct hub *, struct store_event *);
void audience_left(struct hub *, struct audience *);
void audience_message(struct hub *, const struct store_event *);
void audience_evict(struct hub *, const struct store_event *);
void claim_answered(struct hub *, const struct store_event *);
/* 0 or -ENOMEM: the key is then as if it were not there. */
int replica_change(struct hub *, const struct store_event *);

/* Ends. */
void subscription_end(struct subscription *);
void claim_end(struct claim *);
void replica_fini(struct hub *);

#endif
