/* SPDX-License-Identifier: MIT
 *
 * topics.h - the host's store of topics, a hub for each worker, and what
 * handlers are told of both.
 *
 * THREADS: main thread.
 * MEMORY: store and hubs are the host's.
 */
#ifndef CLEAT_HOST_TOPICS_H
#define CLEAT_HOST_TOPICS_H

struct config;
struct host;
struct store_space;

/* Before the workers run; 0 or -errno. */
int topics_start(struct host *);
/* After all mail has been delivered. */
void topics_stop(struct host *);

/* The limits of a configuration that has been loaded. */
void topics_configure(struct host *, const struct config *);

/* Finds or makes a space; NULL: no memory, or no store. */
struct store_space *topics_space(struct host *, const char *name);

#endif
