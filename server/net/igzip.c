/* SPDX-License-Identifier: MIT
 *
 * igzip.c - see igzip.h. What RFC 7692 calls a message's end is to ISA-L a
 * FULL_FLUSH without an end of the stream.
 *
 * THREADS, MEMORY: see igzip.h.
 */
#include "config.h"

#include "net/igzip.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "base/must.h"

/* Its functions are in the library's interface, and so is its size: there is
 * nothing to allocate within. */
struct igzip {
	struct isal_zstream z;
	uint8_t tokens[ISAL_DEF_LVL1_SMALL]; /* of level 2 */
};

struct igzip *
igzip_new(void)
{
	return malloc(sizeof(struct igzip));
}

void
igzip_free(struct igzip **gp)
{
	free(*gp);
	*gp = NULL;
}

static void
choose_codes(struct igzip *g, unsigned level, size_t n)
{
	if (level == 1 && n <= IGZIP_PLAIN_MAX) {
		isal_deflate_set_hufftables(
		    &g->z, NULL, IGZIP_HUFFTABLE_STATIC);
		return;
	}
	g->z.level = 1;
	g->z.level_buf = g->tokens;
	g->z.level_buf_size = sizeof g->tokens;
}

/* Where there is no room for the message as it is, none is left uncompressed:
 * what does not fit is refused, and all that is accepted has its tail. */
size_t
igzip_pack(struct igzip *g, unsigned level, unsigned bits, const void *p,
    size_t n, uint8_t *out)
{
	size_t room = n + IGZIP_TAIL;

	must(level >= 1 && level <= IGZIP_LEVELS && n > 0);
	isal_deflate_stateless_init(&g->z);
	choose_codes(g, level, n);
	g->z.hist_bits = (uint16_t)bits;
	g->z.flush = FULL_FLUSH;
	g->z.next_in = (uint8_t *)(uintptr_t)p; /* it only reads */
	g->z.avail_in = (uint32_t)n;
	g->z.next_out = out;
	g->z.avail_out = (uint32_t)room;
	if (isal_deflate_stateless(&g->z) != COMP_OK)
		return 0;
	return room - g->z.avail_out < room ? room - g->z.avail_out : 0;
}
