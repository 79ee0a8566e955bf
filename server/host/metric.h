/* SPDX-License-Identifier: MIT
 *
 * metric.h - one metric in Prometheus' text format.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_HOST_METRIC_H
#define CLEAT_HOST_METRIC_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct timing;

enum metric {
#define METRIC(id, name, type, help) METRIC_##id,
#include "host/metrics.def"
};

struct metric_label {
	const char *key, *value;
};

const char *metric_name(enum metric);

/* Its help and type, which come before its rows. */
void metric_head(FILE *, enum metric);
/* Head and value of one that has no labels. */
void metric_plain(FILE *, enum metric, uint64_t value);
/* All rows of a histogram that has these labels, one at least. */
void metric_timing(FILE *, enum metric, const struct metric_label *, size_t n,
    const struct timing *);

#endif
