/* SPDX-License-Identifier: MIT
 *
 * forward.h - asks an HTTP back end, and answers with what it says.
 *
 * Nothing here waits: the descriptor is on the worker's loop, the request's
 * time limit bounds everything from the connect to the last byte, and only so
 * many requests are under way.
 *
 * MEMORY: a rule owns its back end, a request that waits its forwarding.
 */
#ifndef JSON_ROUTER_FORWARD_H
#define JSON_ROUTER_FORWARD_H

#include "rule.h"

struct forwarding;

/* Reads the keys of a rule that forwards. */
int backend_load(cleat_route *, const cleat_conf *, struct backend **);
void backend_free(struct backend **);

/* Gives a request up, wherever it is. */
void forward_end(struct forwarding **);

#endif
