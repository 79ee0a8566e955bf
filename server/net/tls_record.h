/* SPDX-License-Identifier: MIT
 *
 * tls_record.h - records of data of one TLS 1.3 session, sealed and opened
 * where they are.
 *
 * The library's own way takes four copies and as many blocks of memory for
 * each record. This takes the keys of a session that is established and knows
 * nothing but records of data; whatever else there is (alerts, key updates,
 * what is forged) is the library's, which gets the session back for it. The
 * ciphers are the library's in any case.
 *
 * THREADS: one at a time. MEMORY: one block and the contexts of two ciphers,
 * without a reference to the session. RFC 8446 sections 5.2 to 5.5.
 */
#ifndef CLEAT_NET_TLS_RECORD_H
#define CLEAT_NET_TLS_RECORD_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TLS_RECORD_MAX = 16384, /* of data */
	TLS_RECORD_HEAD = 5,
	/* What a record is longer than its data: head, type and tag. */
	TLS_RECORD_MORE = TLS_RECORD_HEAD + 1 + 16,
	/* The most that a peer may send, which may pad. */
	TLS_RECORD_SEALED_MAX = TLS_RECORD_HEAD + TLS_RECORD_MAX + 256,
};

struct tls_records;

/* Takes over a session of which the library holds nothing that was received
 * or is to be sent. NULL: this one cannot be, or no memory; nothing changed. */
struct tls_records *tls_records_new(gnutls_session_t);

/* Gives it back: the library goes on where this ended. 0 or -EPROTO. */
__attribute__((warn_unused_result)) int
tls_records_back(struct tls_records **, gnutls_session_t);
void tls_records_free(struct tls_records **);

/* How long the record is that begins there: 0 if that is not known yet, -1 if
 * it is none for us. */
ssize_t tls_record_length(const uint8_t *, size_t n);

/* Opens a whole record: how much data it holds. -1: it is not for us, and
 * nothing has changed. What is behind the data in `out` may be overwritten. */
ssize_t tls_record_open(
    struct tls_records *, const uint8_t *, size_t n, uint8_t *out, size_t room);

/* Seals up to TLS_RECORD_MAX bytes: how long the record is; 0: that failed,
 * and the session is of no more use. `out` has room for TLS_RECORD_MORE more. */
__attribute__((warn_unused_result)) size_t
tls_record_seal(struct tls_records *, const void *, size_t n, uint8_t *out);

/* Has so much been sealed that the keys should be renewed? */
bool tls_records_tired(const struct tls_records *);

#endif
