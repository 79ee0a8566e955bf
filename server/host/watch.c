/* SPDX-License-Identifier: MIT
 *
 * watch.c - descriptors of a handler on its worker's loop.
 *
 * A watch that has ended may still have an event in the loop's current
 * batch: it is freed when the round ends, and `fn` NULL says that it is over.
 *
 * THREADS, MEMORY: see watch.h.
 */
#include "config.h"

#include "host/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "host/call.h"
#include "host/instance.h"
#include "net/loop.h"
#include "net/worker.h"

struct watch {
	struct source source;
	struct deferred over;
	struct list node;
	cleat_route *route;
	int fd, events;
	watch_fn *fn;
	void *arg;
};

static uint32_t
to_epoll(int events)
{
	return (events & CLEAT_READ ? (uint32_t)EPOLLIN | EPOLLRDHUP : 0) |
	       (events & CLEAT_WRITE ? (uint32_t)EPOLLOUT : 0);
}

static int
from_epoll(uint32_t events)
{
	return (events & EPOLLIN ? CLEAT_READ : 0) |
	       (events & EPOLLOUT ? CLEAT_WRITE : 0) |
	       (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP) ? CLEAT_HUP : 0);
}

static void
watch_ready(struct source *source, uint32_t events)
{
	struct watch *w = container_of(source, struct watch, source);
	cleat_route *r = w->route;
	struct stopwatch s;

	if (!w->fn)
		return;
	call_enter(r, CALLBACK_WATCH, 0, &s);
	w->fn(r, w->fd, from_epoll(events), w->arg);
	call_leave(r, CALLBACK_WATCH, &s);
}

static struct watch *
find(cleat_route *r, int fd)
{
	LIST_FOREACH (n, &r->watches) {
		struct watch *w = container_of(n, struct watch, node);

		if (w->fd == fd)
			return w;
	}
	return NULL;
}

static void
free_watch(struct deferred *over)
{
	free(container_of(over, struct watch, over));
}

static void
end(struct watch *w)
{
	cleat_route *r = w->route;

	list_del(&w->node);
	r->n_watches--;
	w->fn = NULL;
	if (!r->attached) {
		free(w);
		return;
	}
	loop_del(worker_loop(r->worker), w->fd);
	w->over.fn = free_watch;
	loop_defer(worker_loop(r->worker), &w->over);
}

static int
result_of(int error)
{
	if (error == 0)
		return CLEAT_OK;
	return error == -ENOMEM || error == -ENOSPC ? CLEAT_ENOMEM
						    : CLEAT_EINVAL;
}

static int
begin(cleat_route *r, int fd, int events, watch_fn *fn, void *arg)
{
	struct watch *w;
	int error = 0;

	if (r->n_watches >= INSTANCE_WATCHES_MAX)
		return CLEAT_ELIMIT;
	w = calloc(1, sizeof(*w));
	if (!w)
		return CLEAT_ENOMEM;
	w->source.ready = watch_ready;
	w->route = r;
	w->fd = fd;
	w->events = events;
	w->fn = fn;
	w->arg = arg;
	if (r->attached)
		error = loop_add(
		    worker_loop(r->worker), fd, to_epoll(events), &w->source);
	if (error != 0) {
		free(w);
		return result_of(error);
	}
	list_add_tail(&r->watches, &w->node);
	r->n_watches++;
	return CLEAT_OK;
}

static int
change(struct watch *w, int events, watch_fn *fn, void *arg)
{
	cleat_route *r = w->route;
	int error = 0;

	if (r->attached && events != w->events)
		error = loop_change(worker_loop(r->worker), w->fd,
		    to_epoll(events), &w->source);
	if (error != 0)
		return result_of(error);
	w->events = events;
	w->fn = fn;
	w->arg = arg;
	return CLEAT_OK;
}

int
watch_set(cleat_route *r, int fd, int events, watch_fn *fn, void *arg)
{
	struct watch *w = find(r, fd);

	if (events == 0) {
		if (!w)
			return CLEAT_ENOENT;
		end(w);
		return CLEAT_OK;
	}
	if (fd < 0 || !fn || (events & ~(CLEAT_READ | CLEAT_WRITE)))
		return CLEAT_EINVAL;
	if (!instance_takes(r))
		return CLEAT_GONE;
	return w ? change(w, events, fn, arg) : begin(r, fd, events, fn, arg);
}

void
watches_attach(cleat_route *r)
{
	LIST_FOREACH_SAFE (n, &r->watches) {
		struct watch *w = container_of(n, struct watch, node);
		int error = loop_add(worker_loop(r->worker), w->fd,
		    to_epoll(w->events), &w->source);

		if (error == 0)
			continue;
		log_error("%s: cannot watch descriptor %d: %s",
		    r->callsite.path, w->fd, strerror(-error));
		list_del(&w->node);
		r->n_watches--;
		free(w);
	}
}

void
watches_fini(cleat_route *r)
{
	LIST_FOREACH_SAFE (n, &r->watches) {
		end(container_of(n, struct watch, node));
	}
}
