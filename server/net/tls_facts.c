/* SPDX-License-Identifier: MIT
 *
 * tls_facts.c - what a session says of itself, and of its client's certificate.
 *
 * THREADS, MEMORY: see tls.h. RFC 5280 sections 4.1.2.6 and 4.2.1.6.
 */
#include "config.h"

#include "net/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls_struct.h"

/* One with a zero byte in it would be taken for what stands before that. */
static int
keep_name(char **to, const char *name, size_t n)
{
	if (*to || n == 0 || n > TLS_NAME_MAX || memchr(name, '\0', n))
		return 0;
	*to = strndup(name, n);
	return *to ? 0 : -ENOMEM;
}

static int
read_common_name(gnutls_x509_crt_t crt, struct tls_facts *f)
{
	char name[TLS_NAME_MAX + 1];
	size_t n = sizeof(name);
	int rc = gnutls_x509_crt_get_dn_by_oid(
	    crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &n);

	if (rc == GNUTLS_E_MEMORY_ERROR)
		return -ENOMEM;
	return rc < 0 ? 0 : keep_name(&f->names[TLS_NAME_CN], name, n);
}

/* Which of ours a kind of the library's is; TLS_NAMES: none. */
static enum tls_name
name_of_kind(int kind)
{
	if (kind == GNUTLS_SAN_DNSNAME)
		return TLS_NAME_DNS;
	if (kind == GNUTLS_SAN_RFC822NAME)
		return TLS_NAME_EMAIL;
	return kind == GNUTLS_SAN_URI ? TLS_NAME_URI : TLS_NAMES;
}

static int
read_other_names(gnutls_x509_crt_t crt, struct tls_facts *f)
{
	for (unsigned i = 0;; i++) {
		char name[TLS_NAME_MAX + 1];
		size_t n = sizeof(name);
		int kind = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, name, &n, NULL);
		enum tls_name which = name_of_kind(kind);

		if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return 0;
		if (kind == GNUTLS_E_MEMORY_ERROR)
			return -ENOMEM;
		if (kind < 0 && kind != GNUTLS_E_SHORT_MEMORY_BUFFER)
			return 0;
		if (which < TLS_NAMES &&
		    keep_name(&f->names[which], name, n) < 0)
			return -ENOMEM;
	}
}

static int
read_subject(gnutls_x509_crt_t crt, struct tls_facts *f)
{
	gnutls_datum_t dn = { NULL, 0 };
	int rc = gnutls_x509_crt_get_dn3(crt, &dn, 0);

	if (rc == 0)
		f->client = strndup((const char *)dn.data, dn.size);
	/* A client without a name is named so. */
	else if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		f->client = strdup("");
	gnutls_free(dn.data);
	return f->client ? 0 : -EPROTO;
}

static int
read_client(gnutls_session_t session, struct tls_facts *f)
{
	unsigned n = 0;
	const gnutls_datum_t *given = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t crt;
	int error = 0;

	if (n == 0)
		return 0;
	if (gnutls_x509_crt_init(&crt) < 0)
		return -ENOMEM;
	if (gnutls_x509_crt_import(crt, &given[0], GNUTLS_X509_FMT_DER) < 0)
		error = -EPROTO;
	if (error == 0)
		error = read_subject(crt, f);
	if (error == 0)
		error = read_common_name(crt, f);
	if (error == 0)
		error = read_other_names(crt, f);
	gnutls_x509_crt_deinit(crt);
	return error;
}

int
tls_read_facts(gnutls_session_t session, struct tls_facts *f)
{
	bool old = gnutls_protocol_get_version(session) == GNUTLS_TLS1_2;

	*f = (struct tls_facts){ .protocol = old ? "TLSv1.2" : "TLSv1.3",
		.cipher = gnutls_ciphersuite_get(session) };
	return read_client(session, f);
}

void
tls_facts_fini(struct tls_facts *f)
{
	free(f->client);
	for (size_t i = 0; i < TLS_NAMES; i++)
		free(f->names[i]);
	*f = (struct tls_facts){ .client = NULL };
}
