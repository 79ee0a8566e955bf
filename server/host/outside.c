/* SPDX-License-Identifier: MIT
 *
 * outside.c - see outside.h.
 */
#include "config.h"

#include "host/outside.h"

#include <errno.h>
#include <time.h>

#include "cleat.h"
#include "host/host.h"
#include "host/host_struct.h"
#include "topics/store_event.h"

enum { WAIT_S = 2 };

/* Above every id that the first worker will ever give. */
static const uint64_t tickets = UINT64_C(1) << 47;

struct waiter {
	struct list node;
	uint64_t ticket;
	pthread_cond_t answered;
	bool done;
	int status;
	struct host_published got;
};

void
outside_init(struct outside *o)
{
	pthread_mutex_init(&o->lock, NULL);
	list_init(&o->waiting);
	o->next = tickets;
}

void
outside_fini(struct outside *o)
{
	pthread_mutex_destroy(&o->lock);
}

void
outside_published(struct outside *o, const struct store_event *e)
{
	if (!(e->u.published.conn & tickets))
		return; /* a connection that has gone */
	pthread_mutex_lock(&o->lock);
	LIST_FOREACH (n, &o->waiting) {
		struct waiter *w = container_of(n, struct waiter, node);

		if (w->ticket != e->u.published.conn)
			continue;
		w->done = true;
		w->status = e->status;
		w->got = (struct host_published){ .epoch = e->u.published.epoch,
			.seq = e->u.published.seq,
			.duplicate = e->u.published.duplicate };
		pthread_cond_signal(&w->answered);
		break;
	}
	pthread_mutex_unlock(&o->lock);
}

static void
waiter_init(struct waiter *w)
{
	pthread_condattr_t attr;

	*w = (struct waiter){ .status = CLEAT_OK };
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->answered, &attr);
	pthread_condattr_destroy(&attr);
}

/* Under the lock. */
static void
await(struct outside *o, struct waiter *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_S;
	while (!w->done && pthread_cond_timedwait(
			       &w->answered, &o->lock, &until) != ETIMEDOUT)
		continue;
}

int
host_publish_wait(struct host *h, const char *name, int kind, const void *data,
    size_t len, const struct cleat_pub *pub, struct host_published *out)
{
	struct outside *o = &h->outside;
	struct cleat_pub mine = *pub;
	struct waiter w;
	int result;

	*out = (struct host_published){ 0 };
	if (!pub->store)
		return host_publish(h, name, kind, data, len, pub);
	waiter_init(&w);
	pthread_mutex_lock(&o->lock);
	mine.from = w.ticket = ++o->next;
	list_add_tail(&o->waiting, &w.node);
	pthread_mutex_unlock(&o->lock);

	result = host_publish(h, name, kind, data, len, &mine);

	pthread_mutex_lock(&o->lock);
	if (result == CLEAT_OK)
		await(o, &w);
	list_del(&w.node);
	pthread_mutex_unlock(&o->lock);
	pthread_cond_destroy(&w.answered);
	if (result != CLEAT_OK)
		return result;
	*out = w.got;
	return w.status;
}
