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

#include "base/clock.h"
#include "net/tls_struct.h"

enum {
	/* Records without data, one after the other, in one go. */
	ODD_MAX = 32,
	/* The short way takes memory, which is for who talks: so many reads, no
	 * two of them further apart. Answers to pings are. */
	EARNS = 4,
	EARNS_WITHIN_MS = 500,
};

ssize_t
tls_pull(struct tls *t, void *p, size_t n)
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
		return tls_pull(t, p, n);
	if (a->at == a->end) {
		ssize_t got;

		if (a->dry && a->sure) {
			t->waits = true;
			errno = EAGAIN;
			return -1;
		}
		a->dry = false;
		if (a->room == 0)
			return tls_pull(t, p, n);
		got = tls_pull(t, a->bytes, a->room);
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
	tls_records_free(&t->records);
	tls_spare_free(&t->kept);
	tls_spare_free(&t->unsent);
	tls_server_unref(&t->server);
	free(t);
}

void
tls_hasten(struct tls *t)
{
	t->hasten = EARNS;
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
	if (room < 2 * TLS_RECORD_MAX)
		return 0;
	return room - TLS_RECORD_MAX < TLS_AHEAD ? room - TLS_RECORD_MAX
						 : TLS_AHEAD;
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
				a->through = true;
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

/* The library is known to hold nothing that came in: and nothing that is to
 * leave, and no rest of a record? */
static void
begin_short_way(struct tls *t)
{
	if (t->stuck || gnutls_record_check_pending(t->session) > 0)
		return;
	t->hasten = 0;
	t->records = tls_records_new(t->session);
}

static void
earn_short_way(struct tls *t)
{
	uint64_t now = clock_ms();

	if (now - t->heard_ms > EARNS_WITHIN_MS)
		t->hasten = EARNS;
	t->heard_ms = now;
	if (t->hasten > 1)
		t->hasten--;
	else
		begin_short_way(t);
}

ssize_t
tls_recv(struct tls *t, void *p, size_t n)
{
	struct ahead ahead;
	ssize_t got = 0;

	if (t->ended)
		return t->end;
	ahead.at = 0;
	ahead.end = t->kept.end;
	ahead.dry = ahead.through = false;
	if (ahead.end > 0)
		memcpy(ahead.bytes, t->kept.bytes, ahead.end);
	tls_spare_free(&t->kept);
	t->ahead = &ahead;
	if (t->records)
		got = tls_short_recv(t, p, n);
	if (!t->records && got >= 0 && !t->ended && (size_t)got < n) {
		ssize_t rest = read_records(t, (uint8_t *)p + got, n - got);

		got = rest > 0 ? got + rest : got > 0 ? got : rest;
		if (t->hasten > 0 && ahead.through)
			earn_short_way(t);
	}
	t->ahead = NULL;
	return got > 0 || !t->ended ? got : t->end;
}

bool
tls_more(const struct tls *t)
{
	return t->more;
}

/* --- sending ------------------------------------------------------------ */

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

static ssize_t
write_records(struct tls *t, struct tls_cursor c, size_t all)
{
	uint8_t room[TLS_RECORD_MAX];
	ssize_t total = 0, rc = 0;

	if (t->stuck) {
		rc = send_record(t, NULL, 0, false);
		if (rc < 0)
			return rc;
		tls_cursor_skip(&c, (size_t)rc);
		total = rc;
	}
	for (;;) {
		struct iovec record = tls_cursor_record(c, room);

		if (record.iov_len == 0)
			return total;
		rc = send_record(t, record.iov_base, record.iov_len,
		    all - (size_t)total > TLS_RECORD_MAX);
		if (rc < 0)
			return total > 0 ? total : rc;
		tls_cursor_skip(&c, (size_t)rc);
		total += rc;
	}
}

ssize_t
tls_writev(struct tls *t, const struct iovec *iov, size_t n)
{
	struct tls_cursor c = { iov, n, 0 };
	ssize_t before = 0, rc;
	size_t all = 0;

	if (t->cut)
		return -EPIPE;
	for (size_t i = 0; i < n; i++)
		all += iov[i].iov_len;
	if (t->unsent.bytes) {
		before = tls_short_flush(t);
		if (before < 0)
			return before;
		tls_cursor_skip(&c, (size_t)before);
		all -= (size_t)before;
	}
	rc = tls_short_ready(t) ? tls_short_writev(t, c, all)
				: write_records(t, c, all);
	return before > 0 ? before + (rc > 0 ? rc : 0) : rc;
}

void
tls_bye(struct tls *t)
{
	if (tls_short_end(t) == 0)
		(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
}
