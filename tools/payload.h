/* SPDX-License-Identifier: MIT
 *
 * payload.h - the bytes of message `seq` of connection `conn`.
 *
 * Every byte follows from the two numbers, so an echo is checked without
 * keeping what was sent, and a message is produced again from any offset
 * after a partial write. The first 16 bytes spell the two numbers in
 * hexadecimal, lowest digit first: even one byte tells a message from the
 * one before it. The rest is a window into one table of noise.
 *
 * MEMORY: the table is owned by struct payload. THREADS: read-only once made.
 */
#ifndef CLEAT_TOOLS_PAYLOAD_H
#define CLEAT_TOOLS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_STAMP = 16 };

struct payload {
	uint8_t *noise;
};

struct payload_id {
	uint64_t conn, seq;
};

/* For messages of up to `max` bytes; `text`: noise of printable ASCII.
 * Returns 0 or -ENOMEM. */
int payload_init(struct payload *p, size_t max, bool text)
    __attribute__((warn_unused_result));
void payload_fini(struct payload *p);

/* Writes the bytes offset..offset+n of the message. */
void payload_write(const struct payload *p, struct payload_id id, size_t offset,
    uint8_t *out, size_t n);

/* Are these the bytes offset..offset+n of the message? */
bool payload_equal(const struct payload *p, struct payload_id id, size_t offset,
    const uint8_t *in, size_t n);

/* The stamp of the message: both numbers as digits. */
void payload_stamp(struct payload_id id, uint8_t stamp[PAYLOAD_STAMP]);

/* A number that looks random and follows from the two. */
uint64_t payload_mix(struct payload_id id);

#endif
