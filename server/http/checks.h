/* SPDX-License-Identifier: MIT
 *
 * checks.h - the hygiene of a request that the HTTP library leaves to us.
 *
 * Two servers in a row that read one request differently are how requests
 * are smuggled, so whatever can be read in two ways is refused: several Host
 * or Content-Length headers, a length beside a transfer coding, codings
 * other than chunked, a body where none belongs. Syntax is the library's to
 * check, the target is target.h's.
 *
 * THREADS: any; a pure function.
 * RFC 9112 sections 3.2, 6.1 and 6.3.
 */
#ifndef CLEAT_HTTP_CHECKS_H
#define CLEAT_HTTP_CHECKS_H

#include "http/refusal.h"

struct head;

/* REFUSAL_NONE, or why the request must not be served. */
enum refusal checks_run(const struct head *);

#endif
