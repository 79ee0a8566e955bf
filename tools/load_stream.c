/* SPDX-License-Identifier: MIT
 *
 * load_stream.c - see load_stream.h.
 *
 * The library asks the socket twice for every record, and writes each by
 * itself. A read here asks once, for much more, and lets the library take from
 * that: the generator has to be cheaper than the server that it measures.
 *
 * THREADS, MEMORY: see load_stream.h.
 */
#include "config.h"

#include "load_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"

enum {
	RECORD_MAX = 16384,
	AHEAD = 32 * 1024, /* received at a time */
};

struct load_tls {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	const char *host; /* borrowed */
	bool insecure;
};

/* --- what the sessions share ------------------------------------------ */

/* A sentence, or NULL. */
static const char *
trust(struct load_tls *t, const char *ca)
{
	int rc = ca ? gnutls_certificate_set_x509_trust_file(
			  t->credentials, ca, GNUTLS_X509_FMT_PEM)
		    : gnutls_certificate_set_x509_system_trust(t->credentials);

	if (ca && access(ca, R_OK) < 0)
		return strerror(errno);
	if (rc < 0)
		return gnutls_strerror(rc);
	return rc == 0 && ca ? "there is no certificate in it" : NULL;
}

struct load_tls *
load_tls_new(const char *host, const char *ca, bool insecure, const char **why)
{
	struct load_tls *t = calloc(1, sizeof(*t));

	*why = strerror(ENOMEM);
	if (!t)
		return NULL;
	t->host = host;
	t->insecure = insecure;
	if (gnutls_certificate_allocate_credentials(&t->credentials) == 0 &&
	    gnutls_priority_init(&t->priority, NULL, NULL) == 0 &&
	    (*why = trust(t, ca)) == NULL)
		return t;
	load_tls_free(&t);
	return NULL;
}

void
load_tls_free(struct load_tls **tp)
{
	struct load_tls *t = *tp;

	*tp = NULL;
	if (!t)
		return;
	if (t->credentials)
		gnutls_certificate_free_credentials(t->credentials);
	if (t->priority)
		gnutls_priority_deinit(t->priority);
	free(t);
}

/* Bytes that have been received for the library to take. */
struct load_ahead {
	size_t at, end, room;
	bool dry; /* the socket has no more */
	uint8_t bytes[AHEAD];
};

/* --- the handshake ---------------------------------------------------- */

static ssize_t
pull(gnutls_transport_ptr_t arg, void *p, size_t n)
{
	const struct load_stream *s = arg;
	struct load_ahead *a = s->ahead;

	if (!a)
		return recv(s->fd, p, n, 0);
	if (a->at == a->end) {
		ssize_t got;

		errno = EAGAIN;
		if (a->dry || a->room == 0)
			return -1;
		got = recv(s->fd, a->bytes, a->room, 0);
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

/* TCP is told when another record follows at once. */
static ssize_t
push(gnutls_transport_ptr_t arg, const void *p, size_t n)
{
	const struct load_stream *s = arg;

	return send(s->fd, p, n, MSG_NOSIGNAL | (s->follows ? MSG_MORE : 0));
}

static bool
is_address(const char *host)
{
	uint8_t raw[16];

	return inet_pton(AF_INET, host, raw) == 1 ||
	       inet_pton(AF_INET6, host, raw) == 1;
}

int
load_stream_secure(struct load_stream *s, const struct load_tls *t)
{
	static unsigned char name[] = "http/1.1";
	const gnutls_datum_t http = { name, sizeof(name) - 1 };

	if (gnutls_init(&s->session,
		GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0 ||
	    gnutls_priority_set(s->session, t->priority) < 0 ||
	    gnutls_credentials_set(
		s->session, GNUTLS_CRD_CERTIFICATE, t->credentials) < 0 ||
	    gnutls_alpn_set_protocols(s->session, &http, 1, 0) < 0)
		return -ENOMEM;
	if (!is_address(t->host) &&
	    gnutls_server_name_set(
		s->session, GNUTLS_NAME_DNS, t->host, strlen(t->host)) < 0)
		return -ENOMEM;
	if (!t->insecure)
		gnutls_session_set_verify_cert(s->session, t->host, 0);
	gnutls_transport_set_ptr(s->session, s);
	gnutls_transport_set_pull_function(s->session, pull);
	gnutls_transport_set_push_function(s->session, push);
	return 0;
}

static bool
is_passing(ssize_t rc)
{
	return rc == GNUTLS_E_INTERRUPTED ||
	       rc == GNUTLS_E_WARNING_ALERT_RECEIVED;
}

int
load_stream_shake(struct load_stream *s, bool *out)
{
	int rc;

	do
		rc = gnutls_handshake(s->session);
	while (is_passing(rc));
	*out = gnutls_record_get_direction(s->session) == 1;
	s->wrong = rc;
	if (rc == 0)
		return 0;
	return rc == GNUTLS_E_AGAIN ? -EAGAIN : -EPROTO;
}

const char *
load_stream_why(const struct load_stream *s, ssize_t rc)
{
	if (rc != -EPROTO)
		return strerror((int)-rc);
	if (s->wrong == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
		return "the certificate is not trusted, or has another name "
		       "(see --ca and --insecure)";
	return gnutls_strerror(s->wrong);
}

/* --- bytes ------------------------------------------------------------ */

static ssize_t
outcome(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EINTR ? -EAGAIN : -errno;
}

/* All that can come of what is received must fit: it, and a record of which
 * the library has the beginning. */
static size_t
room_ahead(size_t room)
{
	if (room < 2 * RECORD_MAX)
		return 0;
	return room - RECORD_MAX < AHEAD ? room - RECORD_MAX : AHEAD;
}

static ssize_t
secure_recv(struct load_stream *s, void *p, size_t n)
{
	struct load_ahead a;
	ssize_t rc;
	size_t got = 0;

	must(n > 2 * RECORD_MAX);
	a.at = a.end = 0;
	a.dry = false;
	s->ahead = &a;
	do {
		a.room = room_ahead(n - got);
		rc = gnutls_record_recv(s->session, (char *)p + got, n - got);
		if (rc > 0)
			got += (size_t)rc;
	} while (
	    rc > 0 || is_passing(rc) || (rc == GNUTLS_E_AGAIN && a.at < a.end));
	s->ahead = NULL;
	s->wrong = (int)rc;
	if (got > 0)
		return (ssize_t)got;
	if (rc == 0 || rc == GNUTLS_E_PREMATURE_TERMINATION)
		return 0;
	return rc == GNUTLS_E_AGAIN ? -EAGAIN : -EPROTO;
}

static ssize_t
secure_send(struct load_stream *s, const void *p, size_t n)
{
	size_t sent = 0;

	while (s->held || sent < n) {
		size_t part = n - sent < RECORD_MAX ? n - sent : RECORD_MAX;
		ssize_t rc;

		s->follows = n - sent > (s->held ? 0 : RECORD_MAX);
		rc = gnutls_record_send(s->session,
		    s->held ? NULL : (const char *)p + sent,
		    s->held ? 0 : part);

		if (is_passing(rc))
			continue;
		if (rc == GNUTLS_E_AGAIN && s->held)
			return sent > 0 ? (ssize_t)sent : -EAGAIN;
		s->wrong = (int)rc;
		if (rc < 0 && rc != GNUTLS_E_AGAIN)
			return -EPROTO;
		if (!s->held)
			sent += rc < 0 ? part : (size_t)rc;
		s->held = rc == GNUTLS_E_AGAIN;
	}
	return (ssize_t)sent;
}

ssize_t
load_stream_send(struct load_stream *s, const void *p, size_t n)
{
	if (s->session)
		return secure_send(s, p, n);
	return outcome(send(s->fd, p, n, MSG_NOSIGNAL));
}

ssize_t
load_stream_recv(struct load_stream *s, void *p, size_t n)
{
	if (s->session)
		return secure_recv(s, p, n);
	return outcome(recv(s->fd, p, n, 0));
}

void
load_stream_close(struct load_stream *s)
{
	if (s->session)
		gnutls_deinit(s->session);
	s->session = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
