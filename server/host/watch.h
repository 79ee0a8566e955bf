/* SPDX-License-Identifier: MIT
 *
 * watch.h - descriptors of a handler on its worker's loop.
 *
 * THREADS: the instance's.
 * MEMORY: the instance's; at most INSTANCE_WATCHES_MAX. The descriptor stays
 * the handler's own.
 */
#ifndef CLEAT_HOST_WATCH_H
#define CLEAT_HOST_WATCH_H

#include "cleat.h"

typedef void watch_fn(cleat_route *, int fd, int events, void *arg);

/* Begins, changes, or with `events` 0 ends a watch. A CLEAT_ result. */
int watch_set(cleat_route *, int fd, int events, watch_fn *, void *arg);

/* Hands what was kept while loading to the loop. */
void watches_attach(cleat_route *);
void watches_fini(cleat_route *);

#endif
