/* SPDX-License-Identifier: MIT
 *
 * buf.h - text put together piece by piece in storage of a fixed size.
 *
 * A piece is added whole or not at all. The first piece that does not fit
 * makes the buffer fail, and a failed buffer refuses all further pieces: so
 * the caller adds without looking and asks buf_failed() once, at the end.
 *
 * THREADS: whoever owns it. MEMORY: the caller's storage, nothing else.
 */
#ifndef CLEAT_BASE_BUF_H
#define CLEAT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* always NUL-terminated */
	size_t len; /* without that NUL */
	size_t size;
	bool failed;
};

/* `storage` holds size - 1 bytes and the NUL; size > 0. */
void buf_init(struct buf *, char *storage, size_t size);

void buf_add(struct buf *, const void *, size_t);
void buf_add_char(struct buf *, char);
void buf_add_str(struct buf *, const char *);
__attribute__((format(printf, 2, 3))) void
buf_addf(struct buf *, const char *fmt, ...);

/* Back to the first `len` bytes (len <= b->len), and no longer failed. */
void buf_truncate(struct buf *, size_t len);

static inline bool
buf_failed(const struct buf *b)
{
	return b->failed;
}

#endif
