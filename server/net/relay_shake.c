/* SPDX-License-Identifier: MIT
 *
 * relay_shake.c - the handshake, and what happens when it is done.
 *
 * A handshake costs a signature, so a round does a few steps of them at most
 * and leaves the others to the next: a crowd that comes does not stall those
 * that are here.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include <sys/epoll.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/engine.h"
#include "net/listener.h"
#include "net/relay_struct.h"
#include "net/tls_server.h"

enum {
	STEPS = 8,		/* of handshakes, in a round */
	PAIR_ROOM = 64 * 1024,	/* of each socket of a pair */
	FIRST_BYTE_OF_TLS = 22, /* RFC 8446 5.1: handshake */
};

static const char plain_answer[] =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
    "Connection: close\r\nContent-Length: 45\r\n\r\n"
    "This port speaks TLS: use https:// or wss://\n";

static int
make_pair(struct relay *r, int *http)
{
	int room = PAIR_ROOM, fds[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		fds) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		(void)setsockopt(
		    fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	rc = loop_add(relay_loop(r), fds[0],
	    EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &r->pair.source);
	if (rc != 0) {
		close(fds[0]);
		close(fds[1]);
		return rc;
	}
	r->pair.fd = fds[0];
	*http = fds[1];
	return 0;
}

/* The handshake is done. */
static void
hand_up(struct relay *r)
{
	struct worker *w = r->all->worker;
	struct arrived arrived;
	socklen_t len = sizeof r->local;
	int http = -1;

	r->in.bytes = malloc(RELAY_BYTES);
	r->out.bytes = malloc(RELAY_BYTES);
	if (!r->in.bytes || !r->out.bytes || tls_facts(r->tls, &r->facts) ||
	    getsockname(r->wire.fd, (struct sockaddr *)&r->local, &len) < 0 ||
	    make_pair(r, &http) != 0) {
		relay_end(r);
		return;
	}
	r->state = RELAY_HTTP;
	relay_untime(r);
	listener_unref(&r->listener);
	tls_server_unref(&r->server);
	__atomic_add_fetch(&r->refs, 1, __ATOMIC_RELAXED);
	arrived = r->arrived;
	arrived.relay = r;
	r->arrived.counted = false; /* HTTP has that now */
	w->calls->accepted(w, http, &arrived);
	r->wire.in = r->wire.out = r->pair.out = true;
	relay_move(r);
}

/* What the peer said first decides what it speaks. */
static int
peek(struct relay *r)
{
	unsigned char first;
	ssize_t n = recv(r->wire.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	if (n == 0)
		return -EPROTO;
	if (first >= 'A' && first <= 'Z') {
		(void)send(r->wire.fd, plain_answer, sizeof plain_answer - 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		relay_linger(r);
		return -EAGAIN;
	}
	if (first != FIRST_BYTE_OF_TLS)
		return -EPROTO;
	r->tls = tls_new(r->server, r->wire.fd);
	if (!r->tls)
		return -ENOMEM;
	r->state = RELAY_SHAKE;
	return 0;
}

static void
shake(struct relay *r)
{
	int rc = r->state == RELAY_PEEK ? peek(r) : 0;

	if (rc == 0)
		rc = tls_handshake(r->tls);
	if (rc == 0)
		hand_up(r);
	else if (rc != -EAGAIN)
		relay_end(r);
}

static void
step(struct deferred *d)
{
	struct relays *all = container_of(d, struct relays, step);

	all->stepping = false;
	for (int i = 0; i < STEPS && !list_empty(&all->shaking); i++) {
		struct list *n = all->shaking.next;

		list_del(n);
		shake(container_of(n, struct relay, step));
	}
	if (!list_empty(&all->shaking)) {
		all->stepping = true;
		loop_defer(all->worker->loop, d);
	}
}

void
relay_step(struct relay *r)
{
	struct relays *all = r->all;

	if (!list_linked(&r->step))
		list_add_tail(&all->shaking, &r->step);
	if (all->stepping)
		return;
	all->stepping = true;
	all->step.fn = step;
	loop_defer(all->worker->loop, &all->step);
}
