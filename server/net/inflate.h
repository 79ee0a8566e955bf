/* SPDX-License-Identifier: MIT
 *
 * inflate.h - one message made large again at once, by libdeflate, in half
 * the time that zlib needs and less.
 *
 * It knows only whole streams that end, so a message gets an end of its own.
 * What it does not understand may yet be right (RFC 7692 section 7.2.3.5: the
 * last block may stand in the middle): that is for zlib to judge.
 *
 * THREADS: owner's.
 * MEMORY: one needs 12 KiB, whatever it unpacks; the bytes are the caller's.
 */
#ifndef CLEAT_NET_INFLATE_H
#define CLEAT_NET_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct libdeflate_decompressor;

enum { INFLATE_END = 9 };

/* What the caller puts behind the compressed bytes: what the sender has left
 * out, and an empty last block. */
extern const uint8_t inflate_end[INFLATE_END];

struct libdeflate_decompressor *inflate_new(void); /* NULL: no memory */
void inflate_free(struct libdeflate_decompressor **);

/* 0, and the size of what it wrote; -ENOSPC: there is no room for it;
 * -EBADMSG: it is something else. n counts the end. */
__attribute__((warn_unused_result)) int
inflate_once(struct libdeflate_decompressor *, const uint8_t *p, size_t n,
    uint8_t *out, size_t room, size_t *len);

#endif
