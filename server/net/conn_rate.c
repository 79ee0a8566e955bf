/* SPDX-License-Identifier: MIT
 *
 * conn_rate.c - how much a peer may say in a second.
 *
 * Only connections of a route that sets such a limit are measured; the others
 * pay nothing. Bytes are counted as they are received, all else as it is
 * parsed. A frame counts as a fragment if its message has more than one, those
 * without payload too, and at the latest when there is something to hand up.
 *
 * THREADS: owner worker. MEMORY: one struct rates for a connection that is
 * measured, as long as it is open.
 * RFC 6455 sections 7.4.1 and 10.4.
 */
#include "config.h"

#include "net/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bucket.h"
#include "net/conn_extra.h"

struct rates {
	uint64_t messages_ns, bytes_ns, controls_ns, fragments_ns;
	uint32_t frames; /* of the message under way that have been counted */
};

enum { FRAME_HEAD_MAX = 14, NS_PER_MS = 1000000 };

/* The least a bucket holds is what one allowed message may need at once. */
static bool
take(const struct conn *c, uint64_t *bucket, uint64_t rate, uint64_t n,
    uint64_t least)
{
	uint64_t now = conn_now_ms(c) * NS_PER_MS;
	uint64_t room = c->rules->rate_burst_ms * NS_PER_MS, needed;

	if (rate == 0)
		return true;
	needed = least * BUCKET_SECOND_NS / rate;
	if (room < needed)
		room = needed;
	return bucket_take(bucket, now, n * BUCKET_SECOND_NS / rate, room) == 0;
}

int
conn_rate_start(struct conn *c)
{
	const struct rules *r = c->rules;
	struct conn_extra *extra;

	if (!r->message_rate && !r->byte_rate && !r->control_rate &&
	    !r->fragment_rate)
		return 0;
	extra = conn_extra(c);
	if (extra)
		extra->rates = calloc(1, sizeof *extra->rates);
	if (!extra || !extra->rates)
		return -ENOMEM;
	c->rated = true;
	c->straight = false;
	return 0;
}

void
conn_rate_bytes(struct conn *c, size_t n)
{
	const struct rules *r = c->rules;
	uint64_t least = r->max_message + r->max_fragments * FRAME_HEAD_MAX;

	if (c->rated &&
	    !take(c, &c->extra->rates->bytes_ns, r->byte_rate, n, least))
		conn_violated(c, WS_V_BYTE_RATE);
}

/* That have come since the last event. */
static uint64_t
fragments(struct conn *c, const struct message_event *ev)
{
	struct rates *rates = c->extra->rates;
	uint32_t before = rates->frames;
	uint32_t now = message_fragments(&c->parser);

	rates->frames = ev->last ? 0 : now;
	return now - before;
}

bool
conn_rate_event(struct conn *c, const struct message_event *ev)
{
	const struct rules *r = c->rules;
	struct rates *rates;

	if (!c->rated)
		return true;
	rates = c->extra->rates;
	if ((ev->kind == MESSAGE_PING || ev->kind == MESSAGE_PONG) &&
	    !take(c, &rates->controls_ns, r->control_rate, 1, 1)) {
		conn_violated(c, WS_V_CONTROL_RATE);
		return false;
	}
	if (ev->kind != MESSAGE_DATA)
		return true;
	if (!take(c, &rates->fragments_ns, r->fragment_rate, fragments(c, ev),
		r->max_fragments)) {
		conn_violated(c, WS_V_FRAGMENT_RATE);
		return false;
	}
	if (ev->last && !take(c, &rates->messages_ns, r->message_rate, 1, 1)) {
		conn_violated(c, WS_V_MESSAGE_RATE);
		return false;
	}
	return true;
}
