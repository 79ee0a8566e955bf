/* SPDX-License-Identifier: MIT
 *
 * deflate.c - see deflate.h.
 *
 * At the fast levels igzip packs what refers to no earlier message; all else is
 * zlib's work. Unpacking is deflate_unpack.c's.
 *
 * THREADS, MEMORY: see deflate.h.
 */
#include "config.h"

#include "net/deflate.h"

#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/stats.h"
#include "net/deflate_struct.h"
#include "net/igzip.h"
#include "net/inflate.h"
#include "net/payload.h"
#include "wire/frame.h"

enum {
	/* More than zlib adds to what it cannot make smaller (its bound is
	 * for another kind of end). */
	PACK_SPARE = 64,
	PACK_MOST = 1 << 30, /* the libraries' counters have 32 bits */
	/* What is larger than two windows finds enough in itself, and zlib
	 * would take its time with it. */
	PAST_MOST = 2 << DEFLATE_BITS_MAX,
	KEPT = 256 * 1024,
	/* Of its hash table: a small one is reset faster, which is most of
	 * the cost of a small message. */
	MEMORY_LEVEL = 6,
	/* What its manual says of memory, without and with its hash table. */
	STREAM_BYTES = 6 * 1024,
	PACKER_BYTES = STREAM_BYTES + (1 << (MEMORY_LEVEL + 9)),
	UNPACKER_BYTES = STREAM_BYTES + (1 << DEFLATE_BITS_MAX),
};

/* --- streams ------------------------------------------------------------- */

static z_stream *
packer_new(unsigned bits, unsigned level)
{
	z_stream *z = calloc(1, sizeof *z);

	if (z && deflateInit2(z, (int)level, Z_DEFLATED, -(int)bits,
		     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static void
packer_free(z_stream **zp)
{
	if (*zp)
		deflateEnd(*zp);
	free(*zp);
	*zp = NULL;
}

/* --- what a connection has of its own ------------------------------------- */

static size_t
packer_bytes(const struct deflate *d)
{
	return PACKER_BYTES + ((size_t)4 << d->terms.server_bits);
}

void
deflate_count(struct deflate *d)
{
	size_t now = (d->packer ? packer_bytes(d) : 0) +
		     (d->unpacker ? UNPACKER_BYTES : 0);

	stat_add(d->held, (uint64_t)now - d->takes);
	d->takes = now;
}

size_t
deflate_takes(const struct deflate *d)
{
	return d->takes;
}

void
deflate_forget(struct deflate *d)
{
	if (!d->packer)
		return;
	packer_free(&d->packer);
	deflate_count(d);
}

struct deflate *
deflate_new(const struct deflate_terms *terms, unsigned level)
{
	struct deflate *d = calloc(1, sizeof *d);

	must(level >= 1 && level <= DEFLATE_LEVELS);
	if (d) {
		d->terms = *terms;
		d->level = (uint8_t)level;
	}
	return d;
}

void
deflate_free(struct deflate **dp)
{
	struct deflate *d = *dp;

	*dp = NULL;
	if (!d)
		return;
	packer_free(&d->packer);
	deflate_unpacker_free(&d->unpacker);
	if (d->held)
		deflate_count(d);
	free(d);
}

/* --- buffers ------------------------------------------------------------- */

bool
deflate_room(struct deflate_bytes *b, size_t room)
{
	uint8_t *p;

	if (b->room >= room)
		return true;
	p = realloc(b->p, room);
	if (!p)
		return false;
	b->p = p;
	b->room = room;
	return true;
}

static void
drop(struct deflate_bytes *b)
{
	free(b->p);
	*b = (struct deflate_bytes){ 0 };
}

static void
forget_last(struct deflates *all)
{
	for (size_t i = 0; i < all->n_sets; i++)
		payload_unref(&all->sets[i].as);
	all->n_sets = 0;
	payload_unref(&all->last);
}

void
deflates_rest(struct deflates *all)
{
	if (all->last)
		forget_last(all);
	if (all->packed.room > KEPT)
		drop(&all->packed);
	if (all->unpacked.room > KEPT)
		drop(&all->unpacked);
}

void
deflates_fini(struct deflates *all)
{
	forget_last(all);
	drop(&all->packed);
	drop(&all->unpacked);
	for (size_t bits = 0; bits <= DEFLATE_BITS_MAX; bits++)
		for (size_t level = 0; level <= DEFLATE_LEVELS; level++)
			packer_free(&all->packers[bits][level]);
	deflate_unpacker_free(&all->unpacker);
	igzip_free(&all->igzip);
	inflate_free(&all->inflate);
}

/* --- packing ------------------------------------------------------------- */

/* A packer that knows nothing, or NULL. */
static z_stream *
fresh_packer(struct deflates *all, unsigned bits, unsigned level)
{
	z_stream **z = &all->packers[bits][level];

	if (*z)
		deflateReset(*z);
	else
		*z = packer_new(bits, level);
	return *z;
}

static void
make_own_packer(struct deflates *all, struct deflate *d)
{
	d->packer = packer_new(d->terms.server_bits, d->level);
	d->held = &all->held;
	deflate_count(d);
}

/* One that remembers, or NULL. To remember is allowed, not promised: where
 * memory is short nobody begins to, and what is large is said without a past,
 * which it then becomes. */
static z_stream *
own_packer(struct deflates *all, struct deflate *d, size_t n)
{
	if (!d->terms.server_takeover || (!d->packer && all->frugal))
		return NULL;
	if (n > PAST_MOST && d->level <= IGZIP_LEVELS) {
		d->stale = true;
		return NULL;
	}
	if (!d->packer)
		make_own_packer(all, d);
	else if (d->stale)
		deflateReset(d->packer);
	d->stale = false;
	return d->packer;
}

/* There is room for whatever becomes of it, so it cannot fail. */
static int
pack_with(z_stream *z, const void *p, size_t n, struct deflate_bytes *out)
{
	int rc;

	if (!z || !deflate_room(out, deflateBound(z, n) + PACK_SPARE))
		return -ENOMEM;
	z->next_in = p;
	z->avail_in = (uInt)n;
	z->next_out = out->p;
	z->avail_out = (uInt)out->room;
	rc = deflate(z, Z_SYNC_FLUSH);
	must(rc == Z_OK && z->avail_in == 0 && z->avail_out > 0);
	out->n = out->room - z->avail_out;
	must(out->n >= DEFLATE_TAIL);
	out->n -= DEFLATE_TAIL;
	return 0;
}

static int
pack_quickly(struct deflates *all, unsigned bits, unsigned level, const void *p,
    size_t n)
{
	struct deflate_bytes *out = &all->packed;

	if (!all->igzip)
		all->igzip = igzip_new();
	if (!all->igzip || !deflate_room(out, n + DEFLATE_TAIL))
		return -ENOMEM;
	out->n = igzip_pack(all->igzip, level, bits, p, n, out->p);
	if (out->n == 0)
		return -E2BIG;
	out->n -= DEFLATE_TAIL;
	return 0;
}

/* With what knows of nothing before. */
static int
pack_fresh(struct deflates *all, unsigned bits, unsigned level, const void *p,
    size_t n)
{
	if (level <= IGZIP_LEVELS)
		return pack_quickly(all, bits, level, p, n);
	return pack_with(fresh_packer(all, bits, level), p, n, &all->packed);
}

int
deflate_pack(struct deflates *all, struct deflate *d, const void *p, size_t n,
    struct deflate_bytes *out)
{
	z_stream *own;
	int rc;

	if (n == 0 || n > PACK_MOST)
		return -E2BIG;
	own = own_packer(all, d, n);
	rc = own ? pack_with(own, p, n, &all->packed)
		 : pack_fresh(all, d->terms.server_bits, d->level, p, n);
	*out = all->packed;
	return rc;
}

void
deflate_unsent(struct deflate *d)
{
	d->stale = true;
}

/* What the payload becomes for these parameters: a reference, to itself when
 * it gets no smaller or there is no memory. */
static struct payload *
pack_payload(
    struct deflates *all, unsigned bits, unsigned level, struct payload *s)
{
	size_t n = s->len - s->head;
	struct payload *as = NULL;

	if (n > 0 && n <= PACK_MOST &&
	    pack_fresh(all, bits, level, s->frame + s->head, n) == 0 &&
	    all->packed.n < n)
		as = payload_new_frame(
		    s->frame[0] | FRAME_RSV1, all->packed.p, all->packed.n);
	return as ? as : payload_ref(s);
}

/* The place for what the last payload becomes with these parameters. When
 * there are more sets of them than places the last place changes hands. */
static struct deflate_packed *
find_set(struct deflates *all, uint8_t bits, uint8_t level)
{
	struct deflate_packed *set = all->sets;

	while (set < all->sets + all->n_sets) {
		if (set->bits == bits && set->level == level)
			return set;
		set++;
	}
	if (all->n_sets < DEFLATE_SETS)
		all->n_sets++;
	else
		payload_unref(&(--set)->as);
	*set = (struct deflate_packed){ bits, level, NULL };
	return set;
}

struct payload *
deflate_pack_shared(struct deflates *all, struct deflate *d, struct payload *s)
{
	uint8_t bits = d->terms.server_bits;
	struct deflate_packed *set;

	if (all->last != s) {
		forget_last(all);
		all->last = payload_ref(s);
	}
	set = find_set(all, bits, d->level);
	if (!set->as)
		set->as = pack_payload(all, bits, d->level, s);
	if (set->as != s)
		d->stale = true;
	return set->as;
}
