/* SPDX-License-Identifier: MIT
 *
 * watchdog.h - does every worker still come round?
 *
 * Each worker gets a letter and answers it when its loop delivers mail. One
 * that has not answered for `stall_ms` is named in the log together with the
 * handler and callback that hold it, and again when it is free. It is left
 * alone: what to do about it is the operator's (or the service manager's)
 * to decide.
 *
 * THREADS: main thread.
 * MEMORY: free it after the workers' threads have ended, which deliver all
 * mail before.
 */
#ifndef CLEAT_WATCHDOG_H
#define CLEAT_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

struct watchdog;
struct worker;

/* 0 or -ENOMEM; borrows the workers. */
int watchdog_new(struct watchdog **, struct worker *const *, unsigned n);
void watchdog_free(struct watchdog **);

/* Looks at all workers; true when none is stalled. `stall_ms` 0: none ever
 * is. */
bool watchdog_tick(struct watchdog *, uint64_t stall_ms);

#endif
