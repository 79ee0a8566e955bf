/* SPDX-License-Identifier: MIT
 *
 * origin.h - may a page of this origin open a connection?
 *
 * Browsers send cookies with a WebSocket handshake to any site, whichever
 * page asked for it; only this check stops a foreign page from speaking in a
 * user's name. Programs send no Origin, or any they like: it protects users
 * of browsers, nothing else.
 *
 * Rules:  "https://a.example:8443"  scheme, host and port equal
 *         the same with "*." before the host: one or more labels before it
 *         "self"                    host and port of the Host header
 *         "null"                    files, sandboxed frames
 *         "*"                       any
 * A port that is not written is the scheme's own (80, 443).
 *
 * THREADS: any. MEMORY: none.
 * RFC 6455 sections 4.2.2 and 10.2, RFC 6454.
 */
#ifndef CLEAT_WIRE_ORIGIN_H
#define CLEAT_WIRE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

/* `origin` is the header's value, NULL if there is none (accepted). `host` is
 * the Host header's. No rules at all mean { "self" }; else a list replaces
 * that default, so it names "self" if it wants it. */
bool origin_allowed(
    const char *origin, const char *host, const char *const rules[], size_t n);

/* Is it what a Host header may say: a name or an [address], and perhaps a
 * port? The length of what stands before the port. */
bool origin_host(const char *host, size_t *name_len);

/* NULL if `rule` has one of the shapes above, else what is wrong with it (a
 * constant). A rule that fails here matches nothing. */
const char *origin_rule_error(const char *rule);

#endif
