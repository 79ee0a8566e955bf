/* SPDX-License-Identifier: MIT
 *
 * filler.c - a handler that sends until its send queue is full, for the
 * tests: a message of n bytes makes it send messages of n bytes until one is
 * refused. When there is room again it says what it saw just before:
 * "refused=-1 waiting=8 queued=500000". An empty message is echoed.
 */
#include <cleat.h>

struct visitor {
	int refused;	  /* the answer that was the last */
	unsigned waiting; /* messages in the queue then, */
	size_t queued;	  /* and bytes */
};

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	struct visitor *v = cleat->state(c);

	if (len == 0) {
		cleat->send(c, kind, data, len);
		return;
	}
	v->waiting = 0;
	do {
		v->queued = cleat->queued(c);
		v->waiting += v->queued > 0;
		v->refused = cleat->send(c, CLEAT_BINARY, data, len);
	} while (v->refused >= 0);
	cleat->metric(cleat->route(c), "filler_full", 1);
}

static void
on_drain(cleat_conn *c)
{
	const struct visitor *v = cleat->state(c);

	cleat->sendf(c, "refused=%d waiting=%u queued=%zu", v->refused,
	    v->waiting, v->queued);
}

static void
on_close(cleat_conn *c, int code, cleat_str reason)
{
	cleat->log(
	    cleat->route(c), CLEAT_INFO, "on_close %d %s", code, reason.p);
}

CLEAT_HANDLER("filler", "1.0", .conn_size = sizeof(struct visitor),
    .on_message = on_message, .on_drain = on_drain, .on_close = on_close)
