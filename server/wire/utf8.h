/* SPDX-License-Identifier: MIT
 *
 * utf8.h - is this UTF-8? Answered while the bytes arrive.
 *
 * A validator whose state lasts over chunks of any size. It refuses at the
 * first byte that no continuation can repair: E0 80 at the 80, C0 at once,
 * ED A0 (a surrogate) at the A0, F4 90 (beyond U+10FFFF) at the 90. It does
 * not decode. ASCII runs are skipped 16 or 32 bytes at a time.
 *
 * THREADS: any. MEMORY: none; the state is the caller's.
 * RFC 6455 section 8.1, RFC 3629 section 4.
 */
#ifndef CLEAT_WIRE_UTF8_H
#define CLEAT_WIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All zero: between two characters, which is how a text starts. */
struct utf8 {
	uint8_t missing;   /* continuation bytes that must still come */
	uint8_t low, high; /* bounds of the next one, if any is missing */
};

/* Feeds n bytes. Returns n if all are possible, else the offset of the first
 * impossible one; after that the state is worth nothing. */
__attribute__((warn_unused_result)) size_t
utf8_feed(struct utf8 *, const uint8_t *p, size_t n);

/* The same in portable C: used where there is no SSE2, and by the tests. */
__attribute__((warn_unused_result)) size_t
utf8_feed_portable(struct utf8 *, const uint8_t *p, size_t n);

/* Does the text end between two characters? */
static inline bool
utf8_done(const struct utf8 *u)
{
	return u->missing == 0;
}

/* Is a short text all ASCII? The last word overlaps the one before it. Inline
 * because most messages are short, and most short ones are ASCII. */
static inline bool
utf8_short_ascii(const uint8_t *p, size_t n)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t word, all = 0;

	if (n < sizeof word || n > 8 * sizeof word)
		return false;
	for (size_t i = 0; i < n - sizeof word; i += sizeof word) {
		memcpy(&word, p + i, sizeof word);
		all |= word;
	}
	memcpy(&word, p + n - sizeof word, sizeof word);
	return ((all | word) & high) == 0;
}

/* Is p[0..n) a whole valid text? */
__attribute__((warn_unused_result)) static inline bool
utf8_valid(const uint8_t *p, size_t n)
{
	struct utf8 u = { 0 };

	return utf8_short_ascii(p, n) ||
	       (utf8_feed(&u, p, n) == n && utf8_done(&u));
}

#endif
