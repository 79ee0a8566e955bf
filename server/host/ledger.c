/* SPDX-License-Identifier: MIT
 *
 * ledger.c - what is counted per path, across reloads.
 *
 * THREADS, MEMORY: see ledger.h.
 */
#include "config.h"

#include "host/ledger.h"

#include <stdlib.h>
#include <string.h>

struct ledger *
ledger_get(struct list *ledgers, const char *path)
{
	size_t n = strlen(path) + 1;
	struct ledger *l;

	LIST_FOREACH (node, ledgers) {
		l = container_of(node, struct ledger, node);
		if (strcmp(l->path, path) == 0)
			return l;
	}
	l = calloc(1, sizeof(*l) + n);
	if (!l)
		return NULL;
	memcpy(l->path, path, n);
	pthread_mutex_init(&l->lock, NULL);
	list_add_tail(ledgers, &l->node);
	return l;
}

void
ledgers_free(struct list *ledgers)
{
	LIST_FOREACH_SAFE (node, ledgers) {
		struct ledger *l = container_of(node, struct ledger, node);

		list_del(node);
		pthread_mutex_destroy(&l->lock);
		free(l);
	}
}

/* --- the handler's own metrics ------------------------------------------ */

/* Would it be shown by the name of one of the host's own? */
static bool
metric_name_taken(const char *s)
{
	static const char *const own[] = {
#define METRIC(id, name, type, help) name,
#include "host/metrics.def"
	};
	const size_t prefix = strlen(LEDGER_METRIC_PREFIX);

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strncmp(own[i], LEDGER_METRIC_PREFIX, prefix) == 0 &&
		    strncmp(s, own[i] + prefix, strlen(own[i] + prefix)) == 0)
			return true;
	return false;
}

static bool
metric_name_valid(const char *s)
{
	size_t n = strnlen(s, LEDGER_METRIC_NAME_MAX + 1);

	return n > 0 && n <= LEDGER_METRIC_NAME_MAX && *s >= 'a' && *s <= 'z' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == n &&
	       !metric_name_taken(s);
}

/* Readers see the count only after the name behind it is whole. */
static struct ledger_metric *
metric_find(struct ledger *l, const char *name)
{
	size_t n = __atomic_load_n(&l->n_metrics, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < n; i++)
		if (strcmp(l->metrics[i].name, name) == 0)
			return &l->metrics[i];
	return NULL;
}

static struct ledger_metric *
metric_make(struct ledger *l, const char *name)
{
	struct ledger_metric *m;

	pthread_mutex_lock(&l->lock);
	m = metric_find(l, name);
	if (!m && l->n_metrics < LEDGER_METRICS_MAX) {
		m = &l->metrics[l->n_metrics];
		memcpy(m->name, name, strlen(name) + 1);
		__atomic_store_n(
		    &l->n_metrics, l->n_metrics + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&l->lock);
	return m;
}

bool
ledger_metric_add(struct ledger *l, const char *name, int64_t delta)
{
	struct ledger_metric *m;

	if (!name)
		return false;
	m = metric_find(l, name); /* first: what is there is a valid name */
	if (!m && metric_name_valid(name))
		m = metric_make(l, name);
	if (!m)
		return false;
	__atomic_fetch_add(&m->value, delta, __ATOMIC_RELAXED);
	return true;
}

/* --- counts ------------------------------------------------------------- */

bool
count_enter(size_t *count, size_t max)
{
	size_t now = __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);

	if (max == 0 || now <= max)
		return true;
	count_leave(count);
	return false;
}

void
count_leave(size_t *count)
{
	__atomic_sub_fetch(count, 1, __ATOMIC_RELAXED);
}
