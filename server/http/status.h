/* SPDX-License-Identifier: MIT
 *
 * status.h - the private listener: /metrics, /healthz, /readyz, and
 * publishing.
 *
 * A daemon and threads of its own, so that it answers while the public one
 * is busy. It speaks no WebSocket, serves no file and asks nobody who they
 * are: bind it to an address that the public does not reach.
 *
 *   /metrics  the counters, Prometheus' text format
 *   /healthz  200 while the process lives
 *   /readyz   200, or 503 before it is ready and while it drains
 *   /publish/TOPIC  see publish.h
 *
 * THREADS: start and stop on the main thread; each connection has a thread,
 * on which the calls come, so that one who waits for the store holds up
 * nobody else.
 */
#ifndef CLEAT_HTTP_STATUS_H
#define CLEAT_HTTP_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cleat_pub;
struct host_published;
struct listener;
struct status;

/* Who publishes. */
struct publish_calls {
	/* The largest message for a topic of this name; 0: there is no space
	 * that it begins with. */
	uint64_t (*limit)(void *arg, const char *name);
	/* host_publish_wait() without its first argument. */
	int (*put)(void *arg, const char *name, int kind, const void *, size_t,
	    const struct cleat_pub *, struct host_published *);
	void *arg;
};

struct status_calls {
	void (*metrics)(void *arg, FILE *);
	bool (*ready)(void *arg);
	void *arg;
	bool may_publish; /* else it is only to be read */
	struct publish_calls publish;
};

/* Answers on a listener with one worker, and keeps a reference to it; its
 * sockets are duplicated. 0 or -errno. */
int
status_start(struct status **, struct listener *, const struct status_calls *);
void status_stop(struct status **);

#endif
