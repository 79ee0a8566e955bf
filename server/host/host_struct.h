/* SPDX-License-Identifier: MIT
 *
 * host_struct.h - what the modules of the host share; host.h is what others
 * see of it.
 *
 * THREADS: `lock` guards the lists and the site; the counts are atomic; the
 * rest is written by the main thread before others look. `waiting[i]` is the
 * i-th worker's own.
 * MEMORY: the host owns all of it, but borrows the workers.
 */
#ifndef CLEAT_HOST_HOST_STRUCT_H
#define CLEAT_HOST_HOST_STRUCT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "host/callers.h"
#include "net/crowd.h"
#include "host/ledger.h"
#include "host/outside.h"
#include "host/plugin.h"
#include "net/ceiling.h"
#include "net/conns.h"
#include "net/mailbox.h"

struct cleat_route;
struct hub;
struct jobs;
struct mount;
struct site;
struct store;
struct worker;

/* Handshakes of one worker that wait for a verdict. */
struct waiting {
	struct list list;
	struct conns by_id;
	struct mail drain; /* refuses all of them */
	bool draining;	   /* main thread: it has been put */
};

struct host {
	struct worker **workers;
	unsigned n_workers; /* 0: only checks a configuration */
	struct waiting *waiting;
	struct plugins plugins;
	struct store *store; /* NULL: while it only checks */
	struct hub **hubs;   /* one for each worker */
	struct outside outside;
	struct jobs *jobs;   /* NULL: while it only checks */
	struct jobs *logins; /* passwords; NULL: no route has any */
	int wake;	     /* eventfd: host_tend() has something to do */

	pthread_mutex_t lock;
	struct site *site;
	struct list ledgers, instances;
	struct list retired; /* mounts that nobody uses any more */
	struct list quiet;   /* instances that may be unloaded */

	size_t max_connections, max_per_address, max_pending;
	struct crowd crowd; /* while max_per_address is not 0 */
	struct callers callers;
	struct ceiling ceiling;
	size_t inside;	 /* knocks under way and open connections */
	size_t pending;	 /* knocks that wait for their handler */
	size_t refusing; /* let in only to be told why they may not */
	size_t outgoing, outgoing_bytes; /* of send_to, on their way */
	bool told_text; /* of one that is not UTF-8, of no known instance */
	bool draining;
	uint64_t reload_wall_ms; /* of the last one that succeeded */
	bool reload_failed;	 /* the last one */
};

/* The host of this process, or NULL: see host.h. Any thread. */
struct host *host_current(void);

/* Any thread. NULL: no memory. */
struct ledger *host_ledger(struct host *, const char *path);
void host_keep_instance(struct host *, struct cleat_route *);

/* Any thread: leaves work for host_tend(). */
void host_quiet(struct host *, struct cleat_route *);
void host_retire(struct host *, struct mount *);

#endif
