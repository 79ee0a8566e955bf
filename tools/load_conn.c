/* SPDX-License-Identifier: MIT
 *
 * load_conn.c - the life of one connection: TCP, TLS, handshake, echoes, close.
 *
 * One recv and one send per event: the generator has to be cheaper than the
 * server that it measures. EPOLLOUT is armed only while the socket is full.
 *
 * THREADS: one. MEMORY: see load_conn.h.
 */
#include "config.h"

#include "load_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

/* A loopback address has about 28,000 ports; take another after these. */
#define PORTS_PER_ADDRESS 8192

void
load_conn_fail(struct load *l, struct load_conn *c, const char *format, ...)
{
	char sentence[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof(sentence), format, ap);
	va_end(ap);
	load_failed(l, "connection %" PRIu32 ": %s", c->index, sentence);
	load_conn_end(l, c);
}

static void
watch(struct load *l, struct load_conn *c, int op, bool out)
{
	struct epoll_event ev = { .events = EPOLLIN | (out ? EPOLLOUT : 0u),
		.data.ptr = c };

	c->want_out = out;
	if (epoll_ctl(l->epoll, op, c->stream.fd, &ev) < 0)
		load_conn_fail(l, c, "epoll_ctl: %s", strerror(errno));
}

/* Spreads many connections to the loopback over several source addresses. */
static int
bind_source(const struct load *l, const struct load_conn *c)
{
	const struct sockaddr_in *to = (const void *)&l->addr;
	uint32_t nth = c->index / PORTS_PER_ADDRESS;
	int on = 1;

	if (nth == 0 || to->sin_family != AF_INET ||
	    ntohl(to->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return 0;
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + nth) };
	if (setsockopt(c->stream.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
		sizeof(on)) < 0)
		return -errno;
	if (bind(c->stream.fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		return -errno;
	return 0;
}

static int
socket_open(struct load *l, struct load_conn *c)
{
	int family = l->addr.ss_family, on = 1, rc;

	c->stream.fd =
	    socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->stream.fd < 0)
		return -errno;
	if (family != AF_UNIX && setsockopt(c->stream.fd, IPPROTO_TCP,
				     TCP_NODELAY, &on, sizeof(on)) < 0)
		return -errno;
	if ((rc = bind_source(l, c)) < 0)
		return rc;
	if (connect(c->stream.fd, (struct sockaddr *)&l->addr, l->addr_len) <
		0 &&
	    errno != EINPROGRESS)
		return -errno;
	return 0;
}

void
load_conn_begin(struct load *l, struct load_conn *c)
{
	c->index = (uint32_t)(c - l->conns);
	c->state = LOAD_CONNECTING;
	l->begun++;
	l->pending++;
	c->began = calloc(l->opt.in_flight, sizeof(*c->began));
	int rc = c->began ? socket_open(l, c) : -ENOMEM;
	if (rc < 0)
		load_conn_fail(l, c, "connect: %s", strerror(-rc));
	else
		watch(l, c, EPOLL_CTL_ADD, true);
}

void
load_conn_end(struct load *l, struct load_conn *c)
{
	if (c->state == LOAD_NEW || c->state == LOAD_ENDED)
		return;
	if (c->state < LOAD_OPEN)
		l->pending--;
	else
		l->open--;
	l->ended++;
	l->outstanding -= load_awaited(l, c);
	c->state = LOAD_ENDED;
	load_stream_close(&c->stream);
	free(c->began);
	c->began = NULL;
	free(c->response);
	c->response = NULL;
	packed_fini(&c->packed);
}

/* The clock of each message of which the first byte went out just now. */
static void
stamp(struct load *l, struct load_conn *c, const struct load_place *to)
{
	uint64_t first = c->place.seq + (c->place.offset > 0);
	uint64_t end = to->seq + (to->offset > 0);

	for (uint64_t seq = first; seq < end; seq++)
		c->began[seq % l->opt.in_flight] = l->now;
}

void
load_conn_flush(struct load *l, struct load_conn *c)
{
	static const uint8_t normal[] = { WS_CLOSE_NORMAL >> 8,
		WS_CLOSE_NORMAL & 0xff };

	if (c->close_due)
		c->close_due =
		    !load_wire_control(c, WS_OP_CLOSE, normal, sizeof(normal));
	struct load_place to = c->place;
	size_t n = load_wire_fill(l, c, &to, l->out, LOAD_BUFFER);

	if (n == 0 && !c->stream.held) {
		if (c->want_out)
			watch(l, c, EPOLL_CTL_MOD, false);
		return;
	}
	ssize_t sent = load_stream_send(&c->stream, l->out, n);
	if (sent == -EAGAIN)
		sent = 0;
	if (sent < 0) {
		load_conn_fail(
		    l, c, "send: %s", load_stream_why(&c->stream, sent));
		return;
	}
	if ((size_t)sent < n) {
		to = c->place;
		load_wire_fill(l, c, &to, l->out, (size_t)sent);
	}
	stamp(l, c, &to);
	c->place = to;
	if (c->control_len > 0 && c->place.control == c->control_len)
		c->control_len = c->place.control = 0;
	bool more = (size_t)sent < n || n == LOAD_BUFFER || c->close_due ||
		    c->stream.held;
	if (more != c->want_out)
		watch(l, c, EPOLL_CTL_MOD, more);
}

void
load_conn_start(struct load *l, struct load_conn *c)
{
	l->now = clock_ns();
	if (c->state != LOAD_OPEN || load_sender(l, c) != c)
		return;
	load_grant(l, c, l->opt.in_flight);
	load_conn_flush(l, c);
}

void
load_conn_close(struct load *l, struct load_conn *c)
{
	if (c->state != LOAD_OPEN)
		return;
	c->state = LOAD_CLOSING;
	c->close_due = true;
	load_withdraw(l, c); /* nothing after the close */
	load_conn_flush(l, c);
}

/* The stream is there: what is said on it begins. */
static void
ask(struct load *l, struct load_conn *c)
{
	int rc = load_handshake_send(l, c);

	if (rc < 0) {
		load_conn_fail(
		    l, c, "connect: %s", load_stream_why(&c->stream, rc));
		return;
	}
	c->state = LOAD_HANDSHAKE;
	watch(l, c, EPOLL_CTL_MOD, c->stream.held);
}

static void
shake(struct load *l, struct load_conn *c)
{
	bool out;
	int rc = load_stream_shake(&c->stream, &out);

	l->last_byte = l->now;
	if (rc == 0)
		ask(l, c);
	else if (rc != -EAGAIN)
		load_conn_fail(
		    l, c, "TLS handshake: %s", load_stream_why(&c->stream, rc));
	else if (out != c->want_out)
		watch(l, c, EPOLL_CTL_MOD, out);
}

static void
connected(struct load *l, struct load_conn *c)
{
	int wrong = 0;
	socklen_t len = sizeof(wrong);

	if (getsockopt(c->stream.fd, SOL_SOCKET, SO_ERROR, &wrong, &len) < 0)
		wrong = errno;
	if (!wrong && l->tls)
		wrong = -load_stream_secure(&c->stream, l->tls);
	if (wrong) {
		load_conn_fail(l, c, "connect: %s", strerror(wrong));
		return;
	}
	c->state = LOAD_SHAKING;
	if (l->tls)
		shake(l, c);
	else
		ask(l, c);
}

/* The stream ended: rightly so only after both close frames. */
static void
stream_ended(struct load *l, struct load_conn *c, const char *why)
{
	if (c->close_received)
		load_conn_end(l, c);
	else
		load_conn_fail(l, c,
		    "%s without a close frame after %" PRIu64 " messages", why,
		    c->expected);
}

static void
input(struct load *l, struct load_conn *c)
{
	const uint8_t *p = l->in;
	ssize_t n = load_stream_recv(&c->stream, l->in, LOAD_BUFFER), used = 0;

	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		stream_ended(l, c,
		    n == 0 ? "the server ended the stream"
			   : load_stream_why(&c->stream, n));
		return;
	}
	l->last_byte = l->now;
	if (c->state == LOAD_HANDSHAKE) {
		used = load_handshake_read(l, c, p, (size_t)n);
		if (used < 0)
			return;
		if (c->state == LOAD_OPEN) {
			l->pending--;
			l->open++;
		}
	}
	if (!load_wire_read(l, c, p + used, (size_t)(n - used)))
		return;
	if (!c->want_out)
		load_conn_flush(l, c);
}

void
load_conn_ready(struct load *l, struct load_conn *c, uint32_t events)
{
	l->now = clock_ns();
	if (c->state == LOAD_CONNECTING) {
		connected(l, c);
		return;
	}
	if (c->state == LOAD_SHAKING) {
		shake(l, c);
		return;
	}
	if (c->state != LOAD_ENDED && (events & EPOLLOUT))
		load_conn_flush(l, c);
	if (c->state != LOAD_ENDED && (events & ~(uint32_t)EPOLLOUT))
		input(l, c);
}
