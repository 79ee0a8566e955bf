/* SPDX-License-Identifier: MIT
 *
 * publish.h - POST /publish/TOPIC of the private listener.
 *
 * The body is the message, Content-Type says its kind, the query holds the
 * options of cleat_pub, the header Idempotency-Key its key. What can be
 * refused is refused before the body is read: also a request with an Origin,
 * for a browser sends one whenever a page wants this.
 *
 *   publish_begin   judges what stands before the body
 *   publish_add     takes a piece of it
 *   publish_finish  hands the message on and answers
 *
 * THREADS: one at a time for each struct publish; the calls come on it.
 * MEMORY: PUBLISH_BYTES of bodies at a time.
 */
#ifndef CLEAT_HTTP_PUBLISH_H
#define CLEAT_HTTP_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/pages.h"
#include "http/status.h"

struct head;
struct publish;

enum {
	PUBLISH_BYTES = 256 << 20,
	PUBLISH_BODY_MS = 10000, /* for a whole body to arrive */
};

/* What all that publish share. */
struct publishers {
	bool on; /* else nobody may */
	struct publish_calls calls;
	size_t bytes; /* atomic: of bodies under way */
};

/* Is it the path of a topic? */
bool publish_wants(const char *path);

/* The path is decoded. NULL: the answer is the refusal. What it is given is
 * borrowed until publish_end(). */
struct publish *publish_begin(struct publishers *, struct MHD_Connection *,
    const struct head *, const char *path, struct answer *);

/* False: it comes too slowly, the connection is to be closed. */
bool publish_add(struct publish *, const void *, size_t)
    __attribute__((warn_unused_result));
void publish_finish(struct publish *, struct answer *);
void publish_end(struct publish **);

#endif
