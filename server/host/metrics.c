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

#include "base/label.h"
#include "base/log.h"
#include "base/stats.h"
#include "host/host_struct.h"
#include "host/instance.h"
#include "host/measure.h"
#include "host/metric.h"
#include "topics/hub.h"
#include "topics/store.h"
#include "net/worker.h"
#include "wire/ws.h"

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

/* name{route="..."} value, or with a second label. */
static void
row(const struct report *r, enum metric m, const struct sums *s,
    const char *key, const char *value, uint64_t count)
{
	fprintf(r->to, "%s{", metric_name(m));
	label_put(r->to, "route", s->ledger->path);
	if (key) {
		fputc(',', r->to);
		label_put(r->to, key, value);
	}
	fprintf(r->to, "} %" PRIu64 "\n", count);
}

static void
write_host(const struct report *r)
{
	const struct host *h = r->host;

	metric_head(r->to, METRIC_BUILD);
	fprintf(r->to, "%s{version=\"%s\",abi=\"%d.%d\"} 1\n",
	    metric_name(METRIC_BUILD), PACKAGE_VERSION, CLEAT_ABI_MAJOR,
	    CLEAT_ABI_MINOR);
	metric_plain(r->to, METRIC_RELOAD_OK,
	    !__atomic_load_n(&h->reload_failed, __ATOMIC_RELAXED));
	metric_plain(
	    r->to, METRIC_RELOAD_AT, stat_get(&h->reload_wall_ms) / 1000);
	metric_plain(r->to, METRIC_INSIDE,
	    __atomic_load_n(&h->inside, __ATOMIC_RELAXED));
	metric_plain(r->to, METRIC_PENDING,
	    __atomic_load_n(&h->pending, __ATOMIC_RELAXED));
	metric_plain(r->to, METRIC_HELD, ceiling_held(&h->ceiling));
	metric_plain(r->to, METRIC_LOG_DROPPED, log_dropped());
}

static void
write_stalls(const struct report *r)
{
	metric_head(r->to, METRIC_STALL);
	for (unsigned i = 0; i < r->host->n_workers; i++) {
		struct timing rounds = { 0 };
		char index[16];
		const struct metric_label label = { "worker", index };

		snprintf(index, sizeof(index), "%u", i);
		timing_merge(&rounds, worker_rounds(r->host->workers[i]));
		metric_timing(r->to, METRIC_STALL, &label, 1, &rounds);
	}
}

static void
write_workers(const struct report *r)
{
	uint64_t turned_away = 0, spins = 0;

	metric_head(r->to, METRIC_WORKER);
	for (unsigned i = 0; i < r->host->n_workers; i++)
		fprintf(r->to, "%s{worker=\"%u\"} %zu\n",
		    metric_name(METRIC_WORKER), i,
		    worker_conns(r->host->workers[i]));
	for (unsigned i = 0; i < r->host->n_workers; i++) {
		turned_away += worker_turned_away(r->host->workers[i]);
		spins += worker_spins(r->host->workers[i]);
	}
	metric_plain(r->to, METRIC_TURNED_AWAY, turned_away);
	write_stalls(r);
	metric_plain(r->to, METRIC_SPINS, spins);
}

static void
write_prefaces(const struct report *r)
{
	metric_head(r->to, METRIC_PROXIES);
	for (enum preface_refusal why = 0; why < PREFACE_REFUSALS; why++) {
		uint64_t n = 0;

		for (unsigned i = 0; i < r->host->n_workers; i++)
			n += worker_refused(r->host->workers[i], why);
		fprintf(r->to, "%s{reason=\"%s\"} %" PRIu64 "\n",
		    metric_name(METRIC_PROXIES), preface_label(why), n);
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
	metric_plain(r->to, METRIC_SUBSCRIPTIONS, hub.subscriptions);
	metric_plain(r->to, METRIC_DELIVERIES, hub.deliveries);
	metric_plain(r->to, METRIC_TOPICS, f.topics);
	metric_plain(r->to, METRIC_MEMBERS, f.members);
	metric_plain(r->to, METRIC_PUBLISHED, f.published);
	metric_plain(r->to, METRIC_DUPLICATES, f.duplicates);
	metric_plain(r->to, METRIC_REFUSED, f.refused);
	metric_plain(r->to, METRIC_FORGOTTEN, f.forgotten);
	metric_plain(r->to, METRIC_HISTORY, f.history_messages);
	metric_plain(r->to, METRIC_HISTORY_BYTES, f.history_bytes);
	metric_plain(r->to, METRIC_KEYS, f.registry_keys);
	metric_plain(r->to, METRIC_KEY_BYTES, f.registry_bytes);
}

/* A metric with one value for each path, at this offset of its tally. */
static void
write_field(const struct report *r, enum metric m, size_t offset)
{
	metric_head(r->to, m);
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
	metric_head(r->to, m);
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
	metric_head(r->to, METRIC_DROPPED);
	for (size_t p = 0; p < r->n_paths; p++)
		write_dropped(r, &r->paths[p]);
}

static void
write_ends(const struct report *r)
{
	metric_head(r->to, METRIC_HANDSHAKES);
	for (size_t p = 0; p < r->n_paths; p++)
		for (unsigned i = 0; i < WS_R_COUNT; i++)
			row(r, METRIC_HANDSHAKES, &r->paths[p], "result",
			    i == WS_R_NONE ? "accepted" : ws_refusal(i)->label,
			    stat_get(&r->paths[p].ledger->results[i]));
	metric_head(r->to, METRIC_CLOSES);
	for (size_t p = 0; p < r->n_paths; p++)
		for (unsigned i = 0; i < TALLY_CODES; i++)
			if (r->paths[p].tally.codes[i] > 0)
				row(r, METRIC_CLOSES, &r->paths[p], "code",
				    tally_code_label(i),
				    r->paths[p].tally.codes[i]);
	metric_head(r->to, METRIC_CAUSES);
	for (size_t p = 0; p < r->n_paths; p++)
		for (unsigned i = WS_V_NONE + 1; i < WS_V_COUNT; i++)
			if (r->paths[p].tally.causes[i] > 0)
				row(r, METRIC_CAUSES, &r->paths[p], "reason",
				    ws_violation(i)->label,
				    r->paths[p].tally.causes[i]);
	metric_head(r->to, METRIC_UNEXPECTED);
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
		timing_merge(&sum.wall, &m->wall);
		sum.cpu_ns += stat_get(&m->cpu_ns);
	}
	return sum;
}

static void
write_callback(const struct report *r, const struct measure *m,
    const char *handler, enum callback cb)
{
	const struct metric_label labels[2] = { { "handler", handler },
		{ "callback", callback_names[cb] } };

	metric_timing(r->to, METRIC_CALLBACK, labels, 2, &m->wall);
}

static void
write_callbacks(const struct report *r)
{
	metric_head(r->to, METRIC_CALLBACK);
	for (size_t i = 0; i < r->n_instances; i++)
		for (unsigned cb = 0; is_first(r, i) && cb < CALLBACKS; cb++) {
			struct measure m = sum_measures(r, i, cb);

			if (m.wall.count > 0)
				write_callback(r, &m,
				    r->instances[i]->callsite.handler, cb);
		}
	metric_head(r->to, METRIC_CPU);
	for (size_t i = 0; i < r->n_instances; i++) {
		uint64_t ns = 0;

		if (!is_first(r, i))
			continue;
		for (unsigned cb = 0; cb < CALLBACKS; cb++)
			ns += sum_measures(r, i, cb).cpu_ns;
		fprintf(r->to, "%s{", metric_name(METRIC_CPU));
		label_put(r->to, "handler", r->instances[i]->callsite.handler);
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
			label_put(r->to, "route", l->path);
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
