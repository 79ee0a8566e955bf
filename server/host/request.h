/* SPDX-License-Identifier: MIT
 *
 * request.h - the request that a connection began with, as CGI told it.
 *
 * A snapshot that never changes: made on the HTTP thread out of what the HTTP
 * library holds, read on the route's worker. It answers with the variables of
 * RFC 3875, the parameters of the query and the cookies. It judges nothing.
 *
 * Headers whose names hold an underscore are left out: "X_User" would pass
 * for "X-User". A header that came several times has one value, joined by
 * ", " (cookies by "; ").
 *
 * THREADS: any.
 * MEMORY: one block of at most REQUEST_MAX bytes; what it answers is borrowed
 * from it.
 */
#ifndef CLEAT_HOST_REQUEST_H
#define CLEAT_HOST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { REQUEST_MAX = 1 << 18, REQUEST_HEADERS_MAX = 128 };

struct request_header {
	const char *name, *value;
};

struct address;
struct credential_places;
struct tls_facts;

/* Where a credential was that is kept apart, see `secrets`. */
enum request_secret {
	REQUEST_SECRET_HEADER = 'h',
	REQUEST_SECRET_COOKIE = 'c',
	REQUEST_SECRET_QUERY = 'q',
	REQUEST_SECRET_PROTOCOL = 'p',
};

struct request_parts {
	const char *method;  /* "GET" */
	const char *target;  /* as it stood in the request line */
	const char *version; /* "HTTP/1.1" */
	const char *path;    /* decoded, without the query */
	size_t script_len;   /* see route_script_len() */
	const char *query;   /* raw; NULL: there is no "?" */
	const struct request_header *headers;
	size_t n_headers;
	const struct sockaddr *peer, *local; /* NULL: not known */
	bool https;			     /* at the client's end */
	const struct tls_facts *tls;	     /* at ours; NULL: plain */
	/* Where credentials are, which no handler and no log shall see: there,
	 * and in the header Authorization, they are cut out of the variables,
	 * the query and the cookies, and kept apart until request_forget().
	 * NULL: they are the handler's to read. */
	const struct credential_places *secrets;
};

struct request;

/* Copies everything. NULL: no memory, or one of the two limits is exceeded. */
struct request *request_new(const struct request_parts *);
void request_free(struct request **);

/* NULL: there is none of this name. */
const char *request_var(const struct request *, const char *name);
/* REMOTE_ADDR; false: a UNIX socket's peer, which has none. */
bool request_address(const struct request *, struct address *);
const char *request_query(const struct request *, const char *name);
const char *request_cookie(const struct request *, const char *name);

/* The i-th credential and where it was; NULL: there are no more. None is
 * empty but for the header. */
const char *
request_secret(const struct request *, size_t i, enum request_secret *);
/* Wipes them. */
void request_forget(struct request *);

#endif
