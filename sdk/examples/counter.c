/* SPDX-License-Identifier: MIT
 *
 * counter.c - how many messages has this connection sent, and how many all of
 * them together?
 *
 * The handler runs on one thread (the flag CLEAT_PARALLEL is not set), so two
 * plain integers are all it takes.
 *
 *	{ path = "/counter"; handler = "counter"; }
 *
 * Try it: cleat connect ws://localhost:8080/counter
 */
#include <cleat.h>

struct route {
	unsigned long all;
};

struct visitor {
	unsigned long own;
};

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	struct route *r = cleat->route_state(cleat->route(c));
	struct visitor *v = cleat->state(c);

	(void)kind;
	(void)data;
	(void)len;
	cleat->sendf(c, "%lu of %lu", ++v->own, ++r->all);
}

CLEAT_HANDLER("counter", "1.0", .route_size = sizeof(struct route),
    .conn_size = sizeof(struct visitor), .on_message = on_message)
