/* SPDX-License-Identifier: MIT
 *
 * status.h - the private listener: /metrics, /healthz, /readyz.
 *
 * A daemon and a thread of its own, so that it answers while the public one
 * is busy. It speaks no WebSocket, serves no file and asks nobody who they
 * are: bind it to an address that the public does not reach.
 *
 *   /metrics  the counters, Prometheus' text format
 *   /healthz  200 while the process lives
 *   /readyz   200, or 503 before it is ready and while it drains
 *
 * THREADS: start and stop on the main thread; the calls come on the
 * listener's thread.
 */
#ifndef CLEAT_HTTP_STATUS_H
#define CLEAT_HTTP_STATUS_H

#include <stdbool.h>
#include <stdio.h>

struct listener;
struct status;

struct status_calls {
	void (*metrics)(void *arg, FILE *);
	bool (*ready)(void *arg);
	void *arg;
};

/* Answers on a listener with one worker, which it borrows until return: its
 * sockets are duplicated. 0 or -errno. */
int status_start(
    struct status **, const struct listener *, const struct status_calls *);
void status_stop(struct status **);

#endif
