/* SPDX-License-Identifier: MIT
 *
 * ceiling.c - see ceiling.h.
 *
 * A survey is a mail to each worker. The last one to answer knows the most
 * that any connection holds, and on which worker; a mail to that one closes
 * it. There is one survey at a time.
 *
 * THREADS: as said in ceiling.h; deliver_*() on the worker of the mail.
 */
#include "config.h"

#include "net/ceiling.h"

#include "base/log.h"
#include "net/conn_extra.h"
#include "net/engine.h"
#include "net/inbuf.h"
#include "net/payload.h"

/* Who holds less is left alone; a survey that found nobody else is made again
 * after AGAIN_MS. */
enum { WORTH_BYTES = 4096, AGAIN_MS = 100, PLACE_BITS = 8 };

static void deliver_survey(struct mail *);
static void deliver_shed(struct mail *);

static void
share(struct ceiling *c, struct ceiling *as)
{
	for (unsigned i = 0; i < c->n; i++) {
		struct worker *w = c->workers[i];

		w->ceiling.place = i;
		w->ceiling.survey.deliver = deliver_survey;
		w->ceiling.shed.deliver = deliver_shed;
		__atomic_store_n(&w->ceiling.of, as, __ATOMIC_RELEASE);
	}
}

void
ceiling_init(struct ceiling *c, struct worker *const *workers, unsigned n)
{
	*c = (struct ceiling){ .workers = workers, .n = n };
	share(c, c);
}

void
ceiling_fini(struct ceiling *c)
{
	share(c, NULL);
}

void
ceiling_set(struct ceiling *c, uint64_t max)
{
	__atomic_store_n(&c->max, max, __ATOMIC_RELAXED);
}

void
ceiling_add(struct ceiling *c, uint64_t bytes)
{
	__atomic_add_fetch(&c->conns, bytes, __ATOMIC_RELAXED);
}

void
ceiling_sub(struct ceiling *c, uint64_t bytes)
{
	__atomic_sub_fetch(&c->conns, bytes, __ATOMIC_RELAXED);
}

uint64_t
ceiling_held(const struct ceiling *c)
{
	uint64_t sum =
	    __atomic_load_n(&c->conns, __ATOMIC_RELAXED) + payload_bytes();

	for (unsigned i = 0; i < c->n; i++)
		sum += stat_get(&c->workers[i]->held) +
		       stat_get(&c->workers[i]->deflates.held);
	return sum;
}

bool
ceiling_near(const struct ceiling *c)
{
	uint64_t max = __atomic_load_n(&c->max, __ATOMIC_RELAXED);

	return max > 0 && ceiling_held(c) > max - max / 8;
}

/* --- above it ------------------------------------------------------------ */

static size_t
holds(const struct conn *c)
{
	return c->out.bytes + inbuf_takes(c->in) + conn_extra_takes(c);
}

struct search {
	struct conn *best;
	size_t bytes;
};

static void
compare(struct conn *c, void *arg)
{
	struct search *s = arg;

	conn_forget(c);
	if (holds(c) > s->bytes)
		*s = (struct search){ c, holds(c) };
}

static void
end_survey(struct ceiling *c)
{
	__atomic_store_n(&c->surveys, false, __ATOMIC_RELEASE);
}

/* All have answered. What compressors have forgotten may have been enough. */
static void
conclude(struct ceiling *c, uint64_t now_ms)
{
	uint64_t most = __atomic_load_n(&c->most, __ATOMIC_RELAXED);
	struct worker *w = c->workers[most & ((1U << PLACE_BITS) - 1)];

	if (ceiling_held(c) <= __atomic_load_n(&c->max, __ATOMIC_RELAXED)) {
		end_survey(c);
		return;
	}
	if (most >> PLACE_BITS >= WORTH_BYTES) {
		mail_put(w->loop, &w->ceiling.shed, 0);
		return;
	}
	__atomic_store_n(&c->again_ms, now_ms + AGAIN_MS, __ATOMIC_RELAXED);
	end_survey(c);
}

static void
deliver_survey(struct mail *m)
{
	struct worker *w = container_of(m, struct worker, ceiling.survey);
	struct ceiling *c = __atomic_load_n(&w->ceiling.of, __ATOMIC_ACQUIRE);
	struct search s = { NULL, 0 };
	uint64_t mine, most;

	if (!c)
		return;
	conns_each(&w->conns, compare, &s);
	w->ceiling.greediest = s.best ? s.best->id : 0;
	mine = (uint64_t)s.bytes << PLACE_BITS | w->ceiling.place;
	most = __atomic_load_n(&c->most, __ATOMIC_RELAXED);
	while (
	    mine > most && !__atomic_compare_exchange_n(&c->most, &most, mine,
			       false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
	if (__atomic_sub_fetch(&c->missing, 1, __ATOMIC_ACQ_REL) == 0)
		conclude(c, loop_now_ms(w->loop));
}

static void
deliver_shed(struct mail *m)
{
	struct worker *w = container_of(m, struct worker, ceiling.shed);
	struct ceiling *c = __atomic_load_n(&w->ceiling.of, __ATOMIC_ACQUIRE);
	struct conn *greedy = worker_find(w, w->ceiling.greediest);

	if (greedy)
		conn_shed(greedy);
	if (c)
		end_survey(c);
}

static void
survey(struct ceiling *c, uint64_t max)
{
	if (__atomic_exchange_n(&c->surveys, true, __ATOMIC_ACQUIRE))
		return;
	LOG_EVENT(LOG_LEVEL_WARN, "max_memory is reached",
	    LOG_NUM("bytes", ceiling_held(c)), LOG_NUM("max", max));
	__atomic_store_n(&c->most, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&c->missing, c->n, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < c->n; i++)
		mail_put(
		    c->workers[i]->loop, &c->workers[i]->ceiling.survey, 0);
}

void
ceiling_look(struct worker *w)
{
	struct ceiling *c = __atomic_load_n(&w->ceiling.of, __ATOMIC_RELAXED);
	uint64_t max = c ? __atomic_load_n(&c->max, __ATOMIC_RELAXED) : 0;

	w->deflates.frugal = max > 0 && ceiling_near(c);
	if (!w->deflates.frugal || ceiling_held(c) <= max)
		return;
	if (loop_now_ms(w->loop) >=
	    __atomic_load_n(&c->again_ms, __ATOMIC_RELAXED))
		survey(c, max);
}
