/* SPDX-License-Identifier: MIT
 *
 * deadlines.c - see deadlines.h. There are at most http.max_connections, and
 * a walk over them four times a second costs less than keeping them sorted.
 */
#include "config.h"

#include "http/deadlines.h"

#include <sys/socket.h>
#include <time.h>

void
deadlines_init(struct deadlines *d)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->ended, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&d->lock, NULL);
	list_init(&d->all);
}

void
deadlines_fini(struct deadlines *d)
{
	pthread_cond_destroy(&d->ended);
	pthread_mutex_destroy(&d->lock);
}

unsigned
deadlines_tick(struct deadlines *d, uint64_t now_ms)
{
	unsigned cut = 0;

	pthread_mutex_lock(&d->lock);
	LIST_FOREACH (n, &d->all) {
		struct due *due = container_of(n, struct due, node);

		if (due->at_ms == 0 || due->at_ms > now_ms)
			continue;
		due->at_ms = 0;
		shutdown(due->fd, SHUT_RDWR);
		cut++;
	}
	pthread_mutex_unlock(&d->lock);
	return cut;
}

bool
deadlines_cut_all(struct deadlines *d, unsigned ms)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&d->lock);
	LIST_FOREACH (n, &d->all)
		shutdown(container_of(n, struct due, node)->fd, SHUT_RDWR);
	while (!list_empty(&d->all) &&
	       pthread_cond_timedwait(&d->ended, &d->lock, &until) == 0)
		continue;
	ended = list_empty(&d->all);
	pthread_mutex_unlock(&d->lock);
	return ended;
}

void
due_begin(struct deadlines *d, struct due *due, int fd)
{
	due->fd = fd;
	due->at_ms = 0;
	pthread_mutex_lock(&d->lock);
	list_add_tail(&d->all, &due->node);
	pthread_mutex_unlock(&d->lock);
}

void
due_set(struct deadlines *d, struct due *due, uint64_t at_ms)
{
	pthread_mutex_lock(&d->lock);
	due->at_ms = at_ms;
	pthread_mutex_unlock(&d->lock);
}

void
due_end(struct deadlines *d, struct due *due)
{
	pthread_mutex_lock(&d->lock);
	list_del(&due->node);
	if (list_empty(&d->all))
		pthread_cond_signal(&d->ended);
	pthread_mutex_unlock(&d->lock);
}
