/* SPDX-License-Identifier: MIT
 *
 * pattern.h - messages that are mostly words, for handlers that do not echo.
 *
 * `%` stands for the 16 digits that spell which message of which connection
 * it is (payload.h), `#` for digits and blanks that only the server knows, none
 * too; everything else for itself. What is written may not have a `#`.
 *
 * MEMORY: a pattern owns its text. THREADS: read-only once made.
 */
#ifndef CLEAT_TOOLS_PATTERN_H
#define CLEAT_TOOLS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "payload.h"

struct pattern {
	uint8_t *byte;
	uint8_t *kind; /* of each byte: which digit of the stamp, or below */
	size_t len;    /* 0: there is none */
};

enum { PATTERN_ITSELF = PAYLOAD_STAMP, PATTERN_DIGITS };

/* Returns 0 or -ENOMEM. */
int pattern_init(struct pattern *p, const char *text)
    __attribute__((warn_unused_result));
void pattern_fini(struct pattern *p);

/* Has it a `#`? */
bool pattern_is_open(const struct pattern *p);

/* Writes the bytes offset..offset+n of the message. */
void pattern_write(const struct pattern *p, struct payload_id id, size_t offset,
    uint8_t *out, size_t n);

/* Compares the next n bytes of an answer; *at says how much of the pattern
 * those before have used, 0 first. */
bool pattern_match(const struct pattern *p, struct payload_id id, size_t *at,
    const uint8_t *in, size_t n) __attribute__((warn_unused_result));

/* May the answer end at `at`? */
bool pattern_ended(const struct pattern *p, size_t at);

#endif
