/* SPDX-License-Identifier: MIT
 *
 * ceiling.h - how much memory peers may make the server hold.
 *
 * What counts: connections, with 10 KiB for a session of TLS; what waits to be
 * sent to them; input that is kept for them, messages under way above all; and
 * payloads, whether they are in queues, in histories, or on their way between
 * threads; and compressors of connections that remember. Each worker counts
 * its own, and at the end of a round looks at the sum.
 *
 * Above seven eighths of the ceiling nobody new comes in, and nobody begins to
 * remember what it said. Above the ceiling all forget what they have said; if
 * that is not enough the connection that holds most is closed, then the next,
 * until the sum is below it: each worker is asked for its greediest, and the
 * one that has the greediest of all closes it. Where no connection holds
 * enough to be worth it, all stay.
 *
 * THREADS: as said per function.
 * MEMORY: the owner's; borrows the workers.
 */
#ifndef CLEAT_NET_CEILING_H
#define CLEAT_NET_CEILING_H

#include <stdbool.h>
#include <stdint.h>

#include "net/loop.h"

struct worker;

enum { CEILING_TLS_BYTES = 12 * 1024 };

struct ceiling {
	struct worker *const *workers;
	unsigned n;
	uint64_t max;	   /* atomic; 0: there is none */
	uint64_t conns;	   /* atomic: bytes of connections */
	uint64_t most;	   /* atomic: bytes of the greediest, and whose it is */
	unsigned missing;  /* atomic: answers to a survey */
	bool surveys;	   /* atomic */
	uint64_t again_ms; /* atomic: no other before */
};

/* A worker's. */
struct ceiling_part {
	struct ceiling *of; /* atomic; NULL: none */
	unsigned place;	    /* in its workers */
	struct mail survey, shed;
	uint64_t greediest; /* an id, since the last survey */
};

/* Main thread, while no worker runs. */
void ceiling_init(struct ceiling *, struct worker *const *workers, unsigned n);
void ceiling_fini(struct ceiling *);

/* Any thread. */
void ceiling_set(struct ceiling *, uint64_t max);
void ceiling_add(struct ceiling *, uint64_t bytes); /* of a connection */
void ceiling_sub(struct ceiling *, uint64_t bytes);
uint64_t ceiling_held(const struct ceiling *);
/* Is it so close that nobody new may come in? */
bool ceiling_near(const struct ceiling *);

/* Owner worker, at the end of a round. */
void ceiling_look(struct worker *);

#endif
