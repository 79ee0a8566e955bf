/* SPDX-License-Identifier: MIT
 *
 * metric.c - see metric.h.
 */
#include "config.h"

#include "host/metric.h"

#include <inttypes.h>

#include "base/label.h"
#include "base/timing.h"

static const struct {
	const char *name, *type, *help;
} rows[] = {
#define METRIC(id, name, type, help) [METRIC_##id] = { name, type, help },
#include "host/metrics.def"
};

const char *
metric_name(enum metric m)
{
	return rows[m].name;
}

void
metric_head(FILE *to, enum metric m)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", rows[m].name, rows[m].help,
	    rows[m].name, rows[m].type);
}

void
metric_plain(FILE *to, enum metric m, uint64_t value)
{
	metric_head(to, m);
	fprintf(to, "%s %" PRIu64 "\n", rows[m].name, value);
}

/* name_suffix{label="...",...; what follows ends the braces. */
static void
begin(FILE *to, enum metric m, const char *suffix,
    const struct metric_label *labels, size_t n)
{
	fprintf(to, "%s%s{", rows[m].name, suffix);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			fputc(',', to);
		label_put(to, labels[i].key, labels[i].value);
	}
}

void
metric_timing(FILE *to, enum metric m, const struct metric_label *labels,
    size_t n, const struct timing *t)
{
	uint64_t count = 0;

	for (unsigned b = 0; b < TIMING_BUCKETS; b++) {
		count += t->buckets[b];
		begin(to, m, "_bucket", labels, n);
		if (b < TIMING_BUCKETS - 1)
			fprintf(to, ",le=\"%g\"} %" PRIu64 "\n",
			    (double)timing_bounds[b] / 1e9, count);
		else
			fprintf(to, ",le=\"+Inf\"} %" PRIu64 "\n", count);
	}
	begin(to, m, "_sum", labels, n);
	fprintf(to, "} %.9f\n", (double)t->ns / 1e9);
	begin(to, m, "_count", labels, n);
	fprintf(to, "} %" PRIu64 "\n", count);
}
