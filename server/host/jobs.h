/* SPDX-License-Identifier: MIT
 *
 * jobs.h - threads for work that blocks.
 *
 * A fixed number of threads and one queue with a maximum. It knows nothing of
 * handlers; what comes after a job is for the job itself to arrange.
 *
 * THREADS: new, stop and free on the main thread, put on any.
 * MEMORY: a job is the caller's, embedded in its own struct; run() owns it.
 */
#ifndef CLEAT_HOST_JOBS_H
#define CLEAT_HOST_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

struct jobs;

struct job {
	struct list node;
	void (*run)(struct job *); /* on a thread of the pool */
};

/* 0 or -errno. */
int jobs_new(struct jobs **, unsigned threads, size_t queue_max);

/* Runs what was accepted, refuses more, joins the threads. */
void jobs_stop(struct jobs *);
void jobs_free(struct jobs **); /* stops it, too */

/* False: the queue is full; the job stays the caller's. */
bool jobs_put(struct jobs *, struct job *);

#endif
