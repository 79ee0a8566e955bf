/* SPDX-License-Identifier: MIT
 *
 * head.h - what one request says: its line, and the headers of head.def.
 *
 * The HTTP library walks its headers once into this struct; checks, files
 * and the handshake read it. Nothing is judged here.
 *
 * THREADS: one at a time.
 * MEMORY: values are borrowed from the library until its request ends; a
 * list that came in several headers is joined on the heap.
 */
#ifndef CLEAT_HTTP_HEAD_H
#define CLEAT_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;
struct handshake_request;

enum head_name {
#define HEADER(NAME, spelling, kind) HEAD_##NAME,
#include "http/head.def"
#undef HEADER
	HEAD_NAMES
};

enum { HEAD_FIELDS_MAX = 100 };

struct head {
	const char *method, *version;  /* "GET", "HTTP/1.1" */
	const char *value[HEAD_NAMES]; /* NULL: did not come */
	unsigned count[HEAD_NAMES];
	char *joined[HEAD_NAMES];
	size_t fields;	/* all that came, known or not */
	bool has_nul;	/* in a name or a value */
	bool odd_name;	/* a name is no token: "Content-Length " is none */
	bool odd_value; /* a control byte is in a value, a lone CR say */
	bool torn;	/* the library has not understood all of it: layout.h */
};

void head_init(struct head *, const char *method, const char *version);
void head_fini(struct head *);

/* Adds a header line; `value` may be NULL, for an empty one. 0 or -ENOMEM. */
int head_add(struct head *, const char *name, size_t name_len,
    const char *value, size_t value_len);

/* Adds all that the library has read of a request whose method and version
 * are its own texts. The target is so long; 0: it is not known as it came. 0
 * or -ENOMEM. */
int head_gather(struct head *, struct MHD_Connection *, size_t target_len);

/* Is it GET or HEAD? */
bool head_reads(const struct head *);

/* What a handshake is judged by; borrows from the head. */
void head_handshake(const struct head *, struct handshake_request *);

#endif
