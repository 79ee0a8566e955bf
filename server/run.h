/* SPDX-License-Identifier: MIT
 *
 * run.h - the life of a cleatd between its start and its end: waits for
 * signals and for the clock, reloads, drains, stops.
 *
 *   SIGTERM, SIGINT  1001 to everyone, the end when all have left or after
 *                    drain_timeout; the second one: the end now
 *   SIGHUP           check and reload the configuration
 *   SIGUSR1          open the log file again
 *
 * THREADS: main thread.
 */
#ifndef CLEAT_RUN_H
#define CLEAT_RUN_H

struct config;
struct service_pinned;

/* Serves until it is told to stop; the exit status. `file` is what a reload
 * reads. The signals that were blocked stay so until the end. */
int
run_service(struct config *, const char *file, const struct service_pinned *);

#endif
