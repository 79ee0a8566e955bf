/* SPDX-License-Identifier: MIT
 *
 * mask.h - exclusive-or with a repeating key of four bytes, in place.
 *
 * Masking protects proxies from clients (RFC 6455 section 10.3); it hides
 * nothing. The server undoes it for every byte that it receives, so it works
 * on 16 bytes at a time, on 32 where the processor can (asked at run time).
 *
 * THREADS: any. MEMORY: none.
 * RFC 6455 section 5.3.
 */
#ifndef CLEAT_WIRE_MASK_H
#define CLEAT_WIRE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Masks or unmasks p[0..n). `phase` is how many bytes of the frame's payload
 * came before p (only its value modulo 4 matters). Any alignment. Returns
 * whether all that came out is ASCII: it costs nothing to see it on the way,
 * and saves most texts from being read again. */
bool mask_apply(uint8_t *p, size_t n, const uint8_t key[4], size_t phase);

/* The same in portable C: used where there is no SSE2, and by the tests. */
bool
mask_apply_portable(uint8_t *p, size_t n, const uint8_t key[4], size_t phase);

#endif
