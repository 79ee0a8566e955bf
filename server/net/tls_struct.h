/* SPDX-License-Identifier: MIT
 *
 * tls_struct.h - the inside of tls_server.h, for tls.c too.
 *
 * THREADS, MEMORY: see tls_server.h.
 */
#ifndef CLEAT_NET_TLS_STRUCT_H
#define CLEAT_NET_TLS_STRUCT_H

#include <gnutls/gnutls.h>

#include "net/tls.h"
#include "net/tls_server.h"

struct tls_server {
	uint32_t refs; /* atomic */
	uint64_t within_ms, at_a_time;
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	gnutls_datum_t ticket_key;
	gnutls_certificate_request_t ask;
};

/* As tls_facts(). */
int tls_read_facts(gnutls_session_t, struct tls_facts *);

#endif
