/* SPDX-License-Identifier: MIT
 *
 * rooms.h - the rooms that a connection is in.
 *
 * THREADS, MEMORY: see hub.h.
 */
#ifndef CHAT_HUB_ROOMS_H
#define CHAT_HUB_ROOMS_H

#include "hub.h"

/* Where the seat in a room hangs; *it is NULL if there is none. */
struct seat **rooms_find(struct person *, const char *room);
void rooms_free(struct person *);

/* What has become of a join, and of a stay. */
void rooms_joined(cleat_conn *, const cleat_subscribed *);
void rooms_evicted(cleat_conn *, const char *room, const char *why);

#endif
