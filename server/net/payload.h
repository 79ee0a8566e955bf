/* SPDX-License-Identifier: MIT
 *
 * payload.h - one frame, made once, sent to many.
 *
 * The bytes are a whole frame as it stands on the wire and never change
 * after payload_new(). The count of references is atomic, so connections of
 * several workers may hold the same one.
 *
 * THREADS: any. MEMORY: reference counted; one allocation.
 */
#ifndef CLEAT_NET_PAYLOAD_H
#define CLEAT_NET_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

struct payload {
	uint32_t refs; /* atomic */
	uint32_t head; /* length of the frame's header */
	size_t len;    /* header and data */
	uint8_t frame[];
};

/* Copies n bytes into an unfragmented frame of this type (WS_OP_TEXT,
 * WS_OP_BINARY). One reference, NULL without memory. */
struct payload *payload_new(int type, const void *, size_t n);
/* The same with a first byte of its own, see frame_put(). */
struct payload *payload_new_frame(unsigned first, const void *, size_t n);

struct payload *payload_ref(struct payload *); /* its argument */
void payload_unref(struct payload **);

/* What all that there are take. */
uint64_t payload_bytes(void);

#endif
