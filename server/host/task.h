/* SPDX-License-Identifier: MIT
 *
 * task.h - functions that a handler has called elsewhere: posts to its own
 * thread, jobs on the host's pool.
 *
 * THREADS: task_post() on any; task_job() on the instance's.
 * MEMORY: one small block each, bounded by INSTANCE_WORK_MAX.
 */
#ifndef CLEAT_HOST_TASK_H
#define CLEAT_HOST_TASK_H

#include "cleat.h"

/* Both: a CLEAT_ result; see post() and job() in cleat.h. */
int task_post(cleat_route *, void (*fn)(cleat_route *, void *), void *arg);
int task_job(cleat_route *, void (*work)(void *),
    void (*done)(cleat_route *, void *), void *arg);

#endif
