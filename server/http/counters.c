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
#include "http/certificates.h"

struct row {
	const char *name, *type, *help;
	size_t offset; /* of a COUNTER */
};

static const struct row counters[] = {
#define COUNTER(member, name, type, help) \
	{ name, type, help, offsetof(struct counters, member) },
#include "http/counters.def"
};

enum family {
#define FAMILY(NAME, name, type, help) FAMILY_##NAME,
#include "http/counters.def"
};

static const struct row families[] = {
#define FAMILY(NAME, name, type, help) \
	[FAMILY_##NAME] = { name, type, help, 0 },
#include "http/counters.def"
};

static void
head(FILE *out, const struct row *r)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", r->name, r->help, r->name,
	    r->type);
}

static void
refused(FILE *out, const char *kind, const char *label, uint64_t n)
{
	if (n)
		fprintf(out, "%s{kind=\"%s\",reason=\"%s\"} %" PRIu64 "\n",
		    families[FAMILY_REFUSED].name, kind, label, n);
}

void
counters_print(const struct counters *c, const struct config *config, FILE *out)
{
	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
		const void *at = (const char *)c + counters[i].offset;

		head(out, &counters[i]);
		fprintf(out, "%s %" PRIu64 "\n", counters[i].name,
		    stat_get((const uint64_t *)at));
	}
	head(out, &families[FAMILY_CERTIFICATES]);
	certificates_print(config, families[FAMILY_CERTIFICATES].name, out);
	head(out, &families[FAMILY_REQUESTS]);
	for (unsigned i = 1; i < STATUS_CLASSES; i++)
		fprintf(out, "%s{status=\"%uxx\"} %" PRIu64 "\n",
		    families[FAMILY_REQUESTS].name, i, stat_get(&c->status[i]));
	head(out, &families[FAMILY_REFUSED]);
	for (unsigned i = REFUSAL_NONE + 1; i < REFUSALS; i++)
		refused(out, "request", refusal_row(i)->label,
		    stat_get(&c->refusals[i]));
	for (unsigned i = WS_R_NONE + 1; i < WS_R_COUNT; i++)
		refused(out, "handshake", ws_refusal(i)->label,
		    stat_get(&c->handshakes[i]));
}
