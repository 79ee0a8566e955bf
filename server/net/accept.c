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
#include "net/arrived.h"
#include "net/engine.h"
#include "net/listener.h"
#include "net/tls_server.h"

enum { ACCEPT_MAX = 64, PAUSE_MS = 100, CALM_MS = 1000, WASTE_ROUNDS = 4 };

static const char no_room[] =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
    "Connection: close\r\nRetry-After: 5\r\nContent-Length: 21\r\n\r\n"
    "Too many connections\n";
static const char one_too_many[] =
    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\n"
    "Connection: close\r\nRetry-After: 5\r\nContent-Length: 39\r\n\r\n"
    "Too many connections from your address\n";

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

/* --- when there is no room ----------------------------------------------- */

static void
note_shortage(struct accepting *a)
{
	a->short_of = true;
	a->short_ms = loop_now_ms(a->worker->loop);
}

static void
note_room(struct accepting *a)
{
	if (!a->short_of ||
	    loop_now_ms(a->worker->loop) - a->short_ms < CALM_MS)
		return;
	a->short_of = false;
	log_info("worker %u accepts connections again", a->worker->index);
}

/* What has come already is read, so that closing does not reset the answer
 * away. */
static void
tell(int fd, const char *answer)
{
	char waste[4096];
	int rounds = 0;

	(void)send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	while (rounds++ < WASTE_ROUNDS && recv(fd, waste, sizeof waste, 0) > 0)
		continue;
}

static void
turn_away(struct door *d, int fd)
{
	struct accepting *a = d->accepting;

	if (!a->short_of)
		log_error("worker %u: descriptors run out: new connections are "
			  "answered 503",
		    a->worker->index);
	note_shortage(a);
	stat_add(&a->worker->turned_away, 1);
	if (!listener_has_tls(d->listener))
		tell(fd, no_room);
	close(fd);
}

/* A door that cannot be watched again stays shut until the next try. */
static void
resume(struct deadline *dl)
{
	struct accepting *a = container_of(dl, struct accepting, resume);

	a->shut = !reserve_refill(&a->reserve);
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
	note_shortage(a);
	a->shut = true;
	arm(a);
	LIST_FOREACH (n, &a->doors)
		unwatch(container_of(n, struct door, node));
}

/* Turns one away with the spare descriptor. False: no more for now. */
static bool
turn_one_away(struct door *d)
{
	struct accepting *a = d->accepting;
	int fd = reserve_accept(&a->reserve, d->fd);

	if (fd >= 0)
		turn_away(d, fd);
	if (reserve_refill(&a->reserve) && fd != -EMFILE && fd != -ENFILE)
		return fd != -EAGAIN;
	pause_all(a, EMFILE);
	return false;
}

/* --- accepting ----------------------------------------------------------- */

void
accepting_go_on(struct worker *w, int fd, struct arrived *arrived,
    struct listener *l, struct speech *speech)
{
	struct tls_server *tls = speech->tls;

	speech->tls = NULL;
	if (w->calls->admits && !w->calls->admits(w, arrived)) {
		if (tls)
			tls_server_unref(&tls);
		else
			tell(fd, one_too_many);
		close(fd);
		return;
	}
	if (tls)
		relay_begin(&w->relays, fd, arrived, l, tls);
	else
		w->calls->accepted(w, fd, arrived);
}

static void
take(struct door *d, int fd, struct arrived *arrived)
{
	struct worker *w = d->accepting->worker;
	struct speech speech = listener_speech(d->listener);

	arrived->tag = listener_tag(d->listener);
	arrived->listener = listener_number(d->listener);
	if (speech.proxies)
		preface_begin(&w->prefaces, fd, arrived, d->listener, &speech);
	else
		accepting_go_on(w, fd, arrived, d->listener, &speech);
}

static void
ready(struct source *s, uint32_t events)
{
	struct door *d = container_of(s, struct door, source);
	struct accepting *a = d->accepting;

	(void)events;
	for (int i = 0; i < ACCEPT_MAX; i++) {
		struct arrived arrived = { .len = sizeof arrived.from };
		int fd = accept4(d->fd, (struct sockaddr *)&arrived.from,
		    &arrived.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0 && reserve_has(&a->reserve, fd)) {
			turn_away(d, fd);
		} else if (fd >= 0) {
			note_room(a);
			take(d, fd, &arrived);
		} else if (errno == EMFILE || errno == ENFILE) {
			if (!turn_one_away(d))
				return;
		} else if (errno == ENOBUFS || errno == ENOMEM) {
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
	int rc;

	*a = (struct accepting){ .worker = w, .resume.due = resume };
	list_init(&a->doors);
	rc = reserve_init(&a->reserve);
	if (rc != 0)
		return rc;
	rc = deadline_set(w->loop, &a->resume, UINT64_MAX);
	if (rc != 0)
		reserve_fini(&a->reserve);
	return rc;
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
	reserve_fini(&a->reserve);
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
	prefaces_cut(&a->worker->prefaces, l);
	relays_cut(&a->worker->relays, l);
}
