/* SPDX-License-Identifier: MIT
 *
 * packing.h - messages compressed as permessage-deflate has it, without
 * context takeover: each stands for itself (RFC 7692 section 7.2).
 *
 * What a message becomes follows from its bytes alone, so it can be packed
 * again after a partial write. The one packed last is kept.
 *
 * THREADS: one at a time. MEMORY: two buffers as large as the largest message,
 * and each message that comes in pieces.
 */
#ifndef CLEAT_TOOLS_PACKING_H
#define CLEAT_TOOLS_PACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "payload.h"

struct packing;

/* A compressed message as it comes; all zero: nothing has. */
struct packed {
	uint8_t *bytes; /* its own */
	size_t len, room;
};

/* Appends. Returns 0 or -ENOMEM. */
int packed_add(struct packed *, const uint8_t *, size_t n)
    __attribute__((warn_unused_result));
void packed_fini(struct packed *);

/* For messages of up to `max` bytes; NULL without memory. */
struct packing *packing_new(size_t max) __attribute__((warn_unused_result));
void packing_free(struct packing **);

/* The most that a message of `max` bytes becomes. */
size_t packing_bound(const struct packing *);

/* Is it the message `id` that was packed last? Then *n and what is returned
 * are as pack() said. NULL: it is not. */
const uint8_t *
packing_last(const struct packing *, struct payload_id id, size_t *n);

/* Where the next message is to be written, `max` bytes. */
uint8_t *packing_room(struct packing *);

/* Packs the n bytes that stand there. */
const uint8_t *
packing_pack(struct packing *, struct payload_id id, size_t n, size_t *packed);

/* What was packed; NULL where it is damaged or has more than `max` bytes.
 * Until the next call. */
const uint8_t *
packing_unpack(struct packing *, const uint8_t *, size_t n, size_t *unpacked);

#endif
