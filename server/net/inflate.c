/* SPDX-License-Identifier: MIT
 *
 * inflate.c - see inflate.h.
 *
 * THREADS, MEMORY: see inflate.h.
 */
#include "config.h"

#include "net/inflate.h"

#include <errno.h>

#include <libdeflate.h>

const uint8_t inflate_end[INFLATE_END] = { 0x00, 0x00, 0xff, 0xff, 0x01, 0x00,
	0x00, 0xff, 0xff };

struct libdeflate_decompressor *
inflate_new(void)
{
	return libdeflate_alloc_decompressor();
}

void
inflate_free(struct libdeflate_decompressor **d)
{
	if (*d)
		libdeflate_free_decompressor(*d);
	*d = NULL;
}

int
inflate_once(struct libdeflate_decompressor *d, const uint8_t *p, size_t n,
    uint8_t *out, size_t room, size_t *len)
{
	size_t used;

	switch (
	    libdeflate_deflate_decompress_ex(d, p, n, out, room, &used, len)) {
	case LIBDEFLATE_SUCCESS:
		return used == n ? 0 : -EBADMSG;
	case LIBDEFLATE_INSUFFICIENT_SPACE:
		return -ENOSPC;
	case LIBDEFLATE_BAD_DATA:
	case LIBDEFLATE_SHORT_OUTPUT:
		break;
	}
	return -EBADMSG;
}
