/* SPDX-License-Identifier: MIT
 *
 * token.h - the words that headers are made of.
 *
 * THREADS: any. MEMORY: none. RFC 9110 sections 5.6.2 and 5.6.3.
 */
#ifndef CLEAT_WIRE_TOKEN_H
#define CLEAT_WIRE_TOKEN_H

#include <stddef.h>
#include <string.h>

#define TOKEN_BLANKS " \t"
#define TOKEN_CHARS                  \
	"!#$%&'*+-.^_`|~0123456789"  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz"

/* How many characters of a token stand at p. */
static inline size_t
token_span(const char *p)
{
	return strspn(p, TOKEN_CHARS);
}

static inline const char *
token_skip_blanks(const char *p)
{
	return p + strspn(p, TOKEN_BLANKS);
}

#endif
