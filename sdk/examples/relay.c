/* SPDX-License-Identifier: MIT
 *
 * relay.c - a WebSocket in front of a UNIX socket of packets: every message
 * becomes a packet, every packet a message.
 *
 * The other end is a descriptor of the handler's own on the worker's loop.
 * While the visitor reads too slowly the relay does not read for him, until
 * on_drain says that there is room again.
 *
 *	{ path = "/relay"; handler = "relay";
 *	  config: { socket = "/run/other.sock"; }; }
 */
#include <cleat.h>
#include <stdio.h>
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
	int connected, fd; /* The state begins as zeros. */
};

/* A packet has come. The watch ends before the connection does, so `arg` is
 * always alive. */
static void
ready(cleat_route *r, int fd, int events, void *arg)
{
	struct route *state = cleat->route_state(r);
	cleat_conn *c = arg;
	ssize_t n = recv(fd, state->packet, PACKET_MAX, MSG_DONTWAIT);

	(void)events;
	if (n < 0)
		return;
	if (n == 0)
		cleat->close(c, 1001, "the other end has gone");
	if (n == 0 ||
	    cleat->send(c, CLEAT_BINARY, state->packet, (size_t)n) != CLEAT_OK)
		cleat->watch(r, fd, 0, NULL, NULL);
}

static void
on_drain(cleat_conn *c)
{
	struct visitor *v = cleat->state(c);

	cleat->watch(cleat->route(c), v->fd, CLEAT_READ, ready, c);
}

static void
on_open(cleat_conn *c)
{
	struct route *r = cleat->route_state(cleat->route(c));
	struct visitor *v = cleat->state(c);
	const struct sockaddr *to = (const void *)&r->to;

	v->fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	v->connected = v->fd >= 0;
	if (!v->connected || connect(v->fd, to, sizeof(r->to)) != 0 ||
	    cleat->watch(cleat->route(c), v->fd, CLEAT_READ, ready, c) !=
		CLEAT_OK)
		cleat->close(c, 1014, "the other end cannot be reached");
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	struct visitor *v = cleat->state(c);

	(void)kind;
	if (send(v->fd, data, len, MSG_NOSIGNAL) < 0)
		cleat->close(c, 1014, "the other end does not take it");
}

static void
on_close(cleat_conn *c, int code, cleat_str reason)
{
	struct visitor *v = cleat->state(c);

	(void)code;
	(void)reason;
	if (!v->connected)
		return;
	cleat->watch(cleat->route(c), v->fd, 0, NULL, NULL);
	close(v->fd);
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
