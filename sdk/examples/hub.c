/* SPDX-License-Identifier: MIT
 *
 * hub.c - whatever one says, all hear: register, unregister, broadcast.
 *
 * The list of members is made by hand here, as one learns it; topics (see
 * ticker.c) do the same across all workers. This handler lives on one worker,
 * so the list needs no lock. Who reads too slowly is sent away rather than
 * waited for: the others never notice.
 *
 *	{ path = "/hub"; handler = "hub"; }
 *
 * Try it in two terminals: cleat connect ws://localhost:8080/hub
 */
#include <cleat.h>

struct member {
	cleat_conn *c;
	struct member *next, **place; /* what points to it */
};

struct hub {
	struct member *first;
};

static struct hub *
hub_of(cleat_conn *c)
{
	return cleat->route_state(cleat->route(c));
}

static void
on_open(cleat_conn *c)
{
	struct hub *hub = hub_of(c);
	struct member *m = cleat->state(c);

	m->c = c;
	m->next = hub->first;
	m->place = &hub->first;
	if (m->next)
		m->next->place = &m->next;
	hub->first = m;
}

static void
on_close(cleat_conn *c, int code, cleat_str reason)
{
	struct member *m = cleat->state(c);

	(void)code;
	(void)reason;
	*m->place = m->next;
	if (m->next)
		m->next->place = m->place;
}

/* Neither send() nor close() calls back, so the list stays as it is. To one
 * who is closing already send() does nothing. */
static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	for (struct member *m = hub_of(c)->first; m; m = m->next)
		if (cleat->send(m->c, kind, data, len) == CLEAT_BUSY)
			cleat->close(m->c, 1013, "too slow");
}

CLEAT_HANDLER("hub", "1.0", .route_size = sizeof(struct hub),
    .conn_size = sizeof(struct member), .on_open = on_open,
    .on_message = on_message, .on_close = on_close)
