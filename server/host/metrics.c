/* SPDX-License-Identifier: MIT
 *
 * metrics.c - all counts of the host in Prometheus' text format.
 *
 * The counts of one path are the sums over all instances that it ever had,
 * tombstones included, so that no counter ever falls. The lists are copied
 * under the lock and read without it: neither ledgers nor instances are freed
 * before the host.
 *
 * THREADS: any. MEMORY: two arrays, freed on return.
 */
#include "config.h"

#include "host/host.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/stats.h"
#include "host/host_struct.h"
#include "host/instance.h"
#include "host/measure.h"
#include "topics/hub.h"
#include "topics/store.h"
#include "net/worker.h"
#include "wire/ws.h"

enum metric {
#define METRIC(id, name, type, help) METRIC_##id,
#include "host/metrics.def"
};

static const struct {
	const char *name, *type, *help;
} rows[] = {
#define METRIC(id, name, type, help) [METRIC_##id] = { name, type, help },
#include "host/metrics.def"
};

/* All counts of one path. */
struct sums {
	struct ledger *ledger;
	struct tally tally;
};

struct report {
	FILE *to;
	struct host *host;
	struct cleat_route **instances;
	size_t n_instances;
	struct sums *paths;
	size_t n_paths;
};

/* --- collecting --------------------------------------------------------- */

static size_t
length(const struct list *head)
{
	size_t n = 0;

	for (const struct list *at = head->next; at != head; at = at->next)
		n++;
	return n;
}

static bool
collect_lists(struct report *r)
{
	struct host *h = r->host;

	pthread_mutex_lock(&h->lock);
	r->instances =
	    calloc(length(&h->instances) + 1, sizeof(struct cleat_route *));
	r->paths = calloc(length(&h->ledgers) + 1, sizeof(struct sums));
	if (r->instances && r->paths) {
		LIST_FOREACH (n, &h->instances) {
			r->instances[r->n_instances++] =
			    container_of(n, struct cleat_route, node);
		}
		LIST_FOREACH (n, &h->ledgers) {
			r->paths[r->n_paths++].ledger =
			    container_of(n, struct ledger, node);
		}
	}
	pthread_mutex_unlock(&h->lock);
	return r->instances && r->paths;
}

/* A tally is nothing but counters. */
static void
add_tally(struct tally *sum, const struct tally *more)
{
	_Static_assert(sizeof(struct tally) % sizeof(uint64_t) == 0, "");
	const uint64_t *from = (const void *)more;
	uint64_t *to = (void *)sum;

	for (size_t i = 0; i < sizeof(*sum) / sizeof(uint64_t); i++)
		to[i] += stat_get(&from[i]);
}

static void
sum_up(struct report *r)
{
	for (size_t i = 0; i < r->n_instances; i++)
		for (size_t p = 0; p < r->n_paths; p++)
			if (r->paths[p].ledger == r->instances[i]->ledger)
				add_tally(&r->paths[p].tally,
				    &r->instances[i]->tally);
}

/* --- writing ------------------------------------------------------------ */

static void
head(const struct report *r, enum metric m)
{
	fprintf(r->to, "# HELP %s %s\n# TYPE %s %s\n", rows[m].name,
	    rows[m].help, rows[m].name, rows[m].type);
}

static void
put_label(const struct report *r, const char *key, const char *value)
{
	fprintf(r->to, "%s=\"", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', r->to);
		fputc(*value, r->to);
	}
	fputc('"', r->to);
}

/* name{route="..."} value, or with a second label. */
static void
row(const struct report *r, enum metric m, const struct sums *s,
    const char *key, const char *value, uint64_t count)
{
	fprintf(r->to, "%s{", rows[m].name);
	put_label(r, "route", s->ledger->path);
	if (key) {
		fputc(',', r->to);
		put_label(r, key, value);
	}
	fprintf(r->to, "} %" PRIu64 "\n", count);
}

static void
plain(const struct report *r, enum metric m, uint64_t value)
{
	head(r, m);
	fprintf(r->to, "%s %" PRIu64 "\n", rows[m].name, value);
}

static void
write_host(const struct report *r)
{
	const struct host *h = r->host;

	head(r, METRIC_BUILD);
	fprintf(r->to, "%s{version=\"%s\",abi=\"%d.%d\"} 1\n",
	    rows[METRIC_BUILD].name, PACKAGE_VERSION, CLEAT_ABI_MAJOR,
	    CLEAT_ABI_MINOR);
	plain(r, METRIC_RELOAD_OK,
	    !__atomic_load_n(&h->reload_failed, __ATOMIC_RELAXED));
	plain(r, METRIC_RELOAD_AT, stat_get(&h->reload_wall_ms) / 1000);
	plain(r, METRIC_INSIDE, __atomic_load_n(&h->inside, __ATOMIC_RELAXED));
	plain(
	    r, METRIC_PENDING, __atomic_load_n(&h->pending, __ATOMIC_RELAXED));
	plain(r, METRIC_HELD, ceiling_held(&h->ceiling));
	plain(r, METRIC_LOG_DROPPED, log_dropped());
}

static void
write_workers(const struct report *r)
{
	uint64_t turned_away = 0;

	head(r, METRIC_WORKER);
	for (unsigned i = 0; i < r->host->n_workers; i++)
		fprintf(r->to, "%s{worker=\"%u\"} %zu\n",
		    rows[METRIC_WORKER].name, i,
		    worker_conns(r->host->workers[i]));
	for (unsigned i = 0; i < r->host->n_workers; i++)
		turned_away += worker_turned_away(r->host->workers[i]);
	plain(r, METRIC_TURNED_AWAY, turned_away);
}

static void
write_prefaces(const struct report *r)
{
	head(r, METRIC_PROXIES);
	for (enum preface_refusal why = 0; why < PREFACE_REFUSALS; why++) {
		uint64_t n = 0;

		for (unsigned i = 0; i < r->host->n_workers; i++)
			n += worker_refused(r->host->workers[i], why);
		fprintf(r->to, "%s{reason=\"%s\"} %" PRIu64 "\n",
		    rows[METRIC_PROXIES].name, preface_label(why), n);
	}
}

static void
write_topics(const struct report *r)
{
	struct hub_figures hub = { 0 };
	struct store *s = r->host->store;
	struct store_figures f;

	for (unsigned i = 0; i < r->host->n_workers; i++) {
		const struct hub_figures *one = hub_figures(r->host->hubs[i]);

		hub.subscriptions += stat_get(&one->subscriptions);
		hub.deliveries += stat_get(&one->deliveries);
	}
	s->ops->figures(s, &f);
	plain(r, METRIC_SUBSCRIPTIONS, hub.subscriptions);
	plain(r, METRIC_DELIVERIES, hub.deliveries);
	plain(r, METRIC_TOPICS, f.topics);
	plain(r, METRIC_MEMBERS, f.members);
	plain(r, METRIC_PUBLISHED, f.published);
	plain(r, METRIC_DUPLICATES, f.duplicates);
	plain(r, METRIC_REFUSED, f.refused);
	plain(r, METRIC_FORGOTTEN, f.forgotten);
	plain(r, METRIC_HISTORY, f.history_messages);
	plain(r, METRIC_HISTORY_BYTES, f.history_bytes);
	plain(r, METRIC_KEYS, f.registry_keys);
	plain(r, METRIC_KEY_BYTES, f.registry_bytes);
}

/* A metric with one value for each path, at this offset of its tally. */
static void
write_field(const struct report *r, enum metric m, size_t offset)
{
	head(r, m);
	for (size_t p = 0; p < r->n_paths; p++) {
		const char *tally = (const void *)&r->paths[p].tally;
		uint64_t count;

		memcpy(&count, tally + offset, sizeof(count));
		row(r, m, &r->paths[p], NULL, NULL, count);
	}
}

static void
write_both_ways(const struct report *r, enum metric m, size_t in, size_t out)
{
	head(r, m);
	for (size_t p = 0; p < r->n_paths; p++) {
		const char *tally = (const void *)&r->paths[p].tally;
		uint64_t counts[2];

		memcpy(&counts[0], tally + in, sizeof(uint64_t));
		memcpy(&counts[1], tally + out, sizeof(uint64_t));
		row(r, m, &r->paths[p], "dir", "in", counts[0]);
		row(r, m, &r->paths[p], "dir", "out", counts[1]);
	}
}

#define FIELD(name) offsetof(struct tally, name)

static void
write_dropped(const struct report *r, const struct sums *s)
{
	row(r, METRIC_DROPPED, s, "reason", "queue", s->tally.dropped);
	row(r, METRIC_DROPPED, s, "reason", "lose_first", s->tally.lost_first);
	row(r, METRIC_DROPPED, s, "reason", "lose_next", s->tally.lost_next);
}

static void
write_tallies(const struct report *r)
{
	write_field(r, METRIC_CONNECTIONS, FIELD(connections));
	write_both_ways(
	    r, METRIC_MESSAGES, FIELD(messages_in), FIELD(messages_out));
	write_both_ways(r, METRIC_BYTES, FIELD(bytes_in), FIELD(bytes_out));
	write_both_ways(r, METRIC_PINGS, FIELD(pings_in), FIELD(pings_out));
	write_field(r, METRIC_PONGS, FIELD(pongs_in));
	write_field(r, METRIC_BUSY, FIELD(busy));
	write_field(r, METRIC_QUEUE, FIELD(queue_bytes));
	head(r, METRIC_DROPPED);
	for (size_t p = 0; p < r->n_paths; p++)
		write_dropped(r, &r->paths[p]);
}

static void
write_ends(const struct report *r)
{
	head(r, METRIC_HANDSHAKES);
	for (size_t p = 0; p < r->n_paths; p++)
		for (unsigned i = 0; i < WS_R_COUNT; i++)
			row(r, METRIC_HANDSHAKES, &r->paths[p], "result",
			    i == WS_R_NONE ? "accepted" : ws_refusal(i)->label,
			    stat_get(&r->paths[p].ledger->results[i]));
	head(r, METRIC_CLOSES);
	for (size_t p = 0; p < r->n_paths; p++)
		for (unsigned i = 0; i < TALLY_CODES; i++)
			if (r->paths[p].tally.codes[i] > 0)
				row(r, METRIC_CLOSES, &r->paths[p], "code",
				    tally_code_label(i),
				    r->paths[p].tally.codes[i]);
	head(r, METRIC_CAUSES);
	for (size_t p = 0; p < r->n_paths; p++)
		for (unsigned i = WS_V_NONE + 1; i < WS_V_COUNT; i++)
			if (r->paths[p].tally.causes[i] > 0)
				row(r, METRIC_CAUSES, &r->paths[p], "reason",
				    ws_violation(i)->label,
				    r->paths[p].tally.causes[i]);
	head(r, METRIC_UNEXPECTED);
	for (size_t p = 0; p < r->n_paths; p++)
		row(r, METRIC_UNEXPECTED, &r->paths[p], NULL, NULL,
		    stat_get(&r->paths[p].ledger->unexpected));
}

/* --- handlers ----------------------------------------------------------- */

static bool
same_handler(const struct cleat_route *a, const struct cleat_route *b)
{
	return strcmp(a->callsite.handler, b->callsite.handler) == 0;
}

/* Is the i-th instance the first of its handler's name? */
static bool
is_first(const struct report *r, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_handler(r->instances[j], r->instances[i]))
			return false;
	return true;
}

static struct measure
sum_measures(const struct report *r, size_t first, enum callback cb)
{
	struct measure sum = { 0 };

	for (size_t i = first; i < r->n_instances; i++) {
		const struct measure *m = &r->instances[i]->measures[cb];

		if (!same_handler(r->instances[first], r->instances[i]))
			continue;
		for (unsigned b = 0; b < MEASURE_BUCKETS; b++)
			sum.buckets[b] += stat_get(&m->buckets[b]);
		sum.timed += stat_get(&m->timed);
		sum.ns += stat_get(&m->ns);
		sum.cpu_ns += stat_get(&m->cpu_ns);
	}
	return sum;
}

static void
put_callback(const struct report *r, const char *suffix, const char *handler,
    enum callback cb)
{
	fprintf(r->to, "%s%s{", rows[METRIC_CALLBACK].name, suffix);
	put_label(r, "handler", handler);
	fputc(',', r->to);
	put_label(r, "callback", callback_names[cb]);
}

static void
write_histogram(const struct report *r, const struct measure *m,
    const char *handler, enum callback cb)
{
	uint64_t count = 0;

	for (unsigned b = 0; b < MEASURE_BUCKETS; b++) {
		count += m->buckets[b];
		put_callback(r, "_bucket", handler, cb);
		if (b < MEASURE_BUCKETS - 1)
			fprintf(r->to, ",le=\"%g\"} %" PRIu64 "\n",
			    (double)measure_bounds[b] / 1e9, count);
		else
			fprintf(r->to, ",le=\"+Inf\"} %" PRIu64 "\n", count);
	}
	put_callback(r, "_sum", handler, cb);
	fprintf(r->to, "} %.9f\n", (double)m->ns / 1e9);
	put_callback(r, "_count", handler, cb);
	fprintf(r->to, "} %" PRIu64 "\n", count);
}

static void
write_callbacks(const struct report *r)
{
	head(r, METRIC_CALLBACK);
	for (size_t i = 0; i < r->n_instances; i++)
		for (unsigned cb = 0; is_first(r, i) && cb < CALLBACKS; cb++) {
			struct measure m = sum_measures(r, i, cb);

			if (m.timed > 0)
				write_histogram(r, &m,
				    r->instances[i]->callsite.handler, cb);
		}
	head(r, METRIC_CPU);
	for (size_t i = 0; i < r->n_instances; i++) {
		uint64_t ns = 0;

		if (!is_first(r, i))
			continue;
		for (unsigned cb = 0; cb < CALLBACKS; cb++)
			ns += sum_measures(r, i, cb).cpu_ns;
		fprintf(r->to, "%s{", rows[METRIC_CPU].name);
		put_label(r, "handler", r->instances[i]->callsite.handler);
		fprintf(r->to, "} %.6f\n", (double)ns / 1e9);
	}
}

/* Prometheus wants all rows of one name together: each name is written when
 * its first owner comes, for all of them. */
static bool
named_before(const struct report *r, size_t path, const char *name)
{
	for (size_t p = 0; p < path; p++) {
		const struct ledger *l = r->paths[p].ledger;
		size_t n = __atomic_load_n(&l->n_metrics, __ATOMIC_ACQUIRE);

		for (size_t i = 0; i < n; i++)
			if (strcmp(l->metrics[i].name, name) == 0)
				return true;
	}
	return false;
}

static void
write_own(const struct report *r, size_t first, const char *name)
{
	fprintf(r->to,
	    "# HELP " LEDGER_METRIC_PREFIX "%s a handler's own\n"
	    "# TYPE " LEDGER_METRIC_PREFIX "%s untyped\n",
	    name, name);
	for (size_t p = first; p < r->n_paths; p++) {
		struct ledger *l = r->paths[p].ledger;
		size_t n = __atomic_load_n(&l->n_metrics, __ATOMIC_ACQUIRE);

		for (size_t i = 0; i < n; i++) {
			if (strcmp(l->metrics[i].name, name) != 0)
				continue;
			fprintf(r->to, LEDGER_METRIC_PREFIX "%s{", name);
			put_label(r, "route", l->path);
			fprintf(r->to, "} %" PRId64 "\n",
			    __atomic_load_n(
				&l->metrics[i].value, __ATOMIC_RELAXED));
		}
	}
}

static void
write_owns(const struct report *r)
{
	for (size_t p = 0; p < r->n_paths; p++) {
		const struct ledger *l = r->paths[p].ledger;
		size_t n = __atomic_load_n(&l->n_metrics, __ATOMIC_ACQUIRE);

		for (size_t i = 0; i < n; i++)
			if (!named_before(r, p, l->metrics[i].name))
				write_own(r, p, l->metrics[i].name);
	}
}

void
host_metrics(struct host *h, FILE *to)
{
	struct report r = { .to = to, .host = h };

	if (collect_lists(&r)) {
		sum_up(&r);
		write_host(&r);
		write_topics(&r);
		write_prefaces(&r);
		write_workers(&r);
		write_tallies(&r);
		write_ends(&r);
		write_callbacks(&r);
		write_owns(&r);
	}
	free(r.instances);
	free(r.paths);
}
