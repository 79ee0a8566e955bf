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
	struct accepting *accepting;
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

/* A door that cannot be watched again stays shut until the next try. */
static void
resume(struct deadline *dl)
{
	struct accepting *a = container_of(dl, struct accepting, resume);
	struct loop *loop = a->worker->loop;
	bool failed = false;

	LIST_FOREACH (n, &a->doors) {
		int rc = watch(container_of(n, struct door, node));

		failed |= rc != 0 && rc != -EEXIST;
	}
	if (failed)
		must(deadline_set(loop, dl, loop_now_ms(loop) + PAUSE_MS) == 0);
}

static void
pause_all(struct accepting *a, int error)
{
	struct loop *loop = a->worker->loop;

	if (!a->short_of)
		log_error("worker %u cannot accept connections: %s; it goes "
			  "on trying every %d ms",
		    a->worker->index, strerror(error), PAUSE_MS);
	a->short_of = true;
	if (deadline_set(loop, &a->resume, loop_now_ms(loop) + PAUSE_MS) != 0)
		return; /* then epoll goes on telling us */
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
		w->calls->accepted(
		    w, fd, peer, len, listener_tag(d->listener), NULL);
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

void
accepting_init(struct accepting *a, struct worker *w)
{
	*a = (struct accepting){ .worker = w, .resume.due = resume };
	list_init(&a->doors);
}

static void
close_door(struct door *d)
{
	if (d->accepting->resume.slot == 0)
		unwatch(d);
	list_del(&d->node);
	listener_unref(&d->listener);
	free(d);
}

void
accepting_fini(struct accepting *a)
{
	LIST_FOREACH_SAFE (n, &a->doors)
		close_door(container_of(n, struct door, node));
	deadline_clear(a->worker->loop, &a->resume);
}

static int
open_door(struct accepting *a, struct listener *l, int fd)
{
	struct door *d = calloc(1, sizeof *d);
	int rc;

	if (!d)
		return -ENOMEM;
	*d = (struct door){ .source.ready = ready, .accepting = a, .fd = fd };
	rc = a->resume.slot == 0 ? watch(d) : 0;
	if (rc != 0) {
		free(d);
		return rc;
	}
	d->listener = listener_ref(l);
	list_add_tail(&a->doors, &d->node);
	return 0;
}

int
accepting_begin(struct accepting *a, struct listener *l)
{
	int fds[LISTENER_FDS];
	size_t n = listener_fds(l, a->worker->index, fds);

	for (size_t i = 0; i < n; i++) {
		int rc = open_door(a, l, fds[i]);

		if (rc != 0) {
			accepting_end(a, l);
			return rc;
		}
	}
	return 0;
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
