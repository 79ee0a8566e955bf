/* SPDX-License-Identifier: MIT
 *
 * ledger.h - what is counted per path, across reloads.
 *
 * Instances of a handler come and go with reloads; the number of connections
 * that a path may have, and how its handshakes ended, does not begin anew
 * with them. What an open connection counts is in its instance's tally.
 *
 * THREADS: any; the counts are atomic.
 * MEMORY: the host keeps one for every path that it ever served, until its
 * own end.
 */
#ifndef CLEAT_HOST_LEDGER_H
#define CLEAT_HOST_LEDGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "wire/ws.h"

/* What stands before the names of a handler's own metrics. */
#define LEDGER_METRIC_PREFIX "cleat_handler_"

enum { LEDGER_METRICS_MAX = 32, LEDGER_METRIC_NAME_MAX = 40 };

/* A counter of the handler's own; its name never changes once it is set. */
struct ledger_metric {
	char name[LEDGER_METRIC_NAME_MAX + 1];
	int64_t value; /* atomic */
};

struct ledger {
	struct list node;
	size_t inside; /* knocks under way and open connections */
	uint64_t results[WS_R_COUNT]; /* handshakes; [WS_R_NONE]: accepted */
	uint64_t unexpected;	      /* closes outside expected_closes */
	pthread_mutex_t lock;
	size_t n_metrics; /* atomic; grows under the lock */
	struct ledger_metric metrics[LEDGER_METRICS_MAX];
	char path[];
};

/* The ledger of a path, made if there is none; NULL: no memory. The caller
 * holds the lock of the list. */
struct ledger *ledger_get(struct list *ledgers, const char *path);
void ledgers_free(struct list *ledgers);

/* Adds to a metric of this name; false: no such name, or too many of them. */
bool ledger_metric_add(struct ledger *, const char *name, int64_t delta);

/* Adds one unless `max` is reached (0: no maximum). */
bool count_enter(size_t *count, size_t max);
void count_leave(size_t *count);

static inline void
ledger_result(struct ledger *l, enum ws_refusal r)
{
	__atomic_fetch_add(&l->results[r], 1, __ATOMIC_RELAXED);
}

#endif
