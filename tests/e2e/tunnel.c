/* SPDX-License-Identifier: MIT
 *
 * tunnel.c - see tunnel.h.
 */
#include "config.h"

#include "tunnel.h"

#include <check.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"

static bool
put_all(struct tunnel *t, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t rc = gnutls_record_send(t->session, p, n);

		if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED)
			continue;
		if (rc < 0)
			return false;
		p += rc;
		n -= (size_t)rc;
	}
	return true;
}

static bool
carry_out(struct tunnel *t)
{
	char piece[65536];
	ssize_t n = recv(t->inner, piece, sizeof piece, 0);

	return n > 0 && put_all(t, piece, (size_t)n);
}

/* What the test does not take yet waits in `held`, and the session with it. */
static bool
carry_in(struct tunnel *t)
{
	ssize_t n = t->held;

	if (n == 0) {
		n = gnutls_record_recv(t->session, t->piece, sizeof t->piece);
		t->at = 0;
	}
	if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
		return true;
	if (n <= 0)
		return false;
	t->held = n;
	n = send(
	    t->inner, t->piece + t->at, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN;
	t->held -= n;
	t->at += (size_t)n;
	return true;
}

static void *
carry(void *arg)
{
	struct tunnel *t = arg;
	bool goes_on = true;

	while (goes_on) {
		bool waits = gnutls_record_check_pending(t->session) > 0;
		struct pollfd p[2] = {
			{ .fd = t->inner,
			    .events = t->held ? POLLIN | POLLOUT : POLLIN },
			{ .fd = t->held ? -1 : t->fd, .events = POLLIN },
		};

		if (poll(p, 2, waits && !t->held ? 0 : -1) < 0)
			continue;
		if (p[0].revents & ~POLLOUT)
			goes_on = carry_out(t);
		if (goes_on && (p[1].revents || (p[0].revents & POLLOUT) ||
				   (waits && !t->held)))
			goes_on = carry_in(t);
	}
	if (!t->wish.rude)
		(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
	shutdown(t->fd, SHUT_RDWR);
	shutdown(t->inner, SHUT_RDWR);
	return NULL;
}

static void
set_up(struct tunnel *t)
{
	const struct tunnel_wish *w = &t->wish;
	gnutls_datum_t alpn;

	ck_assert_int_eq(
	    gnutls_certificate_allocate_credentials(&t->credentials), 0);
	if (w->certificate)
		ck_assert_int_eq(
		    gnutls_certificate_set_x509_key_file(t->credentials,
			w->certificate, w->key, GNUTLS_X509_FMT_PEM),
		    0);
	ck_assert_int_eq(
	    gnutls_init(&t->session,
		GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT | GNUTLS_NO_SIGNAL),
	    0);
	ck_assert_int_eq(gnutls_priority_set_direct(t->session,
			     w->priority ? w->priority : "NORMAL", NULL),
	    0);
	gnutls_credentials_set(
	    t->session, GNUTLS_CRD_CERTIFICATE, t->credentials);
	if (w->name)
		gnutls_server_name_set(
		    t->session, GNUTLS_NAME_DNS, w->name, strlen(w->name));
	if (w->alpn) {
		unsigned char name[32];
		size_t n = strlen(w->alpn);

		ck_assert_uint_le(n, sizeof name);
		memcpy(name, w->alpn, n);
		alpn = (gnutls_datum_t){ name, (unsigned)n };
		gnutls_alpn_set_protocols(t->session, &alpn, 1, 0);
	}
	gnutls_transport_set_int(t->session, t->fd);
	gnutls_handshake_set_timeout(t->session, PATIENCE_MS);
}

int
tunnel_try(struct tunnel *t, int port, const struct tunnel_wish *wish)
{
	int fds[2], rc;

	memset(t, 0, sizeof *t);
	if (wish)
		t->wish = *wish;
	if (t->wish.source)
		raw_open_from(&t->raw, t->wish.source, port);
	else
		raw_open(&t->raw, port);
	t->fd = t->raw.fd;
	if (t->wish.preface)
		raw_puts(&t->raw, t->wish.preface);
	set_up(t);
	do
		rc = gnutls_handshake(t->session);
	while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc < 0) {
		gnutls_deinit(t->session);
		gnutls_certificate_free_credentials(t->credentials);
		raw_shut(&t->raw);
		return rc;
	}
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	t->raw.fd = fds[0];
	t->inner = fds[1];
	ck_assert_int_eq(pthread_create(&t->thread, NULL, carry, t), 0);
	return 0;
}

void
tunnel_open(struct tunnel *t, int port, const struct tunnel_wish *wish)
{
	int rc = tunnel_try(t, port, wish);

	ck_assert_msg(rc == 0, "handshake: %s", gnutls_strerror(rc));
}

void
tunnel_ws(struct tunnel *t, int port, const char *path)
{
	tunnel_open(t, port, NULL);
	ck_assert_int_eq(raw_upgrade(&t->raw, path, ""), 101);
}

void
tunnel_shut(struct tunnel *t)
{
	raw_shut(&t->raw);
	ck_assert_int_eq(pthread_join(t->thread, NULL), 0);
	gnutls_deinit(t->session);
	gnutls_certificate_free_credentials(t->credentials);
	close(t->fd);
	close(t->inner);
}

void
tunnel_shown(struct tunnel *t, char name[64])
{
	unsigned n = 0;
	const gnutls_datum_t *shown =
	    gnutls_certificate_get_peers(t->session, &n);
	size_t size = 64;
	gnutls_x509_crt_t crt;

	ck_assert_uint_gt(n, 0);
	ck_assert_int_eq(gnutls_x509_crt_init(&crt), 0);
	ck_assert_int_eq(
	    gnutls_x509_crt_import(crt, shown, GNUTLS_X509_FMT_DER), 0);
	ck_assert_int_eq(gnutls_x509_crt_get_dn_by_oid(crt,
			     GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size),
	    0);
	gnutls_x509_crt_deinit(crt);
}
