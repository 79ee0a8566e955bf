/* SPDX-License-Identifier: MIT
 *
 * buf.c - text put together piece by piece.
 */
#include "config.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"

void
buf_init(struct buf *b, char *storage, size_t size)
{
	must(size > 0);
	*b = (struct buf){ .data = storage, .size = size };
	storage[0] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (n >= b->size - b->len)
		b->failed = true;
	if (b->failed || n == 0)
		return;
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	size_t room = b->size - b->len;
	va_list ap;
	int n;

	if (b->failed)
		return;
	va_start(ap, fmt);
	n = vsnprintf(b->data + b->len, room, fmt, ap);
	va_end(ap);
	b->failed = n < 0 || (size_t)n >= room;
	if (!b->failed)
		b->len += (size_t)n;
	b->data[b->len] = '\0';
}

void
buf_truncate(struct buf *b, size_t len)
{
	must(len <= b->len);
	b->len = len;
	b->failed = false;
	b->data[len] = '\0';
}
