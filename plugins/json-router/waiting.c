/* SPDX-License-Identifier: MIT
 *
 * waiting.c - requests that wait for their answer.
 */
#include "waiting.h"

#include "answer.h"
#include "forward.h"

static void
too_late(cleat_conn *c, void *arg)
{
	struct waiting *w = arg;

	w->timer = 0;
	answer_fault(c, w->id, FAULT_TIMEOUT);
	waiting_end(&w);
}

static struct waiting *
make(const char *id, const char *topic)
{
	size_t n = id ? strlen(id) + 1 : 0, m = topic ? strlen(topic) + 1 : 0;
	struct waiting *w = calloc(1, sizeof(*w) + n + m);

	if (w && id)
		w->id = memcpy(w->text, id, n);
	if (w && topic)
		w->topic = memcpy(w->text + n, topic, m);
	return w;
}

struct waiting *
waiting_new(cleat_conn *c, enum waits_for what, const char *id,
    const char *topic, uint64_t timeout_ms)
{
	struct peer *p = peer_of(c);
	struct waiting *w, **last = &p->waiting;

	if (p->n_waiting >= router_of(c)->max_waiting) {
		answer_blame(c, id, FAULT_TOO_MANY, NULL);
		return NULL;
	}
	w = make(id, topic);
	if (w && timeout_ms)
		w->timer = cleat->conn_after(c, timeout_ms, too_late, w);
	if (!w || (timeout_ms && !w->timer)) {
		free(w);
		answer_fault(c, id, FAULT_INTERNAL);
		return NULL;
	}
	w->conn = c;
	w->what = what;
	w->number = ++p->last;
	while (*last)
		last = &(*last)->next;
	*last = w;
	p->n_waiting++;
	return w;
}

struct waiting *
waiting_of_topic(cleat_conn *c, enum waits_for what, const char *topic)
{
	struct waiting *w = peer_of(c)->waiting;

	while (w && !(w->what == what && strcmp(w->topic, topic) == 0))
		w = w->next;
	return w;
}

struct waiting *
waiting_of_number(cleat_conn *c, uint64_t number)
{
	struct waiting *w = peer_of(c)->waiting;

	while (w && w->number != number)
		w = w->next;
	return w;
}

void
waiting_end(struct waiting **waiting)
{
	struct waiting *w = *waiting;
	struct peer *p = peer_of(w->conn);
	struct waiting **at = &p->waiting;

	*waiting = NULL;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	p->n_waiting--;
	if (w->timer)
		cleat->cancel(cleat->route(w->conn), w->timer);
	if (w->forwarding)
		forward_end(&w->forwarding);
	free(w);
}

void
waiting_end_all(cleat_conn *c)
{
	while (peer_of(c)->waiting) {
		struct waiting *w = peer_of(c)->waiting;

		waiting_end(&w);
	}
}
