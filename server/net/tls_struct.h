/* SPDX-License-Identifier: MIT
 *
 * tls_struct.h - the inside of tls.h and tls_server.h, for their own files.
 *
 * THREADS, MEMORY: see tls.h and tls_server.h.
 */
#ifndef CLEAT_NET_TLS_STRUCT_H
#define CLEAT_NET_TLS_STRUCT_H

#include <gnutls/gnutls.h>

#include "net/tls.h"
#include "net/tls_record.h"
#include "net/tls_server.h"

struct tls_server {
	uint32_t refs; /* atomic */
	uint64_t within_ms, at_a_time;
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
	gnutls_datum_t ticket_key;
	gnutls_certificate_request_t ask;
};

enum { TLS_AHEAD = 32 * 1024 }; /* received at a time, records and all */

/* What has been received and not yet been opened: for as long as a read. */
struct ahead {
	size_t at, end, room;
	bool dry;     /* the socket had less than was asked for */
	bool sure;    /* and that is as good as hearing that it has nothing */
	bool through; /* the library has told all that it was given */
	uint8_t bytes[TLS_AHEAD];
};

/* What has to wait from one call to the next; none: NULL. */
struct tls_spare {
	uint8_t *bytes;
	uint32_t at, end;
	uint32_t data; /* of the caller's, in records that are sealed */
};

struct tls {
	gnutls_session_t session;
	struct tls_server *server;
	struct ahead *ahead;	     /* during a read */
	struct tls_records *records; /* on the short way */
	struct tls_spare kept;	     /* the beginning of a record */
	struct tls_spare unsent;     /* sealed, in order */
	int fd;
	bool follows; /* another record, after the one that is sent */
	bool waits;   /* the socket had nothing, or no room */
	bool more;
	bool ended;	   /* and `end` says how */
	bool stuck;	   /* a record is encrypted but has not left */
	unsigned hasten;   /* reads until the short way begins; 0: never */
	uint64_t heard_ms; /* the last of them */
	bool cut;	   /* a record is, so nothing can follow */
	ssize_t end;
};

/* Where a write is within its pieces. */
struct tls_cursor {
	const struct iovec *iov;
	size_t n, at; /* pieces left; bytes of the first that have left */
};

void tls_cursor_skip(struct tls_cursor *, size_t bytes);
/* What goes into the next record, from where it is or copied together. */
struct iovec tls_cursor_record(struct tls_cursor, uint8_t room[TLS_RECORD_MAX]);

/* recv(), which remembers in `waits` that there was nothing. */
ssize_t tls_pull(struct tls *, void *, size_t);

/* The short way, tls_short.c: it lasts until something other than data comes,
 * or the keys have to be renewed. Then `records` is NULL, and the library
 * goes on, with what is left in `ahead`. */
ssize_t tls_short_recv(struct tls *, uint8_t *, size_t);
bool tls_short_ready(struct tls *);
ssize_t tls_short_writev(struct tls *, struct tls_cursor, size_t all);
/* Writes what has been sealed: how many bytes of the caller's that was. */
ssize_t tls_short_flush(struct tls *);
/* 0: the library may write; else it must not any more. */
int tls_short_end(struct tls *);
void tls_spare_free(struct tls_spare *);

/* As tls_facts(). */
int tls_read_facts(gnutls_session_t, struct tls_facts *);

#endif
