/* SPDX-License-Identifier: MIT
 *
 * counters.h - what HTTP counts: statuses by class, refusals by reason, and
 * the rows of counters.def. What happens after the 101 the host counts.
 *
 * THREADS: each counter is changed by one thread (base/stats.h) unless
 * counters.def says otherwise; counters_print() on any thread.
 */
#ifndef CLEAT_HTTP_COUNTERS_H
#define CLEAT_HTTP_COUNTERS_H

#include <stdint.h>
#include <stdio.h>

#include "http/refusal.h"
#include "wire/ws.h"

enum { STATUS_CLASSES = 6 }; /* [1] is 1xx; [0] stays empty */

struct config;

struct counters {
#define COUNTER(member, name, type, help) uint64_t member;
#include "http/counters.def"
	uint64_t status[STATUS_CLASSES];
	uint64_t refusals[REFUSALS];
	uint64_t handshakes[WS_R_COUNT];
};

/* Of those that workers count, too: accepted, status. */
static inline void
counters_add(uint64_t *counter, uint64_t n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

/* Writes them in Prometheus' text format, and what is told of the
 * configuration that is in use. */
void counters_print(const struct counters *, const struct config *, FILE *);

#endif
