/* SPDX-License-Identifier: MIT
 *
 * accept.c - see accept.h.
 *
 * THREADS: owner worker. MEMORY: one struct door for each listening socket.
 */
#include "config.h"

#include "net/accept.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/must.h"
#include "net/engine.h"
#include "net/listener.h"
#include "net/tls_server.h"

enum { ACCEPT_MAX = 64, PAUSE_MS = 100 };

struct door {
	struct source source;
	struct accepting *accepting; /* NULL: not begun */
	struct list node;
	struct listener *listener; /* a reference */
	int fd;			   /* the listener's */
};

static int
watch(struct door *d)
{
	/* Workers that share a socket need not all wake up for one peer. */
	return loop_add(d->accepting->worker->loop, d->fd,
	    EPOLLIN | EPOLLEXCLUSIVE, &d->source);
}

static void
unwatch(struct door *d)
{
	loop_del(d->accepting->worker->loop, d->fd);
}

/* From accepting_init() on it is armed, or was a moment ago: there is room
 * for it when there is memory for nothing else. */
static void
arm(struct accepting *a)
{
	struct loop *loop = a->worker->loop;

	must(deadline_set(loop, &a->resume,
		 a->shut ? loop_now_ms(loop) + PAUSE_MS : UINT64_MAX) == 0);
}

/* A door that cannot be watched again stays shut until the next try. */
static void
resume(struct deadline *dl)
{
	struct accepting *a = container_of(dl, struct accepting, resume);

	a->shut = false;
	LIST_FOREACH (n, &a->doors) {
		int rc = watch(container_of(n, struct door, node));

		a->shut |= rc != 0 && rc != -EEXIST;
	}
	arm(a);
}

static void
pause_all(struct accepting *a, int error)
{
	if (!a->short_of)
		log_error("worker %u cannot accept connections: %s; it goes "
			  "on trying every %d ms",
		    a->worker->index, strerror(error), PAUSE_MS);
	a->short_of = true;
	a->shut = true;
	arm(a);
	LIST_FOREACH (n, &a->doors)
		unwatch(container_of(n, struct door, node));
}

static void
take(struct door *d, int fd, const struct sockaddr *peer, socklen_t len)
{
	struct worker *w = d->accepting->worker;
	struct tls_server *tls = listener_tls(d->listener);

	if (tls)
		relay_begin(&w->relays, fd, peer, len, d->listener, tls);
	else
		w->calls->accepted(w, fd, peer, len, listener_tag(d->listener),
		    listener_number(d->listener), NULL);
}

static void
ready(struct source *s, uint32_t events)
{
	struct door *d = container_of(s, struct door, source);
	struct accepting *a = d->accepting;

	(void)events;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof peer;
		int fd = accept4(d->fd, (struct sockaddr *)&peer, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			a->short_of = false;
			take(d, fd, (struct sockaddr *)&peer, len);
		} else if (errno == EMFILE || errno == ENFILE ||
			   errno == ENOBUFS || errno == ENOMEM) {
			pause_all(a, errno);
			return;
		} else if (errno == EAGAIN) {
			return;
		}
		/* All else is the fate of the one connection. */
	}
}

int
accepting_init(struct accepting *a, struct worker *w)
{
	*a = (struct accepting){ .worker = w, .resume.due = resume };
	list_init(&a->doors);
	return deadline_set(w->loop, &a->resume, UINT64_MAX);
}

static void
close_door(struct door *d)
{
	if (d->accepting)
		unwatch(d);
	list_del(&d->node);
	listener_unref(&d->listener);
	free(d);
}

void
accepting_fini(struct accepting *a)
{
	accepting_forget(&a->doors);
	deadline_clear(a->worker->loop, &a->resume);
}

int
accepting_prepare(struct list *doors, struct listener *l, unsigned worker)
{
	int fds[LISTENER_FDS];
	size_t n = listener_fds(l, worker, fds);

	for (size_t i = 0; i < n; i++) {
		struct door *d = calloc(1, sizeof *d);

		if (!d) {
			accepting_forget(doors);
			return -ENOMEM;
		}
		*d = (struct door){ .source.ready = ready, .fd = fds[i] };
		d->listener = listener_ref(l);
		list_add_tail(doors, &d->node);
	}
	return 0;
}

void
accepting_forget(struct list *doors)
{
	LIST_FOREACH_SAFE (n, doors)
		close_door(container_of(n, struct door, node));
}

static void
open_door(struct accepting *a, struct door *d)
{
	int rc;

	d->accepting = a;
	rc = a->shut ? 0 : watch(d);
	if (rc == 0)
		return;
	log_error("worker %u cannot accept on %s: %s; it goes on trying every "
		  "%d ms",
	    a->worker->index, listener_name(d->listener), strerror(-rc),
	    PAUSE_MS);
	a->shut = true;
	arm(a);
}

void
accepting_begin(struct accepting *a, struct list *doors)
{
	LIST_FOREACH (n, doors)
		open_door(a, container_of(n, struct door, node));
	list_splice_tail(&a->doors, doors);
}

void
accepting_end(struct accepting *a, const struct listener *l)
{
	LIST_FOREACH_SAFE (n, &a->doors) {
		struct door *d = container_of(n, struct door, node);

		if (d->listener == l)
			close_door(d);
	}
	relays_cut(&a->worker->relays, l);
}
