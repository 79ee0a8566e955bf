/* SPDX-License-Identifier: MIT
 *
 * encoding.h - does the client take gzip?
 *
 * THREADS: any; a pure function.
 * RFC 9110 section 12.5.3.
 */
#ifndef CLEAT_HTTP_ENCODING_H
#define CLEAT_HTTP_ENCODING_H

#include <stdbool.h>

/* Reads an Accept-Encoding (NULL: none came). True where gzip is accepted
 * and liked no less than the plain file. */
bool encoding_takes_gzip(const char *accept_encoding);

#endif
