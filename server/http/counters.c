/* SPDX-License-Identifier: MIT
 *
 * counters.c - see counters.h. A refusal that never happened is not written:
 * there are many, and a missing sample means the same.
 */
#include "config.h"

#include "http/counters.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/stats.h"

static const struct {
	const char *name, *type, *help;
	size_t offset;
} rows[] = {
#define COUNTER(name, thread, type, help) \
	{ #name, #type, help, offsetof(struct counters, name) },
#include "http/counters.def"
#undef COUNTER
};

static void
refused(FILE *out, const char *kind, const char *label, uint64_t n)
{
	if (n)
		fprintf(out,
		    "cleat_http_refused_total{kind=\"%s\",reason=\"%s\"} "
		    "%" PRIu64 "\n",
		    kind, label, n);
}

void
counters_print(const struct counters *c, FILE *out)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *total = rows[i].type[0] == 'c' ? "_total" : "";
		const void *at = (const char *)c + rows[i].offset;

		fprintf(out,
		    "# HELP cleat_http_%s%s %s\n# TYPE cleat_http_%s%s %s\n"
		    "cleat_http_%s%s %" PRIu64 "\n",
		    rows[i].name, total, rows[i].help, rows[i].name, total,
		    rows[i].type, rows[i].name, total,
		    stat_get((const uint64_t *)at));
	}
	fputs("# HELP cleat_http_requests_total Answers by class of status.\n"
	      "# TYPE cleat_http_requests_total counter\n",
	    out);
	for (unsigned i = 1; i < STATUS_CLASSES; i++)
		fprintf(out,
		    "cleat_http_requests_total{status=\"%uxx\"} %" PRIu64 "\n",
		    i, stat_get(&c->status[i]));
	fputs("# HELP cleat_http_refused_total Requests refused, by reason.\n"
	      "# TYPE cleat_http_refused_total counter\n",
	    out);
	for (unsigned i = REFUSAL_NONE + 1; i < REFUSALS; i++)
		refused(out, "request", refusal_row(i)->label,
		    stat_get(&c->refusals[i]));
	for (unsigned i = WS_R_NONE + 1; i < WS_R_COUNT; i++)
		refused(out, "handshake", ws_refusal(i)->label,
		    stat_get(&c->handshakes[i]));
}
