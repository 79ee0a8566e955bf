/* SPDX-License-Identifier: MIT
 *
 * buf.c - bytes with a maximum.
 */
#include "config.h"

#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

#define FIRST_SIZE 256

void
buf_init(struct buf *b, size_t max)
{
	must(max < SIZE_MAX / 2);
	*b = (struct buf){ .max = max };
}

void
buf_init_fixed(struct buf *b, char *storage, size_t size)
{
	must(size > 0);
	*b = (struct buf){
		.data = storage, .size = size, .max = size - 1, .fixed = true
	};
	storage[0] = '\0';
}

void
buf_fini(struct buf *b)
{
	if (!b->fixed)
		free(b->data);
	*b = (struct buf){ .failed = true };
}

/* Makes room for n more bytes and the NUL; false marks the failure. */
static bool
reserve(struct buf *b, size_t n)
{
	size_t size = b->size ? b->size : FIRST_SIZE;
	char *data;

	if (b->failed)
		return false;
	b->failed = true;
	if (n > b->max - b->len)
		return false;
	while (size < b->len + n + 1)
		size *= 2;
	if (size > b->size) {
		data = realloc(b->data, size);
		if (data == NULL)
			return false;
		b->data = data;
		b->size = size;
	}
	b->failed = false;
	return true;
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (n == 0 || !reserve(b, n))
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
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (n == 0 || !reserve(b, (size_t)n))
		return;
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void
buf_truncate(struct buf *b, size_t len)
{
	must(len <= b->len);
	b->len = len;
	b->failed = false;
	if (b->data != NULL)
		b->data[len] = '\0';
}

const char *
buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

char *
buf_take(struct buf *b, size_t *len)
{
	char *data = NULL;

	must(!b->fixed);
	*len = 0;
	if (!b->failed) {
		data = b->data;
		*len = b->len;
		b->data = NULL;
	}
	free(b->data);
	buf_init(b, b->max);
	return data;
}
