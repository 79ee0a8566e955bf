/* SPDX-License-Identifier: MIT
 *
 * base64.h - base64 as strangers write it, read strictly.
 *
 * The plain alphabet, whole groups of four, padding where it belongs and
 * nowhere else, no spare bits, no blanks: each text has one spelling.
 *
 * THREADS: any. MEMORY: none. RFC 4648 sections 3.5 and 4.
 */
#ifndef CLEAT_AUTH_BASE64_H
#define CLEAT_AUTH_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define BASE64_BAD SIZE_MAX

/* How many bytes `text` stands for, at most `max`; or BASE64_BAD, then what
 * is in `out` means nothing. */
size_t base64_decode(char *out, size_t max, const char *text);

#endif
