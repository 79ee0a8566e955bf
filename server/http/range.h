/* SPDX-License-Identifier: MIT
 *
 * range.h - the Range header: one range of bytes, or none.
 *
 * Several ranges in one request are answered with the whole file, as the RFC
 * allows: they are rare, and multipart answers have been used to exhaust
 * servers.
 *
 * THREADS: any; a pure function.
 * RFC 9110 section 14.
 */
#ifndef CLEAT_HTTP_RANGE_H
#define CLEAT_HTTP_RANGE_H

#include <stdint.h>

enum range_kind {
	RANGE_WHOLE,  /* no range, or one that is to be ignored: 200 */
	RANGE_PART,   /* 206 */
	RANGE_BEYOND, /* 416 */
};

/* Reads a Range header for `size` bytes; first and count are set for a
 * part. */
enum range_kind
range_read(const char *range, uint64_t size, uint64_t *first, uint64_t *count);

#endif
