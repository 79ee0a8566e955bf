/* SPDX-License-Identifier: MIT
 *
 * redirect.h - listeners that send whoever comes without TLS to https.
 *
 * Host and path stay what they were asked for, so only a Host header that is
 * a host and nothing else gets into the answer; with a destination that names
 * its host the header is not looked at.
 *
 * THREADS: any; a table is its owner's to guard.
 * RFC 9110 section 15.4.9 (308).
 */
#ifndef CLEAT_HTTP_REDIRECT_H
#define CLEAT_HTTP_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct head;
struct target;

enum { REDIRECTS_MAX = 64, REDIRECT_TEXT_MAX = 280 };

/* "https://example.org", "https://example.org:8443"; with "*" for the host
 * that was asked for. */
struct redirect {
	uint64_t listener; /* its number */
	char to[REDIRECT_TEXT_MAX];
};

struct redirects {
	size_t n;
	struct redirect v[REDIRECTS_MAX];
};

/* NULL: this listener serves. */
const struct redirect *
redirect_find(const struct redirects *, uint64_t listener);

/* Where a request goes that has passed checks and target: on the heap; NULL
 * without memory, or with *refused set, where its Host is none. */
char *redirect_location(
    const char *to, const char *host, const struct target *, bool *refused);

/* The answer to such a request; one for a WebSocket is refused, because
 * browsers follow no redirect there. */
void redirect_answer(const char *to, const struct head *, const struct target *,
    struct answer *);

#endif
