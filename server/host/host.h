/* SPDX-License-Identifier: MIT
 *
 * host.h - everything between the configuration and the handlers' code, as
 * main and http see it.
 *
 *     workers = worker_new(..., { .conn = &host_conn_calls, ... })
 *     host_new ─► host_load ─► ... host_load (reload) ... ─► host_drain
 *              ─► host_stop ─► host_free ─► worker_free
 *
 * There is one host in a process: the functions that handlers call have no
 * argument that could say which.
 *
 * THREADS: as said per function.
 * MEMORY: the host borrows the workers; they outlive it.
 */
#ifndef CLEAT_HOST_HOST_H
#define CLEAT_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

struct cleat_pub;
struct conn_calls;
struct host;
struct site;
struct worker;

/* What connections call; for worker_new(). */
extern const struct conn_calls host_conn_calls;

/* Main thread. 0 or -errno. Starts nothing: the workers may be started
 * before or afterwards. */
int host_new(struct host **, struct worker *const *workers, unsigned n);

/* Main thread. Loads a configuration, or puts it in the place of the current
 * one: new connections get the new routes, old ones keep theirs. Takes a
 * reference to the config. 0, or -1 and one line, then nothing has changed. */
int host_load(struct host *, struct config *, struct conf_error *)
    __attribute__((warn_unused_result));

/* Main thread, instead of all the others: what `cleatd -t` checks. Every
 * handler is loaded, runs on_load and on_unload on a scratch route. 0, or
 * -1 and one line. */
int host_check(struct config *, struct conf_error *)
    __attribute__((warn_unused_result));

/* Main thread. Becomes readable when host_tend() has something to do:
 * replaced handlers whose last connection has left are unloaded. */
int host_fd(const struct host *);
void host_tend(struct host *);

/* Main thread. From now on the door answers 503, and so do the handshakes
 * that wait for a verdict. Open connections are worker_drain()'s. */
void host_drain(struct host *);

/* Main thread, when http has stopped and knocks no more: finishes the jobs,
 * stops the workers' threads, unloads every handler. */
void host_stop(struct host *);
void host_free(struct host **);

/* Any thread: the current site with a reference (site_unref), or NULL. */
struct site *host_site(struct host *);

/* Any thread: publishes as a handler would, in whose space the name begins:
 * it is "SPACE/TOPIC", and of several spaces that fit the longest counts.
 * Answers as cleat->publish() does; CLEAT_ENOENT: no route has such a space. */
int host_publish(struct host *, const char *name, int kind, const void *,
    size_t, const struct cleat_pub *);
/* Any thread: the largest message for such a name, which is the largest
 * max_message of the routes of its space; 0: no route has such a space. */
uint64_t host_publish_limit(struct host *, const char *name);

/* Any thread: open connections and handshakes under way. */
size_t host_connections(const struct host *);

/* Any thread: loaded, and not draining. */
bool host_ready(struct host *);

/* Any thread: notes how the last attempt to reload went, for the metrics. */
void host_note_reload(struct host *, bool success);

/* Any thread: all metrics of the host in Prometheus' text format. */
void host_metrics(struct host *, FILE *);

#endif
