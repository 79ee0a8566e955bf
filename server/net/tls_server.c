/* SPDX-License-Identifier: MIT
 *
 * tls_server.c - see tls_server.h.
 *
 * THREADS, MEMORY: see tls_server.h.
 */
#include "config.h"

#include "net/tls_server.h"

#include <gnutls/x509.h>
#include <stdlib.h>

#include "net/tls_struct.h"

/* TLS 1.2 and 1.3 with forward secrecy and authenticated encryption, and no
 * more: all that browsers of the last years speak. The cheapest first. */
#define PRIORITY                                                      \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:"   \
	"-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:" \
	"+GROUP-X448:+GROUP-SECP521R1:"                               \
	"-CIPHER-ALL:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM:"   \
	"%SERVER_PRECEDENCE"

struct tls_server *
tls_server_new(uint64_t within_ms, uint64_t at_a_time)
{
	struct tls_server *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->refs = 1;
	s->within_ms = within_ms;
	s->at_a_time = at_a_time;
	s->ask = GNUTLS_CERT_IGNORE;
	if (gnutls_certificate_allocate_credentials(&s->credentials) == 0 &&
	    gnutls_priority_init(&s->priority, PRIORITY, NULL) == 0 &&
	    gnutls_session_ticket_key_generate(&s->ticket_key) == 0)
		return s;
	tls_server_unref(&s);
	return NULL;
}

struct tls_server *
tls_server_ref(struct tls_server *s)
{
	__atomic_fetch_add(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void
tls_server_unref(struct tls_server **sp)
{
	struct tls_server *s = *sp;

	*sp = NULL;
	if (!s || __atomic_fetch_sub(&s->refs, 1, __ATOMIC_ACQ_REL) > 1)
		return;
	if (s->credentials)
		gnutls_certificate_free_credentials(s->credentials);
	if (s->priority)
		gnutls_priority_deinit(s->priority);
	/* without memory for a key it has a size all the same */
	if (s->ticket_key.data)
		gnutls_memset(s->ticket_key.data, 0, s->ticket_key.size);
	gnutls_free(s->ticket_key.data);
	free(s);
}

const char *
tls_server_add(struct tls_server *s, const char *certificate, const char *key)
{
	int rc = gnutls_certificate_set_x509_key_file(
	    s->credentials, certificate, key, GNUTLS_X509_FMT_PEM);

	/* what the library says of these two helps nobody */
	if (rc == GNUTLS_E_DECRYPTION_FAILED)
		return "the key has a password, which nobody would type";
	if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return "there is no certificate in the first, or no key in "
		       "the second";
	return rc < 0 ? gnutls_strerror(rc) : NULL;
}

int64_t
tls_server_ends(const struct tls_server *s, size_t n)
{
	gnutls_x509_crt_t *list;
	unsigned count;
	int64_t ends = -1;

	if (gnutls_certificate_get_x509_crt(
		s->credentials, (unsigned)n, &list, &count) < 0)
		return -1;
	if (count > 0)
		ends = (int64_t)gnutls_x509_crt_get_expiration_time(list[0]);
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	return ends;
}

/* Called only where a certificate was asked for. */
static int
verify(gnutls_session_t session)
{
	gnutls_typed_vdata_st client = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT };
	unsigned given = 0, faults = 0;

	(void)gnutls_certificate_get_peers(session, &given);
	if (given == 0)
		return 0;
	if (gnutls_certificate_verify_peers(session, &client, 1, &faults) < 0)
		return -1;
	return faults == 0 ? 0 : -1;
}

const char *
tls_server_trust(struct tls_server *s, const char *ca, enum tls_ask ask)
{
	int rc = gnutls_certificate_set_x509_trust_file(
	    s->credentials, ca, GNUTLS_X509_FMT_PEM);

	if (rc < 0)
		return gnutls_strerror(rc);
	if (rc == 0)
		return "there is no certificate in it";
	gnutls_certificate_set_verify_function(s->credentials, verify);
	s->ask = ask == TLS_ASK_REQUIRE ? GNUTLS_CERT_REQUIRE
		 : ask == TLS_ASK	? GNUTLS_CERT_REQUEST
					: GNUTLS_CERT_IGNORE;
	return NULL;
}

uint64_t
tls_server_within_ms(const struct tls_server *s)
{
	return s->within_ms;
}

uint64_t
tls_server_at_a_time(const struct tls_server *s)
{
	return s->at_a_time;
}
