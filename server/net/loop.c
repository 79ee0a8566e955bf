/* SPDX-License-Identifier: MIT
 *
 * loop.c - one round: wait, sources, mail, deadlines, `after`, deferred.
 *
 * Sources and mail have a share of time each, so that what is slow at the one
 * holds up neither the other nor deadlines: a round asks for as many sources as
 * the last one would have served in that time, and leaves mail for the next.
 *
 * The mailbox's descriptor is in the epoll set with a NULL source: it only
 * ends the wait, the mail itself is taken in every round.
 *
 * THREADS: see loop.h. MEMORY: the loop and its heap.
 */
#include "config.h"

#include "net/loop.h"

#include <sys/epoll.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fetch.h"
#include "base/must.h"
#include "base/stats.h"
#include "base/timing.h"

enum {
	BATCH = 512,
	NS_PER_MS = 1000 * 1000,
	SHARE_NS = 300 * 1000,
	/* A connection and the beginning of what stands around it. */
	SOURCE_BYTES = 5 * FETCH_LINE,
};

struct loop {
	int epoll_fd;
	uint64_t began_ns, now_ms; /* of this round */
	struct timing rounds;
	int ask;	   /* for so many sources */
	struct mail *left; /* taken, not yet delivered */
	uint64_t busy_ms;  /* atomic */
	uint64_t spins;
	struct mailbox box;
	struct deadline_heap deadlines;
	void (*after)(void *);
	void *after_arg;
	struct deferred *deferred; /* newest first: their order is free */
	struct epoll_event batch[BATCH];
};

int
loop_new(struct loop **out)
{
	struct loop *l = calloc(1, sizeof *l);
	int rc;

	if (!l)
		return -ENOMEM;
	rc = mailbox_init(&l->box);
	if (rc < 0)
		goto no_box;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0) {
		rc = -errno;
		goto no_epoll;
	}
	rc = loop_add(l, l->box.fd, EPOLLIN, NULL);
	if (rc < 0)
		goto no_source;
	l->now_ms = clock_ms();
	l->ask = BATCH;
	*out = l;
	return 0;
no_source:
	close(l->epoll_fd);
no_epoll:
	mailbox_fini(&l->box);
no_box:
	free(l);
	return rc;
}

void
loop_free(struct loop **lp)
{
	struct loop *l = *lp;

	*lp = NULL;
	if (!l)
		return;
	must(!loop_pending(l));
	deadline_heap_fini(&l->deadlines);
	close(l->epoll_fd);
	mailbox_fini(&l->box);
	free(l);
}

static int
patience_ms(const struct loop *l, bool wait, uint64_t now)
{
	const struct deadline *d = deadline_heap_first(&l->deadlines);

	/* What is pending may not have rung: see dispatch_sources(). */
	if (!wait || loop_pending(l))
		return 0;
	if (!d)
		return -1;
	if (d->at_ms <= now)
		return 0;
	return d->at_ms - now > INT_MAX ? INT_MAX : (int)(d->at_ms - now);
}

static int
look(struct loop *l, int patience)
{
	return epoll_wait(l->epoll_fd, l->batch, l->ask, patience);
}

/* Looks until something has happened, a deadline is near, or it is time to
 * sleep. */
static int
spin(struct loop *l, uint64_t now, uint64_t busy_ms)
{
	uint64_t until = now + busy_ms;
	int n;

	do {
		stat_add(&l->spins, 1);
		n = look(l, 0);
		now = clock_ms();
	} while (n == 0 && now < until && patience_ms(l, true, now) != 0);
	return n != 0 ? n : look(l, patience_ms(l, true, now));
}

static int
wait_for_events(struct loop *l, bool wait)
{
	uint64_t now_ns = clock_ns(), now = now_ns / NS_PER_MS;
	uint64_t busy_ms = __atomic_load_n(&l->busy_ms, __ATOMIC_RELAXED);
	int patience = patience_ms(l, wait, now);

	if (l->began_ns > 0)
		timing_add(&l->rounds, now_ns - l->began_ns);
	if (busy_ms > 0 && patience != 0)
		return spin(l, now, busy_ms);
	return look(l, patience);
}

/* How many sources the share would have been enough for. It grows slowly: a
 * few that were quick say little. */
static int
next_ask(int ask, int n, uint64_t took_ns)
{
	uint64_t fair = (uint64_t)n * SHARE_NS / (took_ns + 1);

	if (fair > 2 * (uint64_t)ask)
		fair = 2 * (uint64_t)ask;
	return fair < 1 ? 1 : fair < BATCH ? (int)fair : BATCH;
}

static void
dispatch_sources(struct loop *l, int n)
{
	mailbox_awake(&l->box, true); /* dispatch_mail() comes next */
	for (int i = 0; i < n; i++) {
		struct source *s = l->batch[i].data.ptr;

		if (i + 1 < n)
			fetch(l->batch[i + 1].data.ptr, SOURCE_BYTES);
		if (s)
			s->ready(s, l->batch[i].events);
		else
			mailbox_hush(&l->box);
	}
	mailbox_awake(&l->box, false);
}

static void
dispatch_mail(struct loop *l)
{
	uint64_t began_ns;

	if (!l->left)
		l->left = mailbox_take(&l->box);
	if (!l->left)
		return;
	began_ns = clock_ns();
	do {
		struct mail *m = l->left;

		l->left = m->next;
		m->deliver(m);
	} while (l->left && clock_ns() - began_ns < SHARE_NS);
}

/* One that arms itself anew in the past waits for the next round. */
static void
dispatch_deadlines(struct loop *l)
{
	for (uint32_t left = l->deadlines.count; left > 0; left--) {
		struct deadline *d = deadline_heap_first(&l->deadlines);

		if (!d || d->at_ms > l->now_ms)
			return;
		deadline_heap_clear(&l->deadlines, d);
		d->due(d);
	}
}

static void
dispatch_deferred(struct loop *l)
{
	struct deferred *d = l->deferred;

	l->deferred = NULL;
	while (d) {
		struct deferred *next = d->next;

		d->fn(d);
		d = next;
	}
}

void
loop_round(struct loop *l, bool wait)
{
	int n = wait_for_events(l, wait);

	must(n >= 0 || errno == EINTR);
	l->began_ns = clock_ns();
	l->now_ms = l->began_ns / NS_PER_MS;
	dispatch_sources(l, n);
	if (n > 0)
		l->ask = next_ask(l->ask, n, clock_ns() - l->began_ns);
	dispatch_mail(l);
	dispatch_deadlines(l);
	if (l->after)
		l->after(l->after_arg);
	dispatch_deferred(l);
}

void
loop_on_round_end(struct loop *l, void (*fn)(void *), void *arg)
{
	l->after = fn;
	l->after_arg = arg;
}

void
loop_defer(struct loop *l, struct deferred *d)
{
	d->next = l->deferred;
	l->deferred = d;
}

uint64_t
loop_now_ms(const struct loop *l)
{
	return l->now_ms;
}

uint64_t
loop_began_ns(const struct loop *l)
{
	return l->began_ns;
}

static int
control(struct loop *l, int op, int fd, uint32_t events, struct source *s)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	return epoll_ctl(l->epoll_fd, op, fd, &ev) < 0 ? -errno : 0;
}

int
loop_add(struct loop *l, int fd, uint32_t events, struct source *s)
{
	return control(l, EPOLL_CTL_ADD, fd, events, s);
}

int
loop_change(struct loop *l, int fd, uint32_t events, struct source *s)
{
	return control(l, EPOLL_CTL_MOD, fd, events, s);
}

void
loop_del(struct loop *l, int fd)
{
	int rc = control(l, EPOLL_CTL_DEL, fd, 0, NULL);

	/* A handler may have closed its descriptor too early. */
	must(rc == 0 || rc == -ENOENT || rc == -EBADF);
}

const struct timing *
loop_rounds(const struct loop *l)
{
	return &l->rounds;
}

void
loop_busy_poll(struct loop *l, uint64_t ms)
{
	__atomic_store_n(&l->busy_ms, ms, __ATOMIC_RELAXED);
}

uint64_t
loop_spins(const struct loop *l)
{
	return stat_get(&l->spins);
}

int
deadline_set(struct loop *l, struct deadline *d, uint64_t at_ms)
{
	return deadline_heap_set(&l->deadlines, d, at_ms);
}

void
deadline_clear(struct loop *l, struct deadline *d)
{
	deadline_heap_clear(&l->deadlines, d);
}

bool
loop_pending(const struct loop *l)
{
	return l->deferred || l->left || !mailbox_empty(&l->box);
}

bool
mail_put(struct loop *l, struct mail *m, size_t limit)
{
	return mailbox_put(&l->box, m, limit);
}
