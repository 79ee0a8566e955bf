/* SPDX-License-Identifier: MIT
 *
 * rules.h - what one connection lives by after its handshake.
 *
 * The limits and deadlines of a route in one plain struct: the config fills
 * it from its table of keys, a connection reads it through a pointer that
 * its route keeps alive. Times are in milliseconds, sizes in bytes; 0
 * switches a deadline off. All numbers have one type so that one table can
 * fill them.
 *
 * THREADS: written before the first connection sees it, read by all.
 */
#ifndef CLEAT_NET_RULES_H
#define CLEAT_NET_RULES_H

#include <stdint.h>

/* What happens to a message that does not fit into the send queue. */
enum queue_policy {
	QUEUE_CLOSE, /* the connection is closed with 1013 */
	QUEUE_DROP,  /* the message is dropped and the sender told */
};

struct rules {
	uint64_t max_message;	/* bytes of one message, all fragments */
	uint64_t max_fragments; /* frames of one message */

	/* What a peer may say each second, 0: any; and how much of that may
	 * have been left over. */
	uint64_t message_rate;
	uint64_t byte_rate;
	uint64_t control_rate;	/* pings and pongs */
	uint64_t fragment_rate; /* frames of messages that have several */
	uint64_t rate_burst_ms;

	/* A turn ends at the first of these; the rest waits for the next. */
	uint64_t turn_messages;
	uint64_t turn_bytes;

	/* The send queue: hard limits, and marks in percent of both. */
	uint64_t queue_bytes;
	uint64_t queue_messages;
	uint64_t queue_high; /* above it send() answers BUSY, input waits */
	uint64_t queue_low;  /* at or below it again: on_drain, input goes on */
	enum queue_policy queue_policy;

	/* With permessage-deflate: 1 (fast) to 9, and the bounds, both
	 * included, of messages that are compressed. */
	uint64_t deflate_level;
	uint64_t deflate_min;
	uint64_t deflate_max;

	uint64_t ping_every_ms;	  /* silence after which a ping is sent */
	uint64_t pong_within_ms;  /* silence after which the peer is gone */
	uint64_t idle_timeout_ms; /* without a message, either way */
	uint64_t write_within_ms; /* queued bytes must move within this */
	uint64_t close_within_ms; /* for the closing handshake */
	uint64_t max_lifetime_ms;
};

#endif
