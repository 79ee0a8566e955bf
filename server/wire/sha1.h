/* SPDX-License-Identifier: MIT
 *
 * sha1.h - SHA-1 of a short string, for the handshake only.
 *
 * Broken as a signature since 2017 and used as none: RFC 6455 wants it as a
 * mark of recognition. One call, whole input, no streaming.
 *
 * THREADS: any. MEMORY: none.
 * RFC 3174.
 */
#ifndef CLEAT_WIRE_SHA1_H
#define CLEAT_WIRE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_LEN = 20 };

/* Writes the digest of p[0..n). */
void sha1(const uint8_t *p, size_t n, uint8_t digest[SHA1_LEN]);

#endif
