/* SPDX-License-Identifier: MIT
 *
 * target.h - the raw request target, split and decoded once.
 *
 * "/a%20b?x=1" becomes the path "/a b" and the query "x=1". What could mean
 * one thing here and another elsewhere is refused rather than repaired: an
 * encoded slash, backslash or control byte, a dot segment in any spelling, a
 * broken escape, a byte that should have been escaped. A path that comes
 * through holds neither "." nor ".." and no byte below 0x20; that is the
 * first of two locks on the file root (resolve.h is the other).
 *
 * THREADS: any; pure functions.
 * RFC 9112 section 3.2, RFC 3986 section 2.1.
 */
#ifndef CLEAT_HTTP_TARGET_H
#define CLEAT_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "http/refusal.h"

struct target {
	const char *raw;   /* as it came */
	size_t raw_path;   /* length of the path within raw */
	const char *query; /* after the '?', or NULL */
	char *path;	   /* decoded */
};

/* Reads `raw` (borrowed as long as the target) and writes the decoded path
 * into `path`, which has room for strlen(raw) + 1 bytes. */
enum refusal target_read(struct target *, const char *raw, char *path);

/* Has the path a segment that begins with a dot? */
bool target_is_hidden(const char *path);

/* Writes where a directory without its slash is: "./name/?query", relative,
 * so that no spelling of the target can lead to another host. On the heap;
 * NULL without memory. */
char *target_with_slash(const struct target *);

#endif
