/* SPDX-License-Identifier: MIT
 *
 * deflate_unpack.c - of deflate.h: messages made large again.
 *
 * What refers to no earlier message is libdeflate's; all else, and to judge
 * what that does not take, is zlib's work. Of what zlib offers two things are
 * not in its manual: a stream whose last block said that it was the last goes
 * on, with its window (inflateResetKeep, RFC 7692 section 7.2.3.5); and bit 7
 * of data_type says that the end of a block has been reached, without which a
 * message that was cut short would pass for another one.
 *
 * THREADS, MEMORY: see deflate.h.
 */
#include "config.h"

#include "net/deflate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/deflate_struct.h"
#include "net/inflate.h"

enum { UNPACK_FIRST = 16 * 1024, BLOCK_ENDS = 128 };

static const uint8_t tail[DEFLATE_TAIL] = { 0x00, 0x00, 0xff, 0xff };

static z_stream *
unpacker_new(void)
{
	z_stream *z = calloc(1, sizeof *z);

	if (z && inflateInit2(z, -DEFLATE_BITS_MAX) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

void
deflate_unpacker_free(z_stream **zp)
{
	if (*zp)
		inflateEnd(*zp);
	free(*zp);
	*zp = NULL;
}

static z_stream *
unpacker_for(struct deflates *all, struct deflate *d)
{
	if (d->terms.client_takeover) {
		if (!d->unpacker) {
			d->unpacker = unpacker_new();
			d->held = &all->held;
			deflate_count(d);
		}
		return d->unpacker;
	}
	if (!all->unpacker)
		all->unpacker = unpacker_new();
	else
		inflateReset(all->unpacker);
	return all->unpacker;
}

/* More room for a message of at most `max` bytes: one byte beyond that shows
 * that it is larger. */
static int
more_room(struct deflate_bytes *out, uint64_t max)
{
	uint64_t room = 2 * (uint64_t)out->room;

	if (out->n > max)
		return -EMSGSIZE;
	if (room < UNPACK_FIRST)
		room = UNPACK_FIRST;
	if (room > max + 1)
		room = max + 1;
	return deflate_room(out, (size_t)room) ? 0 : -ENOMEM;
}

static int
unpack(z_stream *z, const uint8_t *p, size_t n, uint64_t max,
    struct deflate_bytes *out)
{
	z->next_in = p;
	z->avail_in = (uInt)n;
	do {
		int rc = out->n == out->room ? more_room(out, max) : 0;

		if (rc != 0)
			return rc;
		z->next_out = out->p + out->n;
		z->avail_out = (uInt)(out->room - out->n);
		rc = inflate(z, Z_SYNC_FLUSH);
		out->n = out->room - z->avail_out;
		if (rc == Z_STREAM_END)
			rc = inflateResetKeep(z);
		if (rc == Z_MEM_ERROR)
			return -ENOMEM;
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return -EBADMSG;
	} while (z->avail_in > 0 || z->avail_out == 0);
	return out->n > max ? -EMSGSIZE : 0;
}

/* With room for what most messages become, then for four times as much. */
static int
unpack_at_once(struct deflates *all, const uint8_t *p, size_t n, uint64_t max)
{
	struct deflate_bytes *in = &all->packed, *out = &all->unpacked;
	uint64_t room = 4 * (uint64_t)n;
	int rc;

	if (!all->inflate)
		all->inflate = inflate_new();
	if (!all->inflate || !deflate_room(in, n + INFLATE_END))
		return -ENOMEM;
	memcpy(in->p, p, n);
	memcpy(in->p + n, inflate_end, INFLATE_END);
	for (;; room *= 4) {
		if (room < UNPACK_FIRST)
			room = UNPACK_FIRST;
		if (room > max)
			room = max;
		if (!deflate_room(out, (size_t)room))
			return -ENOMEM;
		rc = inflate_once(all->inflate, in->p, n + INFLATE_END, out->p,
		    out->room < max ? out->room : (size_t)max, &out->n);
		if (rc != -ENOSPC)
			return rc;
		if (out->room >= max)
			return -EMSGSIZE;
	}
}

static int
unpack_with(z_stream *z, const uint8_t *p, size_t n, uint64_t max,
    struct deflate_bytes *out)
{
	int rc = z ? 0 : -ENOMEM;

	out->n = 0;
	if (rc == 0)
		rc = unpack(z, p, n, max, out);
	if (rc == 0)
		rc = unpack(z, tail, DEFLATE_TAIL, max, out);
	if (rc == 0 && !(z->data_type & BLOCK_ENDS))
		rc = -EBADMSG;
	return rc;
}

int
deflate_unpack(struct deflates *all, struct deflate *d, const uint8_t *p,
    size_t n, uint64_t max, struct deflate_bytes *out)
{
	int rc = d->terms.client_takeover ? -EBADMSG
					  : unpack_at_once(all, p, n, max);

	if (rc == -EBADMSG || rc == -ENOMEM)
		rc = unpack_with(
		    unpacker_for(all, d), p, n, max, &all->unpacked);
	*out = all->unpacked;
	return rc;
}
