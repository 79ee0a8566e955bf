/* SPDX-License-Identifier: MIT
 *
 * session.h - one connection as its handler sees it: struct cleat_conn.
 *
 * A net connection, the instance it belongs to, and the handler's bytes for
 * it, in one block. Before it is open it is a handshake (door.h); afterwards
 * it keeps of the request only what may still be asked for (kept.h).
 *
 * THREADS: made on the HTTP thread, from then on the owner worker's.
 * MEMORY: an idle connection costs this struct, conn_size, and the variables
 * it keeps. It keeps its route (and so its site) and uses its mount.
 */
#ifndef CLEAT_HOST_SESSION_H
#define CLEAT_HOST_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleat.h"
#include "host/instance.h"
#include "host/site.h"
#include "net/conn.h"
#include "wire/utf8.h"

struct address;
struct handshake;
struct hub_client;
struct kept;
struct login;
struct timer;

enum session_stage {
	SESSION_HANDSHAKE, /* `handshake` is set, on_open not yet returned */
	SESSION_OPEN,	   /* `kept` is set */
	SESSION_CLOSED,	   /* on_close has been called */
};

/* What only some connections have: made when one first needs it. */
struct session_more {
	struct hub_client *client; /* its topics and claims, or NULL */
	struct timer *timers;
	struct list held; /* see held.h */
	size_t n_held, held_bytes;
};

struct cleat_conn {
	struct conn conn;
	union {
		struct handshake *handshake;
		struct kept *kept; /* NULL: nothing to keep */
	};
	struct session_more *more; /* NULL: none */
	uint64_t messages_in, messages_out, bytes_in, bytes_out;
	uint32_t opened_cs; /* hundredths of a second; wraps after 497 days */
	struct utf8 part;   /* of a text that leaves in parts */
	uint8_t stage : 2;
	uint8_t seen : 1;      /* its handler knows it: on_free is owed */
	uint8_t counted : 1;   /* among the guests; else those to be refused */
	uint8_t muted : 1;     /* open only to be closed: no callbacks */
	uint8_t crowded : 1;   /* counted where it comes from */
	uint8_t part_kind : 2; /* of a message that leaves in parts */
	_Alignas(max_align_t) char state[];
};

_Static_assert(offsetof(struct cleat_conn, state) <=
		   sizeof(struct conn) + 48 + _Alignof(max_align_t),
    "an idle connection must stay small");

static inline size_t
session_size(size_t conn_size)
{
	return sizeof(struct cleat_conn) + conn_size;
}

/* A session that is counted nowhere yet: takes nothing. NULL: no memory. */
struct cleat_conn *session_new(struct route *, struct cleat_route *);

/* Owner worker, or the HTTP thread while no handler knows it: the end of a
 * session that has not been started. Frees it, and what it counts. */
void session_discard(struct cleat_conn *);

/* Owner worker: it has been started; tells the handler. */
void session_opened(struct cleat_conn *);

static inline struct cleat_conn *
session_of(struct conn *conn)
{
	return container_of(conn, struct cleat_conn, conn);
}

static inline uint64_t
session_id(const cleat_conn *c)
{
	return c->conn.id;
}
/* Owner worker; NULL: no memory. */
struct session_more *session_more(struct cleat_conn *);

/* The instance it belongs to is the one that counts it. */
static inline struct cleat_route *
session_route(const struct cleat_conn *c)
{
	return container_of(c->conn.tally, struct cleat_route, tally);
}

/* Its row of the site: the rules it lives by stand there. */
struct route *session_row(const struct cleat_conn *);

/* Owner worker, open: its age; until when it may stay (clock_wall_ms(); 0: for
 * ever); who it is from now on (false: no memory, it is who it was). */
uint64_t session_age_ms(const struct cleat_conn *);
void session_expire(struct cleat_conn *, uint64_t until);
bool session_know(struct cleat_conn *, const struct login *);
/* A variable, of the request or of those that it keeps. */
const char *session_var(const struct cleat_conn *, const char *name);
/* Where it comes from; false: a UNIX socket. */
bool session_address(const struct cleat_conn *, struct address *);

#endif
