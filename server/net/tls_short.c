/* SPDX-License-Identifier: MIT
 *
 * tls_short.c - an established session's data, past the library's buffers.
 *
 * What is received is opened straight to where the caller wants it, and what
 * leaves together is sealed into one block that leaves in one send().
 *
 * What is received in one read has room there, as in tls.c: data is shorter
 * than its records. So nothing that is opened is ever kept, only the beginning
 * of a record. And what is sealed must leave before anything else does: a
 * write says of records that have not left whole that they were not taken, and
 * of those the next one says it when they have.
 *
 * THREADS, MEMORY: see tls.h.
 */
#include "config.h"

#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls_struct.h"

enum { AT_ONCE = 2 }; /* records that leave together; account() counts on it */

void
tls_spare_free(struct tls_spare *s)
{
	free(s->bytes);
	*s = (struct tls_spare){ 0 };
}

/* 0 or -ENOMEM. */
static int
put_by(struct tls_spare *s, const uint8_t *p, size_t n, size_t data)
{
	uint8_t *bytes = malloc(n);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, p, n);
	*s = (struct tls_spare){ bytes, 0, (uint32_t)n, (uint32_t)data };
	return 0;
}

static void
give_back(struct tls *t)
{
	if (tls_records_back(&t->records, t->session) != 0) {
		t->ended = true;
		t->end = -EPROTO;
	}
}

/* --- receiving ---------------------------------------------------------- */

/* By way of another place: padding may need more room than there is. */
__attribute__((noinline)) static ssize_t
open_aside(struct tls *t, const uint8_t *p, size_t n, uint8_t *to, size_t room)
{
	uint8_t aside[TLS_RECORD_SEALED_MAX];
	ssize_t got = tls_record_open(t->records, p, n, aside, sizeof aside);

	if (got > (ssize_t)room)
		return -1; /* cannot be: see receive_ahead() */
	if (got > 0)
		memcpy(to, aside, (size_t)got);
	return got;
}

/* All records that are whole. */
static size_t
open_all(struct tls *t, uint8_t *p, size_t room)
{
	struct ahead *a = t->ahead;
	size_t got = 0;

	while (a->at < a->end) {
		const uint8_t *from = a->bytes + a->at;
		ssize_t n = tls_record_length(from, a->end - a->at), rc = -1;

		if (n == 0 || n > (ssize_t)(a->end - a->at))
			break;
		if (n > 0 && (size_t)n <= room - got)
			rc = tls_record_open(
			    t->records, from, (size_t)n, p + got, room - got);
		else if (n > 0)
			rc =
			    open_aside(t, from, (size_t)n, p + got, room - got);
		if (rc < 0) {
			give_back(t);
			break;
		}
		got += (size_t)rc;
		a->at += (size_t)n;
	}
	return got;
}

/* As much as fits, opened, into `room`, which is at least TLS_RECORD_MAX: and
 * whatever room there is, one record has it. As recv(). */
static ssize_t
receive_ahead(struct tls *t, size_t room)
{
	struct ahead *a = t->ahead;
	size_t have = a->end - a->at,
	       most = room < TLS_AHEAD ? room : TLS_AHEAD;
	ssize_t first = tls_record_length(a->bytes + a->at, have), got;

	if (first > (ssize_t)most)
		most = (size_t)first;
	memmove(a->bytes, a->bytes + a->at, have);
	a->at = 0;
	a->end = have;
	got = tls_pull(t, a->bytes + have, most - have);
	if (got > 0)
		a->end += (size_t)got;
	a->dry = got < (ssize_t)(most - have);
	return got;
}

static ssize_t
receive(struct tls *t, uint8_t *p, size_t n)
{
	struct ahead *a = t->ahead;
	size_t got = 0;

	t->more = true;
	while (n - got >= TLS_RECORD_MAX) {
		ssize_t rc;

		t->waits = false;
		rc = receive_ahead(t, n - got);
		if (rc < 0 && t->waits) {
			t->more = false;
			return got > 0 ? (ssize_t)got : -EAGAIN;
		}
		if (rc <= 0) {
			t->ended = true;
			t->end = rc == 0 ? 0 : -EPROTO;
			break;
		}
		got += open_all(t, p + got, n - got);
		if (!t->records)
			break;
		/* With nothing to tell yet the socket itself must say so: it
		 * might have ended in the middle of a record. */
		if (a->dry && got > 0) {
			t->more = false;
			break;
		}
	}
	return (ssize_t)got;
}

ssize_t
tls_short_recv(struct tls *t, uint8_t *p, size_t n)
{
	struct ahead *a = t->ahead;
	ssize_t got;

	if (n < TLS_RECORD_MAX) {
		/* A record that has more is the library's to keep. */
		give_back(t);
		t->hasten = 1;
		return 0;
	}
	got = receive(t, p, n);
	if (t->records && a->at < a->end && !t->ended &&
	    put_by(&t->kept, a->bytes + a->at, a->end - a->at, 0) != 0) {
		t->ended = true;
		t->end = -ENOMEM;
	}
	return got;
}

/* --- sending ------------------------------------------------------------ */

void
tls_cursor_skip(struct tls_cursor *c, size_t bytes)
{
	while (c->n > 0 && bytes >= c->iov->iov_len - c->at) {
		bytes -= c->iov->iov_len - c->at;
		c->iov++;
		c->n--;
		c->at = 0;
	}
	c->at += bytes;
}

struct iovec
tls_cursor_record(struct tls_cursor c, uint8_t room[TLS_RECORD_MAX])
{
	size_t used = 0;

	while (c.n > 0 && used < TLS_RECORD_MAX) {
		uint8_t *p = (uint8_t *)c.iov->iov_base + c.at;
		size_t n = c.iov->iov_len - c.at;

		if (used == 0 && (n >= TLS_RECORD_MAX || c.n == 1))
			return (struct iovec){ p, n };
		if (n > TLS_RECORD_MAX - used)
			n = TLS_RECORD_MAX - used;
		if (n > 0)
			memcpy(room + used, p, n);
		used += n;
		tls_cursor_skip(&c, n);
	}
	return (struct iovec){ room, used };
}

static ssize_t
push(struct tls *t, const uint8_t *p, size_t n, bool follows)
{
	ssize_t sent = send(t->fd, p, n,
	    MSG_DONTWAIT | MSG_NOSIGNAL | (follows ? MSG_MORE : 0));

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	return sent;
}

ssize_t
tls_short_flush(struct tls *t)
{
	struct tls_spare *s = &t->unsent;
	ssize_t sent = push(t, s->bytes + s->at, s->end - s->at, false), data;

	if (sent < 0)
		return sent;
	s->at += (uint32_t)sent;
	if (s->at < s->end)
		return -EAGAIN;
	data = s->data;
	tls_spare_free(s);
	return data;
}

bool
tls_short_ready(struct tls *t)
{
	if (t->records && tls_records_tired(t->records))
		give_back(t);
	return t->records != NULL;
}

/* Up to AT_ONCE records, as one block. */
struct block {
	size_t len, data, first; /* of the first record, sealed */
	size_t first_data;
	uint8_t bytes[AT_ONCE * (TLS_RECORD_MAX + TLS_RECORD_MORE)];
};

static int
seal(struct tls *t, struct tls_cursor c, struct block *b)
{
	uint8_t room[TLS_RECORD_MAX];

	b->len = b->data = b->first = b->first_data = 0;
	for (int i = 0; i < AT_ONCE; i++) {
		struct iovec v = tls_cursor_record(c, room);
		size_t n =
		    v.iov_len < TLS_RECORD_MAX ? v.iov_len : TLS_RECORD_MAX;
		size_t len;

		if (n == 0)
			break;
		len = tls_record_seal(
		    t->records, v.iov_base, n, b->bytes + b->len);
		if (len == 0)
			return -EPIPE;
		if (i == 0) {
			b->first = len;
			b->first_data = n;
		}
		b->len += len;
		b->data += n;
		tls_cursor_skip(&c, n);
	}
	return 0;
}

/* What of a block has left, in the caller's bytes; the rest is put by. */
static ssize_t
account(struct tls *t, const struct block *b, size_t sent)
{
	size_t taken = sent == b->len	  ? b->data
		       : sent >= b->first ? b->first_data
					  : 0;

	if (sent < b->len && put_by(&t->unsent, b->bytes + sent, b->len - sent,
				 b->data - taken) != 0)
		return -EPIPE;
	return (ssize_t)taken;
}

ssize_t
tls_short_writev(struct tls *t, struct tls_cursor c, size_t all)
{
	size_t total = 0;

	while (total < all) {
		struct block b;
		ssize_t rc = seal(t, c, &b);

		if (rc == 0)
			rc = push(t, b.bytes, b.len, all - total > b.data);
		if (rc >= 0)
			rc = account(t, &b, (size_t)rc);
		t->cut = rc < 0;
		if (t->cut)
			return rc;
		total += (size_t)rc;
		if (t->unsent.bytes)
			return total > 0 ? (ssize_t)total : -EAGAIN;
		tls_cursor_skip(&c, b.data);
	}
	return (ssize_t)total;
}

int
tls_short_end(struct tls *t)
{
	if (t->cut || (t->unsent.bytes && tls_short_flush(t) < 0))
		return -EPIPE;
	if (t->records)
		give_back(t);
	return t->ended && t->end < 0 ? -EPIPE : 0;
}
