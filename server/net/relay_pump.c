/* SPDX-License-Identifier: MIT
 *
 * relay_pump.c - copying between a session and the pair of sockets.
 *
 * One bucket for each direction: while it is not empty nothing is read into
 * it, so whoever does not read holds up who writes.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/relay_struct.h"

enum { ROUNDS = 8 };

static bool
is_empty(const struct bucket *b)
{
	return b->at == b->end;
}

/* True when anything came. */
static bool
fill_in(struct relay *r)
{
	ssize_t n;

	if (!is_empty(&r->in) || !r->wire.in || r->peer_ended ||
	    r->state != RELAY_HTTP)
		return false;
	n = tls_recv(r->tls, r->in.bytes, RELAY_BYTES);
	r->wire.in = n > 0 && (n == RELAY_BYTES || tls_more(r->tls));
	if (n <= 0) {
		r->peer_ended = n != -EAGAIN;
		if (r->peer_ended)
			(void)shutdown(r->pair.fd, SHUT_WR);
		return false;
	}
	r->in.at = 0;
	r->in.end = (size_t)n;
	return true;
}

static bool
empty_in(struct relay *r)
{
	struct bucket *b = &r->in;
	ssize_t n;

	if (is_empty(b) || !r->pair.out || r->state != RELAY_HTTP)
		return false;
	n = send(r->pair.fd, b->bytes + b->at, b->end - b->at,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0) {
		r->pair.out = false;
		/* HTTP wants no more: nobody will ever read it. If it was
		 * for want of memory, what follows makes no sense. */
		if (errno != EAGAIN) {
			b->at = b->end;
			r->torn = true;
		}
		return false;
	}
	b->at += (size_t)n;
	return true;
}

static bool
fill_out(struct relay *r)
{
	ssize_t n;

	if (!is_empty(&r->out) || !r->pair.in || r->http_ended)
		return false;
	n = recv(r->pair.fd, r->out.bytes, RELAY_BYTES, MSG_DONTWAIT);
	if (n <= 0) {
		r->pair.in = false;
		r->http_ended = n == 0 || errno != EAGAIN;
		r->torn |= n < 0 && r->http_ended;
		return false;
	}
	r->out.at = 0;
	r->out.end = (size_t)n;
	return true;
}

static int
empty_out(struct relay *r)
{
	struct bucket *b = &r->out;
	const struct iovec rest = { b->bytes + b->at, b->end - b->at };
	ssize_t n;

	if (is_empty(b) || !r->wire.out)
		return false;
	n = tls_writev(r->tls, &rest, 1);
	if (n == -EAGAIN) {
		r->wire.out = false;
		return false;
	}
	if (n < 0)
		return (int)n;
	b->at += (size_t)n;
	r->sent += (uint64_t)n;
	return true;
}

int
relay_pump(struct relay *r)
{
	for (int i = 0; i < ROUNDS; i++) {
		bool moved = fill_in(r);
		int rc;

		moved |= empty_in(r);
		moved |= fill_out(r);
		rc = empty_out(r);
		if (rc < 0)
			return rc;
		if (!moved && rc == 0)
			return false;
	}
	return true;
}

static int
append(struct relay_left *left, const void *p, size_t n)
{
	uint8_t *all;

	if (n == 0)
		return 0;
	all = realloc(left->early, left->n_early + n);
	if (!all)
		return -ENOMEM;
	memcpy(all + left->n_early, p, n);
	left->early = all;
	left->n_early += n;
	return 0;
}

/* In the order in which they came: what has gone through the pair, then what
 * was still to go. All of it is bounded by the pair's own room. */
int
relay_take_back(struct relay *r)
{
	for (;;) {
		ssize_t n =
		    recv(r->http_fd, r->out.bytes, RELAY_BYTES, MSG_DONTWAIT);
		int rc = n > 0 ? append(r->left, r->out.bytes, (size_t)n) : 0;

		/* without some of it the rest makes no sense */
		if (n < 0 && errno != EAGAIN)
			rc = -errno;
		if (rc != 0)
			return rc;
		if (n <= 0)
			break;
	}
	return append(r->left, r->in.bytes + r->in.at, r->in.end - r->in.at);
}
