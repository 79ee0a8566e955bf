/* SPDX-License-Identifier: MIT
 *
 * buf.h - bytes with a maximum, for text that is put together piece by
 * piece: pages, metrics, log lines.
 *
 * A piece is added whole or not at all. The first piece that does not fit
 * (or for which there is no memory) makes the buffer fail, and a failed
 * buffer refuses all further pieces: so the caller adds without looking and
 * asks buf_failed() once, at the end.
 *
 * MEMORY: buf_init() grows on the heap up to `max`; buf_init_fixed() stays
 * in the caller's storage and never allocates.
 */
#ifndef CLEAT_BASE_BUF_H
#define CLEAT_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NUL-terminated, unless nothing was ever added */
	size_t len; /* without that NUL */
	size_t size;
	size_t max; /* the greatest len allowed */
	bool fixed;
	bool failed;
};

void buf_init(struct buf *, size_t max);

/* `storage` holds size - 1 bytes and the NUL; size > 0. */
void buf_init_fixed(struct buf *, char *storage, size_t size);

void buf_fini(struct buf *);

void buf_add(struct buf *, const void *, size_t);
void buf_add_char(struct buf *, char);
void buf_add_str(struct buf *, const char *);
__attribute__((format(printf, 2, 3))) void
buf_addf(struct buf *, const char *fmt, ...);
__attribute__((format(printf, 2, 0))) void
buf_vaddf(struct buf *, const char *fmt, va_list);

/* Back to the first `len` bytes (len <= b->len), and no longer failed. */
void buf_truncate(struct buf *, size_t len);

/* The text so far, "" when empty; borrowed until the next change. */
const char *buf_text(const struct buf *);

static inline bool
buf_failed(const struct buf *b)
{
	return b->failed;
}

/* Hands the heap bytes to the caller, who owns and frees them; NULL when the
 * buffer has failed or is empty. The buffer is empty afterwards. Not for a
 * fixed one. */
char *buf_take(struct buf *, size_t *len);

#endif
