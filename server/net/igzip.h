/* SPDX-License-Identifier: MIT
 *
 * igzip.h - one message made smaller at once: the fast levels of deflate.h.
 *
 * Most messages are small, and zlib needs for one of 1 KiB five times as long
 * as ISA-L does, whose igzip this is. It remembers no message; what shall be
 * referred to later is zlib's.
 *
 * THREADS: owner's.
 * MEMORY: one needs 166 KiB, whatever it packs; the bytes are the caller's.
 */
#ifndef CLEAT_NET_IGZIP_H
#define CLEAT_NET_IGZIP_H

#include <stddef.h>
#include <stdint.h>

struct igzip;

enum {
	IGZIP_LEVELS = 2,
	IGZIP_TAIL = 4, /* an empty block, with which each message ends */
	/* At level 1 messages up to here are written with the codes that the
	 * format knows: to make better ones takes longer than all else. */
	IGZIP_PLAIN_MAX = 4096,
};

struct igzip *igzip_new(void); /* NULL: no memory */
void igzip_free(struct igzip **);

/* Writes what p[0..n), 1 byte to 1 GiB, becomes with its tail, to where there
 * is room for n + IGZIP_TAIL bytes. Level 1 or 2, a window of 9 to 15 bits.
 * Returns its size; 0: it gets no smaller. */
__attribute__((warn_unused_result)) size_t igzip_pack(struct igzip *,
    unsigned level, unsigned bits, const void *p, size_t n, uint8_t *out);

#endif
