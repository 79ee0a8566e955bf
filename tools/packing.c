/* SPDX-License-Identifier: MIT
 *
 * packing.c - see packing.h.
 *
 * The generator has to be cheaper than the server that it measures, so it
 * compresses fast rather than well.
 *
 * MEMORY: the streams of zlib, and one buffer for each direction.
 */
#include "config.h"

#include "packing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/must.h"

enum { LEVEL = 1, WINDOW = -12, MEMORY = 5 }; /* -: without a header */

/* A flush ends with these, which are not sent. */
static const uint8_t tail[4] = { 0, 0, 0xff, 0xff };

struct packing {
	z_stream packer, unpacker;
	size_t max, bound;
	uint8_t *plain, *packed;
	struct payload_id last;
	size_t last_len; /* 0: none is kept */
};

int
packed_add(struct packed *m, const uint8_t *p, size_t n)
{
	if (m->room - m->len < n) {
		uint8_t *larger = realloc(m->bytes, 2 * m->len + n);

		if (!larger)
			return -ENOMEM;
		m->bytes = larger;
		m->room = 2 * m->len + n;
	}
	if (n > 0)
		memcpy(m->bytes + m->len, p, n);
	m->len += n;
	return 0;
}

void
packed_fini(struct packed *m)
{
	free(m->bytes);
	*m = (struct packed){ .bytes = NULL };
}

struct packing *
packing_new(size_t max)
{
	struct packing *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->max = max;
	if (deflateInit2(&p->packer, LEVEL, Z_DEFLATED, WINDOW, MEMORY,
		Z_DEFAULT_STRATEGY) == Z_OK &&
	    inflateInit2(&p->unpacker, -MAX_WBITS) == Z_OK) {
		p->bound = deflateBound(&p->packer, (uLong)max) + 16;
		p->plain = malloc(max + 1);
		p->packed = malloc(p->bound);
	}
	if (!p->plain || !p->packed)
		packing_free(&p);
	return p;
}

void
packing_free(struct packing **pp)
{
	struct packing *p = *pp;

	if (!p)
		return;
	deflateEnd(&p->packer);
	inflateEnd(&p->unpacker);
	free(p->plain);
	free(p->packed);
	free(p);
	*pp = NULL;
}

size_t
packing_bound(const struct packing *p)
{
	return p->bound;
}

const uint8_t *
packing_last(const struct packing *p, struct payload_id id, size_t *n)
{
	*n = p->last_len;
	return p->last_len > 0 && p->last.conn == id.conn &&
		       p->last.seq == id.seq
		   ? p->packed
		   : NULL;
}

uint8_t *
packing_room(struct packing *p)
{
	return p->plain;
}

const uint8_t *
packing_pack(struct packing *p, struct payload_id id, size_t n, size_t *packed)
{
	z_stream *z = &p->packer;

	must(n <= p->max && deflateReset(z) == Z_OK);
	z->next_in = p->plain;
	z->avail_in = (uInt)n;
	z->next_out = p->packed;
	z->avail_out = (uInt)p->bound;
	must(deflate(z, Z_SYNC_FLUSH) == Z_OK && z->avail_out > 0);
	size_t len = p->bound - z->avail_out;
	/* An empty message is flushed to nothing; section 7.2.3.6. */
	if (len < sizeof(tail)) {
		p->packed[0] = 0;
		len = 1;
	} else {
		len -= sizeof(tail);
	}
	p->last = id;
	*packed = p->last_len = len;
	return p->packed;
}

const uint8_t *
packing_unpack(struct packing *p, const uint8_t *in, size_t n, size_t *unpacked)
{
	z_stream *z = &p->unpacker;

	must(inflateReset(z) == Z_OK);
	z->next_in = in;
	z->avail_in = (uInt)n;
	z->next_out = p->plain;
	z->avail_out = (uInt)p->max + 1; /* one more tells what is too long */
	int rc = inflate(z, Z_SYNC_FLUSH);
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return NULL;
	if (z->avail_in > 0)
		return NULL;
	z->next_in = tail;
	z->avail_in = sizeof(tail);
	rc = inflate(z, Z_SYNC_FLUSH);
	if ((rc != Z_OK && rc != Z_BUF_ERROR) || z->avail_in > 0 ||
	    z->avail_out == 0)
		return NULL;
	*unpacked = p->max + 1 - z->avail_out;
	return p->plain;
}
