/* SPDX-License-Identifier: MIT
 *
 * relay.c - a proxy: a WebSocket in front of a UNIX socket of packets. Each
 * message becomes a packet, each packet a message.
 *
 * Shows a descriptor of the handler's own on the worker's loop, and that
 * nobody reads faster than the other can: while the visitor is slow the other
 * end is not read until on_drain, while the other end is slow the visitor is
 * paused. When the other end has said all and shuts its side, the visitor
 * gets all of it and then the close.
 *
 *	{ path = "/relay"; handler = "relay";
 *	  config: { socket = "/run/other.sock"; }; }
 *
 * Try it: socat UNIX-LISTEN:/run/other.sock,type=5,fork EXEC:cat &
 *	cleat connect -o raw ws://localhost:8080/relay
 */
#include <cleat.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PACKET_MAX = 65536 };

struct route {
	struct sockaddr_un to;
	char packet[PACKET_MAX]; /* one at a time: there is one thread */
};

struct visitor {
	int open, fd;  /* The state begins as zeros: fd counts if open. */
	int ended;     /* The other end has said all. */
	int full;      /* The visitor's queue is; on_drain says when not. */
	void *waiting; /* what the other end could not take yet, */
	size_t len;    /* at most one message: the visitor is paused */
};

static void ready(cleat_route *, int fd, int events, void *arg);

static void
hang_up(cleat_conn *c, struct visitor *v, int code, const char *why)
{
	if (v->open) {
		cleat->watch(cleat->route(c), v->fd, 0, NULL, NULL);
		close(v->fd);
	}
	v->open = 0;
	free(v->waiting);
	v->waiting = NULL;
	cleat->close(c, code, why); /* does nothing where it is closing */
}

/* Asks to be called for what there is to do now. The watch ends before the
 * connection does, so its argument is always alive. */
static void
attend(cleat_conn *c, struct visitor *v)
{
	int events = (v->full || v->ended ? 0 : CLEAT_READ) |
		     (v->waiting ? CLEAT_WRITE : 0);

	if (v->open &&
	    cleat->watch(cleat->route(c), v->fd, events, ready, c) < 0 &&
	    events)
		hang_up(c, v, 1013, "too many are here");
}

/* One packet for the other end; 0: not now. */
static int
pass_on(cleat_conn *c, struct visitor *v, const void *data, size_t len)
{
	if (send(v->fd, data, len, MSG_NOSIGNAL) >= 0)
		return 1;
	if (errno == EAGAIN)
		return 0;
	hang_up(c, v, errno == EMSGSIZE ? 1009 : 1014, "it was not taken");
	return 1;
}

static void
ready(cleat_route *r, int fd, int events, void *arg)
{
	struct route *state = cleat->route_state(r);
	cleat_conn *c = arg;
	struct visitor *v = cleat->state(c);
	ssize_t n;

	if (v->waiting && pass_on(c, v, v->waiting, v->len)) {
		free(v->waiting);
		v->waiting = NULL;
		cleat->pause(c, 0);
	}
	if (v->open && !v->full && !v->ended &&
	    (events & (CLEAT_READ | CLEAT_HUP))) {
		n = recv(fd, state->packet, PACKET_MAX, MSG_TRUNC);
		if (n > PACKET_MAX)
			hang_up(c, v, 1009, "a packet was too large");
		else if (n > 0)
			v->full = cleat->send(c, CLEAT_BINARY, state->packet,
				      (size_t)n) == CLEAT_BUSY;
		else if (n < 0 && errno != EAGAIN)
			hang_up(c, v, 1014, "the other end is lost");
		else
			v->ended = n == 0;
	}
	if (v->ended && !v->waiting)
		hang_up(c, v, 1001, "the other end has gone");
	attend(c, v);
}

static void
on_drain(cleat_conn *c)
{
	struct visitor *v = cleat->state(c);

	v->full = 0;
	attend(c, v);
}

static void
on_open(cleat_conn *c)
{
	struct route *r = cleat->route_state(cleat->route(c));
	struct visitor *v = cleat->state(c);
	const struct sockaddr *to = (const void *)&r->to;

	v->fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	v->open = v->fd >= 0;
	if (!v->open || connect(v->fd, to, sizeof(r->to)) != 0)
		hang_up(c, v, 1014, "the other end cannot be reached");
	attend(c, v);
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	struct visitor *v = cleat->state(c);

	(void)kind;
	if (len == 0 || pass_on(c, v, data, len))
		return; /* an empty packet would say that this is all */
	v->waiting = malloc(len);
	v->len = len;
	if (!v->waiting) {
		hang_up(c, v, 1011, "no memory");
		return;
	}
	memcpy(v->waiting, data, len);
	cleat->pause(c, 1);
	attend(c, v);
}

static void
on_close(cleat_conn *c, int code, cleat_str reason)
{
	(void)code;
	(void)reason;
	hang_up(c, cleat->state(c), 1000, NULL);
}

static int
on_load(cleat_route *r)
{
	struct route *state = cleat->route_state(r);
	const cleat_conf *conf = cleat->conf(r);
	const char *path = cleat->conf_str(conf, "socket", "");
	size_t room = sizeof(state->to.sun_path);

	state->to.sun_family = AF_UNIX;
	if (!*path || strlen(path) >= room)
		return cleat->conf_fail(r, conf, "socket",
		    "must be a path of at most %zu bytes", room - 1);
	memcpy(state->to.sun_path, path, strlen(path) + 1);
	return 0;
}

CLEAT_HANDLER("relay", "1.0", .route_size = sizeof(struct route),
    .conn_size = sizeof(struct visitor), .on_load = on_load, .on_open = on_open,
    .on_message = on_message, .on_drain = on_drain, .on_close = on_close)
