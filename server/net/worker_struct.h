/* SPDX-License-Identifier: MIT
 *
 * worker_struct.h - what a worker is; worker.h says what can be asked of it,
 * and only what engine.h names looks inside.
 *
 * THREADS: the owner's, but for what is said to be for any thread.
 * MEMORY: see worker.h.
 */
#ifndef CLEAT_NET_WORKER_STRUCT_H
#define CLEAT_NET_WORKER_STRUCT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/accept.h"
#include "net/ceiling.h"
#include "net/conns.h"
#include "net/deflate.h"
#include "net/preface.h"
#include "net/relay.h"

struct conn;
struct worker_calls;

struct turn {
	struct conn *conn; /* NULL between turns */
	uint8_t *block;	   /* whole frames */
	size_t len, room;  /* room: where the block must be written */
	uint64_t messages, message_room; /* the same, in messages */
	uint64_t began_ms;		 /* by the coarse clock */
	uint64_t unpacked;		 /* bytes that input has become */
	bool heard;			 /* a message was handed up */
};

struct worker {
	struct loop *loop;
	const struct worker_calls *calls;
	unsigned index;
	struct turn turn;
	uint8_t *buffer; /* MESSAGE_UNIT_MAX, then RECV_ROOM */
	struct list work, dead;
	struct conns conns;
	struct accepting accepting;
	struct prefaces prefaces;
	struct relays relays;
	struct deflates deflates;
	uint64_t ids; /* given so far */
	bool draining, stopping;
	uint64_t drain_over_ms;
	struct mail drain_mail, stop_mail;
	bool drain_asked;     /* atomic */
	uint64_t count;	      /* of conns, for any thread */
	uint64_t turned_away; /* for any thread */
	uint64_t held;	      /* bytes of queues and input, for any thread */
	struct ceiling_part ceiling;
	const void *doing; /* atomic */
	bool started;
	pthread_t thread;
	uint64_t owner; /* atomic: pthread_t of who runs the rounds, or 0 */
};

#endif
