/* SPDX-License-Identifier: MIT
 *
 * deflate.h - messages made smaller, and large again: permessage-deflate.
 *
 * A compressor needs hundreds of KiB and most connections are idle: so a
 * worker has one for each set of parameters, and one decompressor, and all
 * connections use them in turn. Only what remembers earlier messages ("context
 * takeover") has streams of its own.
 *
 * What many hear is compressed once for each set of parameters: `deflates`
 * knows what the last payload has become. A connection that remembers forgets
 * then what it has said; that is correct, since what is said without a past
 * can be understood with any.
 *
 * THREADS: owner worker.
 * MEMORY: the results stand in buffers of the worker that the next call uses
 * again; above 256 KiB they are given back at the round's end. A
 * compressor needs 166 KiB with the largest window, a decompressor 40 KiB; each
 * is made when it is first needed, those of a connection that remembers too.
 * RFC 7692 section 7.2.
 */
#ifndef CLEAT_NET_DEFLATE_H
#define CLEAT_NET_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/extension.h"

struct deflate;
struct payload;

enum {
	DEFLATE_LEVELS = 9,
	/* That one payload is kept for at a time: of one level all that peers
	 * can ask for. */
	DEFLATE_SETS = DEFLATE_BITS_MAX - DEFLATE_BITS_MIN + 1,
};

struct deflate_bytes {
	uint8_t *p;
	size_t n, room;
};

/* A worker's. All zero: nothing made yet. */
struct deflates {
	struct z_stream_s *packers[DEFLATE_BITS_MAX + 1][DEFLATE_LEVELS + 1];
	struct z_stream_s *unpacker;
	struct igzip *igzip; /* of the fast levels */
	struct libdeflate_decompressor *inflate;
	struct deflate_bytes packed, unpacked;
	struct payload *last; /* what many hear, and what became of it */
	struct deflate_packed {
		uint8_t bits, level;
		struct payload *as; /* or `last`: it did not get smaller */
	} sets[DEFLATE_SETS];
	size_t n_sets;
	uint64_t held; /* bytes of connections' own streams, for any thread */
	bool frugal;   /* nobody gets a compressor of its own any more */
};

void deflates_fini(struct deflates *);
/* Gives back what was large, forgets the last payload. */
void deflates_rest(struct deflates *);

/* One connection's; NULL without memory. `level`: 1 (fast) to 9. */
struct deflate *deflate_new(const struct deflate_terms *, unsigned level);
void deflate_free(struct deflate **);
size_t deflate_takes(const struct deflate *); /* bytes of its own streams */
/* What was said before is not referred to any more, and needs no memory. */
void deflate_forget(struct deflate *);

/* Compresses a message. 0 and what goes into a frame with FRAME_RSV1; or
 * -ENOMEM, or -E2BIG for what gets no smaller, is empty or beyond 1 GiB: then
 * it is as if it had not been called. */
__attribute__((warn_unused_result)) int deflate_pack(struct deflates *,
    struct deflate *, const void *, size_t n, struct deflate_bytes *);

/* What was packed last has not been sent: it forgets it. */
void deflate_unsent(struct deflate *);

/* The same for what many hear: the payload to send instead, which may be the
 * one that was given. Borrowed until the next call or deflates_rest(). */
struct payload *
deflate_pack_shared(struct deflates *, struct deflate *, struct payload *);

/* The message that the compressed bytes of one stand for, of at most `max`
 * bytes. 0, -EMSGSIZE, -EBADMSG or -ENOMEM. */
__attribute__((warn_unused_result)) int
deflate_unpack(struct deflates *, struct deflate *, const uint8_t *, size_t n,
    uint64_t max, struct deflate_bytes *);

#endif
