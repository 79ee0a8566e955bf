/* SPDX-License-Identifier: MIT
 *
 * plain.h - a handshake's head in the one form that browsers give it.
 *
 * This is no second HTTP parser: what does not have the form, or would fail
 * http/checks or http/target, is simply not plain, and libmicrohttpd says what
 * it is.
 *
 * THREADS: any; a function of its bytes.
 * MEMORY: what was read are texts in `bytes`.
 * RFC 9112 sections 2 to 5, in part.
 */
#ifndef CLEAT_HTTP_PLAIN_H
#define CLEAT_HTTP_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "host/request.h"
#include "http/head.h"
#include "http/target.h"

enum { PLAIN_MAX = 4096 }; /* bytes of a head */

struct plain {
	size_t len; /* of the head, its empty line included */
	size_t n_headers;
	struct head head;
	struct target target;
	struct request_header headers[HEAD_FIELDS_MAX];
	char path[PLAIN_MAX + 1];
	char bytes[PLAIN_MAX + 1]; /* they are cut into texts */
};

/* Do the first n bytes begin with such a head? To be ended in any case. */
bool plain_read(struct plain *, size_t n);
void plain_fini(struct plain *);

#endif
