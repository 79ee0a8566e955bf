/* SPDX-License-Identifier: MIT
 *
 * tls_rig.c - see tls_rig.h.
 */
#include "config.h"

#include "tls_rig.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct tls_server *server;
struct stream ours;
gnutls_session_t theirs;
static gnutls_certificate_credentials_t credentials;
int fd;

const struct kind kinds[KINDS] = {
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.3", false },
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", false },
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305",
	    true },
	{ "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM", true },
};
uint8_t much[65536];

void
take_the_short_way(void)
{
	/* more often than it takes, should the machine stand still meanwhile */
	enum { TRIES = 100 };

	ck_assert_ptr_null(ours.tls->records);
	for (int i = 0; i < TRIES && !ours.tls->records; i++) {
		ck_assert_int_eq(gnutls_record_send(theirs, "x", 1), 1);
		ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 1);
	}
	ck_assert_ptr_nonnull(ours.tls->records);
}

void
connect_pair(const struct kind *kind)
{
	int fds[2], room = 4096, rc = GNUTLS_E_AGAIN, done = -EAGAIN;

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	fd = fds[1];
	server = tls_server_new(1000, 10);
	ck_assert_ptr_nonnull(server);
	ck_assert_ptr_null(tls_server_add(
	    server, TESTS_TLS "/one.pem", TESTS_TLS "/one-key.pem"));
	stream_init(&ours, fds[0], tls_new(server, fds[0]));
	ck_assert_ptr_nonnull(ours.tls);
	gnutls_certificate_allocate_credentials(&credentials);
	gnutls_init(
	    &theirs, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	gnutls_priority_set_direct(theirs, kind->priority, NULL);
	gnutls_credentials_set(theirs, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(theirs, fd);
	while (rc != 0 || done != 0) {
		if (rc != 0)
			rc = gnutls_handshake(theirs);
		if (done != 0)
			done = tls_handshake(ours.tls);
		ck_assert(rc == 0 || rc == GNUTLS_E_AGAIN);
		ck_assert(done == 0 || done == -EAGAIN);
	}
	if (kind->shortly)
		take_the_short_way();
}

void
tear_down(void)
{
	gnutls_deinit(theirs);
	gnutls_certificate_free_credentials(credentials);
	stream_close(&ours);
	tls_server_unref(&server);
	if (fd >= 0)
		close(fd);
}

uint8_t *
pattern(size_t n)
{
	uint8_t *p = malloc(n);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 31 + i / 253);
	return p;
}

size_t
client_takes(uint8_t *to, size_t room)
{
	ssize_t n = gnutls_record_recv(theirs, to, room);

	ck_assert_msg(
	    n >= 0 || n == GNUTLS_E_AGAIN, "%s", gnutls_strerror((int)n));
	return n < 0 ? 0 : (size_t)n;
}
