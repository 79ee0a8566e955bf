/* SPDX-License-Identifier: MIT
 *
 * instance.h - one handler at one path on one worker: struct cleat_route.
 *
 * Its life stands in instance_struct.h.
 *
 * THREADS: as said per function.
 * MEMORY: the host keeps every instance until its own end; what an instance
 * owns dies with on_unload.
 */
#ifndef CLEAT_HOST_INSTANCE_H
#define CLEAT_HOST_INSTANCE_H

#include <stdbool.h>

#include "host/instance_struct.h"
#include "net/worker.h"

/* Main thread. Makes an instance that is LOADING; NULL: no memory. A
 * `worker` of NULL makes a scratch instance. */
struct cleat_route *instance_new(struct host *, struct plugin *,
    const struct config_route *, struct config *, struct worker *);

/* Main thread. Runs on_load, and with `strict` reports keys that it did not
 * read. 0, or -1 and one line; then instance_drop() is what is left. */
int instance_load(struct cleat_route *, const struct config_route *,
    bool strict, struct conf_error *) __attribute__((warn_unused_result));

/* Main thread. Ends an instance that was never attached: what it has
 * accepted runs, then on_unload if on_load had accepted. */
void instance_drop(struct cleat_route *);

/* Main thread. Gives it to its worker, with everything it has accepted. */
void instance_attach(struct cleat_route *);

/* Main thread. Gives it a new config and calls on_reload, on its worker. */
int instance_reload(struct cleat_route *, const struct config_route *,
    struct config *) __attribute__((warn_unused_result));

/* Main thread: nothing new is accepted; when all is done the host hears of it
 * (host_quiet) and calls instance_unload, if there are no connections any
 * more. A second call does nothing. */
void instance_detach(struct cleat_route *);
void instance_unload(struct cleat_route *);

/* After the host's end. */
void instance_free(struct cleat_route **);

/* Any thread. CLEAT_OK: deliver() will be called, on the worker or, when it
 * is dropped, on the main thread, and must end with instance_work_done().
 * Else the mail stays the caller's. */
int instance_put(struct cleat_route *, struct mail *);
/* The two halves, for work that is elsewhere between: accept counts, put
 * delivers what has been counted. */
int instance_accept(struct cleat_route *);
void instance_put_accepted(struct cleat_route *, struct mail *);
void instance_work_done(struct cleat_route *);

static inline enum instance_phase
instance_phase(const struct cleat_route *r)
{
	return __atomic_load_n(&r->phase, __ATOMIC_RELAXED);
}

/* May the calling thread call what is not marked [any]? */
static inline bool
instance_here(const struct cleat_route *r)
{
	enum instance_phase phase = instance_phase(r);

	if (phase == INSTANCE_LIVE || phase == INSTANCE_DETACHED)
		return worker_here(r->worker);
	return pthread_equal(r->main, pthread_self());
}

/* Is the instance one that still takes timers, watches and jobs? */
static inline bool
instance_takes(const struct cleat_route *r)
{
	return instance_phase(r) <= INSTANCE_LIVE;
}

/* Notes, while it loads, that the handler reads a key. */
void instance_asked(struct cleat_route *, const char *path);

/* One sentence about a place in the config: while it loads, the reason of
 * its failure (the first counts); later a line of the log. */
void instance_complain(
    struct cleat_route *, const struct conf_node *, const char *sentence);

#endif
