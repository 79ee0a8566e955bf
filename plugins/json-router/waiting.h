/* SPDX-License-Identifier: MIT
 *
 * waiting.h - requests that wait for their answer: from the store of topics,
 * a module or a back end.
 *
 * THREADS: the router's worker.
 * MEMORY: a peer owns what waits for it. waiting_end() frees, as does the
 * end of the connection; whoever else knows a request knows its number.
 */
#ifndef JSON_ROUTER_WAITING_H
#define JSON_ROUTER_WAITING_H

#include "router.h"

enum waits_for { WAIT_SUBSCRIBE, WAIT_PUBLISH, WAIT_CALL, WAIT_FORWARD };

struct forwarding; /* forward.h */

struct waiting {
	struct waiting *next;
	cleat_conn *conn;
	uint64_t number; /* unique in the connection, from 1 */
	enum waits_for what;
	cleat_timer timer;
	struct forwarding *forwarding;
	const char *id; /* NULL: none */
	char *topic;	/* of the first two */
	char text[];
};

/* NULL: too many wait already, or there is no memory, and the client has been
 * told. `topic` may be NULL. With a time limit it is answered with `timeout`
 * when that is over; 0: it waits as long as it takes. */
struct waiting *waiting_new(cleat_conn *, enum waits_for, const char *id,
    const char *topic, uint64_t timeout_ms);

/* The oldest that waits for this and a topic; or the one of a number. */
struct waiting *
waiting_of_topic(cleat_conn *, enum waits_for, const char *topic);
struct waiting *waiting_of_number(cleat_conn *, uint64_t number);

void waiting_end(struct waiting **);
void waiting_end_all(cleat_conn *);

#endif
