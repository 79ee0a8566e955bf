/* SPDX-License-Identifier: MIT
 *
 * tls.c - see tls.h.
 *
 * The library says "again" for two reasons: the socket has nothing, or it
 * has just read a record that is none of ours to see. Only the first one
 * ends a read where sockets are watched by their edges, so the functions
 * that touch the socket are our own and remember what it said.
 *
 * They also spare system calls, which cost more than the cipher. The library
 * reads head and body of each record apart and tries once more behind the
 * last: here one recv fetches what there is, and the library takes from that.
 * And it writes each record by itself: here TCP is told when another one
 * follows, so that what belongs together leaves together.
 *
 * THREADS, MEMORY: see tls.h.
 */
#include "config.h"

#include "net/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls_struct.h"

enum {
	RECORD_MAX = 16384,
	/* Records without data, one after the other, in one go. */
	ODD_MAX = 32,
	AHEAD = 32 * 1024, /* received at a time, records and all */
};

/* What has been received for the library to take: for as long as a read. */
struct ahead {
	size_t at, end, room;
	bool dry;  /* the socket had less than was asked for */
	bool sure; /* and that is as good as hearing that it has nothing */
	uint8_t bytes[AHEAD];
};

struct tls {
	gnutls_session_t session;
	struct tls_server *server;
	struct ahead *ahead; /* during a read */
	int fd;
	bool follows; /* another record, after the one that is sent */
	bool waits;   /* the socket had nothing, or no room */
	bool more;
	bool ended; /* and `end` says how */
	ssize_t end;
	bool stuck; /* a record is encrypted but has not left */
};

/* From the socket, as the library asks. */
static ssize_t
pull_plainly(struct tls *t, void *p, size_t n)
{
	ssize_t got = recv(t->fd, p, n, MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		t->waits = true;
	return got;
}

static ssize_t
pull(gnutls_transport_ptr_t arg, void *p, size_t n)
{
	struct tls *t = arg;
	struct ahead *a = t->ahead;

	if (!a)
		return pull_plainly(t, p, n);
	if (a->at == a->end) {
		ssize_t got;

		if (a->dry && a->sure) {
			t->waits = true;
			errno = EAGAIN;
			return -1;
		}
		a->dry = false;
		if (a->room == 0)
			return pull_plainly(t, p, n);
		got = pull_plainly(t, a->bytes, a->room);
		if (got <= 0)
			return got;
		a->dry = (size_t)got < a->room;
		a->at = 0;
		a->end = (size_t)got;
	}
	if (n > a->end - a->at)
		n = a->end - a->at;
	memcpy(p, a->bytes + a->at, n);
	a->at += n;
	return (ssize_t)n;
}

static ssize_t
push(gnutls_transport_ptr_t arg, const giovec_t *iov, int n)
{
	struct tls *t = arg;
	/* sendmsg() changes nothing of it, its type just does not say so. */
	union {
		const giovec_t *in;
		struct iovec *out;
	} vec = { .in = iov };
	struct msghdr msg = { .msg_iov = vec.out, .msg_iovlen = (size_t)n };
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (t->follows ? MSG_MORE : 0);
	ssize_t sent = n == 1 ? send(t->fd, iov->iov_base, iov->iov_len, flags)
			      : sendmsg(t->fd, &msg, flags);

	if (sent < 0 && errno == EAGAIN)
		t->waits = true;
	return sent;
}

static int
set_up(struct tls *t)
{
	static unsigned char name[] = "http/1.1";
	const gnutls_datum_t http = { name, sizeof name - 1 };
	struct tls_server *s = t->server;
	int rc = gnutls_init(&t->session, GNUTLS_SERVER | GNUTLS_NONBLOCK);

	if (rc == 0)
		rc = gnutls_priority_set(t->session, s->priority);
	if (rc == 0)
		rc = gnutls_credentials_set(
		    t->session, GNUTLS_CRD_CERTIFICATE, s->credentials);
	if (rc == 0)
		rc = gnutls_session_ticket_enable_server(
		    t->session, &s->ticket_key);
	if (rc == 0)
		rc = gnutls_alpn_set_protocols(
		    t->session, &http, 1, GNUTLS_ALPN_MANDATORY);
	if (rc < 0)
		return rc;
	gnutls_certificate_server_set_request(t->session, s->ask);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_pull_function(t->session, pull);
	gnutls_transport_set_vec_push_function(t->session, push);
	return 0;
}

struct tls *
tls_new(struct tls_server *server, int fd)
{
	struct tls *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->server = tls_server_ref(server);
	t->fd = fd;
	if (set_up(t) < 0)
		tls_free(&t);
	return t;
}

void
tls_free(struct tls **tp)
{
	struct tls *t = *tp;

	*tp = NULL;
	if (!t)
		return;
	if (t->session)
		gnutls_deinit(t->session);
	tls_server_unref(&t->server);
	free(t);
}

/* Is it worth another try, though the socket has not been asked for more? */
static bool
is_odd(int rc)
{
	return rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED ||
	       rc == GNUTLS_E_WARNING_ALERT_RECEIVED;
}

int
tls_handshake(struct tls *t)
{
	int rc;

	for (int odd = 0; odd < ODD_MAX; odd++) {
		t->waits = false;
		rc = gnutls_handshake(t->session);
		if (rc == 0)
			return 0;
		if (rc == GNUTLS_E_AGAIN && t->waits)
			return -EAGAIN;
		if (!is_odd(rc)) {
			(void)gnutls_alert_send_appropriate(t->session, rc);
			return -EPROTO;
		}
	}
	return -EPROTO;
}

int
tls_facts(const struct tls *t, struct tls_facts *f)
{
	return tls_read_facts(t->session, f);
}

/* What a failed read comes to. */
static ssize_t
end_of(ssize_t rc)
{
	return rc == 0 || rc == GNUTLS_E_PREMATURE_TERMINATION ? 0 : -EPROTO;
}

/* Nothing that has been received may be left when a read ends, for it has no
 * place to stay: so all of it must fit into what the caller has room for,
 * beside a record that the library has the beginning of. 0: too little is
 * sure to fit. */
static size_t
room_ahead(size_t room)
{
	if (room < 2 * RECORD_MAX)
		return 0;
	return room - RECORD_MAX < AHEAD ? room - RECORD_MAX : AHEAD;
}

/* Was that the last record of all that the socket had? All of it has had room,
 * and the library reads no further than to the end of a record: so neither
 * data nor the beginning of another is left. */
static bool
is_through(const struct ahead *a)
{
	return a->dry && a->at == a->end;
}

static ssize_t
read_records(struct tls *t, uint8_t *p, size_t n)
{
	struct ahead *a = t->ahead;
	size_t got = 0;
	int odd = 0;

	t->more = true;
	while (got < n && !t->ended) {
		ssize_t rc;

		t->waits = false;
		a->room = room_ahead(n - got);
		/* When there is nothing to tell yet, the socket itself must say
		 * so: it might have ended in the middle of a record. */
		a->sure = got > 0;
		rc = gnutls_record_recv(t->session, p + got, n - got);
		if (rc > 0) {
			got += (size_t)rc;
			odd = 0;
			if (is_through(a)) {
				t->more = false;
				break;
			}
		} else if (rc == GNUTLS_E_AGAIN && t->waits) {
			t->more = false;
			return got > 0 ? (ssize_t)got : -EAGAIN;
		} else if (rc == 0 || !is_odd((int)rc) || ++odd == ODD_MAX) {
			t->ended = true;
			t->end = end_of(rc);
		}
	}
	return (ssize_t)got;
}

ssize_t
tls_recv(struct tls *t, void *p, size_t n)
{
	struct ahead ahead;
	ssize_t got;

	ahead.at = ahead.end = 0;
	ahead.dry = false;
	t->ahead = &ahead;
	got = read_records(t, p, n);
	t->ahead = NULL;
	return got > 0 || !t->ended ? got : t->end;
}

bool
tls_more(const struct tls *t)
{
	return t->more;
}

/* --- sending ------------------------------------------------------------ */

/* Where a write is within its pieces. */
struct cursor {
	const struct iovec *iov;
	size_t n, at; /* pieces left; bytes of the first that have left */
};

static void
skip(struct cursor *c, size_t bytes)
{
	while (c->n > 0 && bytes >= c->iov->iov_len - c->at) {
		bytes -= c->iov->iov_len - c->at;
		c->iov++;
		c->n--;
		c->at = 0;
	}
	c->at += bytes;
}

/* What goes into the next record: from where it is if it fills one or is the
 * last, else copied together. */
static struct iovec
next_record(struct cursor c, uint8_t room[RECORD_MAX])
{
	size_t used = 0;

	while (c.n > 0 && used < RECORD_MAX) {
		uint8_t *p = (uint8_t *)c.iov->iov_base + c.at;
		size_t n = c.iov->iov_len - c.at;

		if (used == 0 && (n >= RECORD_MAX || c.n == 1))
			return (struct iovec){ p, n };
		if (n > RECORD_MAX - used)
			n = RECORD_MAX - used;
		if (n > 0)
			memcpy(room + used, p, n);
		used += n;
		skip(&c, n);
	}
	return (struct iovec){ room, used };
}

static size_t
length(const struct iovec *iov, size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += iov[i].iov_len;
	return all;
}

/* `follows`: another one is sent at once. */
static ssize_t
send_record(struct tls *t, const void *p, size_t n, bool follows)
{
	ssize_t rc;

	t->follows = follows;
	do {
		rc = gnutls_record_send(t->session, p, n);
	} while (rc == GNUTLS_E_INTERRUPTED);
	t->follows = false;
	t->stuck = rc == GNUTLS_E_AGAIN;
	if (t->stuck)
		return -EAGAIN;
	return rc < 0 ? -EPIPE : rc;
}

ssize_t
tls_writev(struct tls *t, const struct iovec *iov, size_t n)
{
	struct cursor c = { iov, n, 0 };
	uint8_t room[RECORD_MAX];
	ssize_t total = 0, rc = 0;
	size_t all = length(iov, n);

	if (t->stuck) {
		rc = send_record(t, NULL, 0, false);
		if (rc < 0)
			return rc;
		skip(&c, (size_t)rc);
		total = rc;
	}
	for (;;) {
		struct iovec record = next_record(c, room);

		if (record.iov_len == 0)
			return total;
		rc = send_record(t, record.iov_base, record.iov_len,
		    all - (size_t)total > RECORD_MAX);
		if (rc < 0)
			return total > 0 ? total : rc;
		skip(&c, (size_t)rc);
		total += rc;
	}
}

void
tls_bye(struct tls *t)
{
	(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
}
