/* SPDX-License-Identifier: MIT
 *
 * base64url.h - base64 with the letters - and _ and without padding, strictly.
 *
 * Each text stands for other bytes: no padding, no spaces, no "+" or "/", and
 * the spare bits of the last character are zero. So there is one way only to
 * write a token.
 *
 * THREADS: any. MEMORY: the caller's. RFC 4648 section 5, RFC 7515 section 2.
 */
#ifndef CLEAT_AUTH_BASE64URL_H
#define CLEAT_AUTH_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that n characters stand for. */
#define BASE64URL_BYTES(n) ((n) / 4 * 3 + (n) % 4 * 3 / 4)

/* How many bytes were written; -1: it is not that, or more than `room`. */
__attribute__((warn_unused_result)) ptrdiff_t
base64url_decode(uint8_t *out, size_t room, const char *text, size_t n);

#endif
