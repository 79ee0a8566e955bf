/* SPDX-License-Identifier: MIT
 *
 * watchdog.c - does every worker still come round?
 */
#include "config.h"

#include "watchdog.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "host/callsite.h"
#include "net/loop.h"
#include "net/worker.h"

/* What one worker is asked. */
struct letter {
	struct mail mail;
	struct worker *worker;
	uint64_t sent_ms;
	uint64_t answered_ms; /* atomic; 0: not yet */
	bool told;	      /* that it is stalled */
	struct callsite at;   /* what held it, once told */
};

struct watchdog {
	unsigned n;
	struct letter letters[];
};

/* Owner worker. */
static void
answer(struct mail *mail)
{
	struct letter *l = container_of(mail, struct letter, mail);

	__atomic_store_n(&l->answered_ms, clock_ms(), __ATOMIC_RELEASE);
}

static void
post(struct letter *l)
{
	l->sent_ms = clock_ms();
	l->answered_ms = 0;
	l->told = false;
	mail_put(worker_loop(l->worker), &l->mail, 0);
}

int
watchdog_new(struct watchdog **out, struct worker *const *workers, unsigned n)
{
	struct watchdog *w = calloc(1, sizeof(*w) + n * sizeof(w->letters[0]));

	*out = w;
	if (w == NULL)
		return -ENOMEM;
	w->n = n;
	for (unsigned i = 0; i < n; i++) {
		w->letters[i].worker = workers[i];
		w->letters[i].mail.deliver = answer;
		post(&w->letters[i]);
	}
	return 0;
}

void
watchdog_free(struct watchdog **w)
{
	free(*w);
	*w = NULL;
}

/* Notes what holds the worker. The fields are another thread's, which may be
 * changing them; what they point at lives as long as the host. */
static void
note_culprit(struct letter *l)
{
	const struct callsite *at = worker_doing(l->worker);

	l->at = (struct callsite){ .handler = NULL };
	if (at == NULL)
		return;
	l->at.handler = __atomic_load_n(&at->handler, __ATOMIC_RELAXED);
	l->at.path = __atomic_load_n(&at->path, __ATOMIC_RELAXED);
	l->at.callback = __atomic_load_n(&at->callback, __ATOMIC_RELAXED);
	l->at.conn = __atomic_load_n(&at->conn, __ATOMIC_RELAXED);
}

static void
tell(const struct letter *l, const char *event, uint64_t ms)
{
	const struct callsite *at = &l->at;

	LOG_EVENT(LOG_LEVEL_WARN, event,
	    LOG_NUM("worker", worker_index(l->worker)), LOG_NUM("ms", ms),
	    LOG_STR("handler", at->handler), LOG_STR("callback", at->callback),
	    LOG_STR("route", at->path),
	    at->conn ? LOG_NUM("conn", at->conn) : (struct log_field){ 0 });
}

bool
watchdog_tick(struct watchdog *w, uint64_t stall_ms)
{
	bool alive = true;

	for (unsigned i = 0; i < w->n; i++) {
		struct letter *l = &w->letters[i];
		uint64_t answered =
		    __atomic_load_n(&l->answered_ms, __ATOMIC_ACQUIRE);
		uint64_t held = clock_ms() - l->sent_ms;

		if (answered != 0) {
			if (l->told)
				tell(l, "freed", answered - l->sent_ms);
			post(l);
		} else if (stall_ms != 0 && held >= stall_ms) {
			alive = false;
			if (!l->told) {
				note_culprit(l);
				tell(l, "stalled", held);
			}
			l->told = true;
		}
	}
	return alive;
}
