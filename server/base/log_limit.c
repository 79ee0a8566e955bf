/* SPDX-License-Identifier: MIT
 *
 * log_limit.c - how often one event may be told.
 */
#include "config.h"

#include "base/log_limit.h"

#include <stdio.h>
#include <string.h>

#define WINDOW_MS 1000

static struct log_limit_entry *
find(struct log_limit *l, const char *event)
{
	size_t cut = sizeof(l->entries[0].event) - 1;

	for (size_t i = 0; i < l->used; i++)
		if (strncmp(l->entries[i].event, event, cut) == 0)
			return &l->entries[i];
	return NULL;
}

/* An entry for a new event: a free one, else the one quiet for longest whose
 * count has been told. NULL when every entry still owes its count. */
static struct log_limit_entry *
claim(struct log_limit *l)
{
	struct log_limit_entry *oldest = NULL;

	if (l->used < LOG_LIMIT_EVENTS)
		return &l->entries[l->used++];
	for (size_t i = 0; i < l->used; i++) {
		struct log_limit_entry *e = &l->entries[i];

		if (e->suppressed == 0 &&
		    (oldest == NULL || e->since_ms < oldest->since_ms))
			oldest = e;
	}
	return oldest;
}

bool
log_limit_pass(struct log_limit *l, const char *event, uint64_t now_ms)
{
	struct log_limit_entry *e = find(l, event);

	if (e == NULL) {
		e = claim(l);
		if (e == NULL)
			return true;
		*e = (struct log_limit_entry){ .since_ms = now_ms };
		snprintf(e->event, sizeof(e->event), "%s", event);
	}
	if (now_ms - e->since_ms >= WINDOW_MS) {
		e->since_ms = now_ms;
		e->passed = 0;
	}
	if (e->passed < LOG_LIMIT_PER_SECOND) {
		e->passed++;
		return true;
	}
	e->suppressed++;
	l->suppressed++;
	return false;
}

bool
log_limit_report(struct log_limit *l, uint64_t now_ms, bool all,
    struct log_limit_entry *report)
{
	if (l->suppressed == 0)
		return false;
	for (size_t i = 0; i < l->used; i++) {
		struct log_limit_entry *e = &l->entries[i];

		if (e->suppressed == 0 ||
		    (!all && now_ms - e->since_ms < WINDOW_MS))
			continue;
		*report = *e;
		l->suppressed -= e->suppressed;
		e->suppressed = 0;
		return true;
	}
	return false;
}
