/* SPDX-License-Identifier: MIT
 *
 * worker.c - the thread, its round, and what other threads ask of it.
 *
 * A round dispatches sources, mail and deadlines (loop.c), then goes once
 * through the connections that have work left: unparsed input, unwritten
 * output, news for their handlers. What becomes due meanwhile waits for the
 * next round, which then does not sleep: so every connection gets its turn,
 * however busy the others are. A message to thousands is written in several
 * rounds, so that nobody waits for all of it.
 *
 * THREADS: as said in worker.h. MEMORY: two buffers for each worker.
 */
#include "config.h"

#include "net/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/fetch.h"
#include "base/log.h"
#include "base/must.h"
#include "net/engine.h"
#include "net/listener.h"

enum {
	ID_COUNTER_BITS = 48,
	ID_WORKER_BITS = 8,
	WORK_NS = 500 * 1000,
	CLOCK_EVERY = 32, /* connections */
};

/* What worker_accept and worker_unaccept ask. */
struct errand {
	struct mail mail;
	struct worker *worker;
	struct listener *listener; /* a reference */
	struct list doors;	   /* to begin with; empty: to end */
};

static void
release_dead(struct worker *w)
{
	while (!list_empty(&w->dead)) {
		struct conn *c = container_of(w->dead.next, struct conn, work);

		list_del(&c->work);
		w->calls->conn->released(c);
	}
}

/* When the round's work has taken WORK_NS, or as long as all that went before
 * it: then input does not outrun output. */
static uint64_t
work_until_ns(const struct worker *w)
{
	uint64_t now = clock_ns(), before = now - loop_began_ns(w->loop);

	return now + (before > WORK_NS ? before : WORK_NS);
}

static void
do_work(const struct worker *w, struct list *batch)
{
	uint64_t until = work_until_ns(w);

	for (unsigned n = 1; !list_empty(batch); n++) {
		struct list *at = batch->next;

		fetch(container_of(at->next, struct conn, work), CONN_HOT);
		list_del(at);
		conn_work(container_of(at, struct conn, work));
		if (n % CLOCK_EVERY == 0 && clock_ns() >= until)
			return;
	}
}

/* What is left is the first to be done in the next round. */
static void
end_round(void *arg)
{
	struct worker *w = arg;
	struct list batch;

	if (!list_empty(&w->work)) {
		list_init(&batch);
		list_splice_tail(&batch, &w->work);
		do_work(w, &batch);
		list_splice_tail(&batch, &w->work);
		list_splice_tail(&w->work, &batch);
	}
	deflates_rest(&w->deflates);
	release_dead(w);
	ceiling_look(w);
}

static void
free_all(struct worker *w)
{
	conns_fini(&w->conns);
	deflates_fini(&w->deflates);
	loop_free(&w->loop);
	free(w->buffer);
	free(w->turn.block);
	free(w);
}

int
worker_new(
    struct worker **out, unsigned index, const struct worker_calls *calls)
{
	struct worker *w = calloc(1, sizeof *w);
	int rc;

	must(index < 1U << ID_WORKER_BITS);
	if (!w)
		return -ENOMEM;
	w->index = index;
	w->calls = calls;
	list_init(&w->work);
	list_init(&w->dead);
	prefaces_init(&w->prefaces, w);
	relays_init(&w->relays, w);
	w->buffer = malloc(MESSAGE_UNIT_MAX + RECV_ROOM);
	w->turn.block = malloc(BLOCK_ROOM);
	rc = conns_init(&w->conns);
	if (!w->buffer || !w->turn.block)
		rc = -ENOMEM;
	if (rc == 0)
		rc = loop_new(&w->loop);
	if (rc == 0)
		rc = accepting_init(&w->accepting, w);
	if (rc != 0) {
		free_all(w);
		return rc;
	}
	loop_on_round_end(w->loop, end_round, w);
	*out = w;
	return 0;
}

static void
own(struct worker *w)
{
	__atomic_store_n(&w->owner, (uint64_t)pthread_self(), __ATOMIC_RELAXED);
}

bool
worker_here(const struct worker *w)
{
	return __atomic_load_n(&w->owner, __ATOMIC_RELAXED) ==
	       (uint64_t)pthread_self();
}

static void
one_round(struct worker *w, bool wait)
{
	loop_round(w->loop, wait && list_empty(&w->work));
}

void
worker_round(struct worker *w, bool wait)
{
	must(!w->started);
	own(w);
	one_round(w, wait);
}

static void
cut(struct conn *c, void *arg)
{
	(void)arg;
	conn_cut(c);
}

/* The connections that are left, then the mail that came meanwhile. */
static void
finish(struct worker *w)
{
	w->stopping = true;
	accepting_fini(&w->accepting);
	prefaces_cut(&w->prefaces, NULL);
	relays_cut(&w->relays, NULL);
	conns_each(&w->conns, cut, NULL);
	do
		one_round(w, false);
	while (!list_empty(&w->work) || w->conns.count > 0 ||
	       loop_pending(w->loop));
}

static void *
run(void *arg)
{
	struct worker *w = arg;

	own(w);
	if (crash_thread_start() < 0)
		log_warn("no memory for worker %u's last words", w->index);
	while (!w->stopping)
		one_round(w, true);
	finish(w);
	crash_thread_stop();
	return NULL;
}

int
worker_start(struct worker *w)
{
	int rc;

	must(!w->started);
	w->started = true;
	rc = pthread_create(&w->thread, NULL, run, w);
	if (rc != 0)
		w->started = false;
	return -rc;
}

static void
deliver_stop(struct mail *m)
{
	container_of(m, struct worker, stop_mail)->stopping = true;
}

void
worker_stop(struct worker *w)
{
	int rc;

	if (!w->started) {
		own(w);
		finish(w);
		return;
	}
	w->stop_mail.deliver = deliver_stop;
	must(mail_put(w->loop, &w->stop_mail, 0));
	rc = pthread_join(w->thread, NULL);
	must(rc == 0);
	w->started = false;
}

void
worker_free(struct worker **wp)
{
	struct worker *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	must(!w->started);
	own(w);
	finish(w);
	free_all(w);
}

unsigned
worker_index(const struct worker *w)
{
	return w->index;
}

struct loop *
worker_loop(struct worker *w)
{
	return w->loop;
}

uint64_t
worker_refused(const struct worker *w, enum preface_refusal why)
{
	return stat_get(&w->prefaces.refused[why]);
}

const struct timing *
worker_rounds(const struct worker *w)
{
	return loop_rounds(w->loop);
}

uint64_t
worker_spins(const struct worker *w)
{
	return loop_spins(w->loop);
}

void
worker_busy_poll(struct worker *w, uint64_t ms)
{
	loop_busy_poll(w->loop, ms);
}

size_t
worker_conns(const struct worker *w)
{
	return stat_get(&w->count);
}

uint64_t
worker_turned_away(const struct worker *w)
{
	return stat_get(&w->turned_away);
}

static void
deliver_errand(struct mail *m)
{
	struct errand *r = container_of(m, struct errand, mail);
	struct accepting *a = &r->worker->accepting;

	if (list_empty(&r->doors))
		accepting_end(a, r->listener);
	else if (r->worker->stopping)
		accepting_forget(&r->doors);
	else
		accepting_begin(a, &r->doors);
	listener_unref(&r->listener);
	free(r);
}

static int
send_errand(struct worker *w, struct listener *l, bool begin)
{
	struct errand *r = malloc(sizeof *r);

	if (!r)
		return -ENOMEM;
	*r = (struct errand){ .mail.deliver = deliver_errand, .worker = w };
	list_init(&r->doors);
	if (begin && accepting_prepare(&r->doors, l, w->index) != 0) {
		free(r);
		return -ENOMEM;
	}
	r->listener = listener_ref(l);
	must(mail_put(w->loop, &r->mail, 0));
	return 0;
}

int
worker_accept(struct worker *w, struct listener *l)
{
	return send_errand(w, l, true);
}

int
worker_unaccept(struct worker *w, struct listener *l)
{
	return send_errand(w, l, false);
}

static void
drain_one(struct conn *c, void *arg)
{
	(void)arg;
	conn_clock_drain(c);
}

static void
deliver_drain(struct mail *m)
{
	struct worker *w = container_of(m, struct worker, drain_mail);

	w->draining = true;
	conns_each(&w->conns, drain_one, NULL);
}

void
worker_drain(struct worker *w, uint64_t over_ms)
{
	if (__atomic_exchange_n(&w->drain_asked, true, __ATOMIC_RELAXED))
		return;
	w->drain_over_ms = over_ms;
	w->drain_mail.deliver = deliver_drain;
	must(mail_put(w->loop, &w->drain_mail, 0));
}

unsigned
worker_of_id(uint64_t id)
{
	return id >> ID_COUNTER_BITS & ((1U << ID_WORKER_BITS) - 1);
}

uint64_t
worker_next_id(struct worker *w)
{
	return (uint64_t)w->index << ID_COUNTER_BITS | ++w->ids;
}

struct conn *
worker_find(struct worker *w, uint64_t id)
{
	return conns_find(&w->conns, id);
}

const void *
worker_doing(const struct worker *w)
{
	return __atomic_load_n(&w->doing, __ATOMIC_RELAXED);
}

void
worker_set_doing(struct worker *w, const void *what)
{
	__atomic_store_n(&w->doing, what, __ATOMIC_RELAXED);
}
