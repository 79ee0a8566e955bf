/* SPDX-License-Identifier: MIT
 *
 * base64.h - base64 as strangers write it, read strictly.
 *
 * No blanks, and the spare bits of the last character are zero: each text has
 * one spelling, so that there is one way only to write a token.
 *
 * THREADS: any. MEMORY: the caller's.
 * RFC 4648 sections 3.5, 4 and 5, RFC 7515 section 2.
 */
#ifndef CLEAT_AUTH_BASE64_H
#define CLEAT_AUTH_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define BASE64_BAD SIZE_MAX

/* The plain alphabet in whole groups of four, with padding where it belongs
 * and nowhere else. How many bytes `text` stands for, at most `max`; or
 * BASE64_BAD, then what is in `out` means nothing. */
size_t base64_decode(char *out, size_t max, const char *text);

/* Bytes that n characters stand for. */
#define BASE64URL_BYTES(n) ((n) / 4 * 3 + (n) % 4 * 3 / 4)

/* With the letters - and _, without padding. How many bytes were written; -1:
 * it is not that, or more than `room`. */
__attribute__((warn_unused_result)) ptrdiff_t
base64url_decode(uint8_t *out, size_t room, const char *text, size_t n);

#endif
