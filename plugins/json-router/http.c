/* SPDX-License-Identifier: MIT
 *
 * http.c - the answer of a back end.
 */
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum part {
	STATUS,
	HEADERS,
	BODY,	     /* `rest` bytes */
	BODY_TO_END, /* until the connection ends */
	CHUNK_SIZE,
	CHUNK,	   /* `rest` bytes */
	CHUNK_END, /* the line's end behind them */
	TRAILERS,
	WHOLE,
};

void
http_init(struct http_answer *a, size_t max_body)
{
	memset(a, 0, sizeof(*a));
	a->max_body = max_body;
}

void
http_fini(struct http_answer *a)
{
	free(a->body);
	a->body = NULL;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
take_status(struct http_answer *a)
{
	const char *s = a->line;

	if (a->line_len < 12 || strncmp(s, "HTTP/1.", 7) != 0 ||
	    (s[7] != '0' && s[7] != '1') || s[8] != ' ' || !is_digit(s[9]) ||
	    !is_digit(s[10]) || !is_digit(s[11]) ||
	    (s[12] != '\0' && s[12] != ' '))
		return false;
	a->old = s[7] == '0';
	a->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	a->part = HEADERS;
	return a->status >= 100 && a->status <= 599;
}

/* A second length must be the same. */
static bool
take_length(struct http_answer *a, const char *value)
{
	size_t n = 0;

	if (!is_digit(*value))
		return false;
	for (; is_digit(*value); value++) {
		n = n * 10 + (size_t)(*value - '0');
		if (n > a->max_body)
			return false;
	}
	if (*value != '\0' || (a->sized && n != a->rest))
		return false;
	a->sized = true;
	a->rest = n;
	return true;
}

static bool
take_header(struct http_answer *a)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz";
	size_t name = strspn(a->line, token), end = a->line_len;
	const char *value;

	if (name == 0 || a->line[name] != ':' ||
	    ++a->headers > HTTP_HEADERS_MAX)
		return false;
	a->line[name] = '\0';
	while (a->line[end - 1] == ' ' || a->line[end - 1] == '\t')
		a->line[--end] = '\0';
	value = a->line + name + 1;
	value += strspn(value, " \t");
	if (a->part == TRAILERS)
		return true;
	if (strcasecmp(a->line, "content-length") == 0)
		return take_length(a, value);
	if (strcasecmp(a->line, "transfer-encoding") != 0)
		return true;
	if (a->chunked || strcasecmp(value, "chunked") != 0)
		return false;
	a->chunked = true;
	return true;
}

/* What the head says of the body. 1xx are not the answer yet. */
static bool
end_head(struct http_answer *a)
{
	if (a->chunked && (a->sized || a->old))
		return false;
	if (a->status == 101)
		return false;
	if (a->status < 200) {
		a->part = STATUS;
		return !a->chunked && !a->sized;
	}
	if (a->status == 204 || a->status == 304)
		a->part = WHOLE;
	else if (a->chunked)
		a->part = CHUNK_SIZE;
	else if (a->sized)
		a->part = a->rest > 0 ? BODY : WHOLE;
	else
		a->part = BODY_TO_END;
	return true;
}

static bool
take_chunk_size(struct http_answer *a)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	size_t n = 0, i = 0;

	for (; a->line[i] && strchr(digits, a->line[i]); i++) {
		n = n * 16 + (size_t)(strchr(digits, a->line[i]) - digits) % 16;
		if (n > a->max_body - a->len)
			return false;
	}
	if (i == 0 || strchr("; \t", a->line[i]) == NULL)
		return false;
	a->rest = n;
	a->part = n > 0 ? CHUNK : TRAILERS;
	return true;
}

static bool
take_line(struct http_answer *a)
{
	bool empty = a->line_len == 0;

	switch ((enum part)a->part) {
	case STATUS:
		return take_status(a);
	case HEADERS:
		return empty ? end_head(a) : take_header(a);
	case CHUNK_SIZE:
		return take_chunk_size(a);
	case CHUNK_END:
		a->part = CHUNK_SIZE;
		return empty;
	case TRAILERS:
		if (empty)
			a->part = WHOLE;
		return empty || take_header(a);
	case BODY:
	case BODY_TO_END:
	case CHUNK:
	case WHOLE:
		break;
	}
	return false;
}

/* Bytes up to the end of a line; how many, or 0: wrong. Lines of chunks are no
 * part of the head: the body's bound is theirs, for each has a byte of it. */
static size_t
take_line_bytes(struct http_answer *a, const char *p, size_t n)
{
	bool head = a->part != CHUNK_SIZE && a->part != CHUNK_END;
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		bool after_cr =
		    a->line_len > 0 && a->line[a->line_len - 1] == '\r';

		if (after_cr != (c == '\n') ||
		    (head && a->head++ >= HTTP_HEAD_MAX) ||
		    (c != '\n' && a->line_len + 1 >= HTTP_LINE_MAX) ||
		    (c < ' ' && !strchr("\t\r\n", c)) || c == 127 || c == 0)
			return 0;
		if (c != '\n') {
			a->line[a->line_len++] = p[i];
			continue;
		}
		a->line[--a->line_len] = '\0';
		if (!take_line(a))
			return 0;
		a->line_len = 0;
		return i + 1;
	}
	return n;
}

static bool
append(struct http_answer *a, const char *p, size_t n)
{
	if (n > a->max_body - a->len)
		return false;
	if (a->len + n > a->cap) {
		size_t cap = a->len + n + (a->cap > 0 ? a->cap : 512);
		char *body = realloc(a->body, cap);

		if (!body)
			return false;
		a->body = body;
		a->cap = cap;
	}
	memcpy(a->body + a->len, p, n);
	a->len += n;
	return true;
}

/* Body bytes; how many, or 0: too many. */
static size_t
take_body_bytes(struct http_answer *a, const char *p, size_t n)
{
	if (a->part != BODY_TO_END && n > a->rest)
		n = a->rest;
	if (!append(a, p, n))
		return 0;
	if (a->part != BODY_TO_END)
		a->rest -= n;
	if (a->part == BODY && a->rest == 0)
		a->part = WHOLE;
	if (a->part == CHUNK && a->rest == 0)
		a->part = CHUNK_END;
	return n;
}

enum http_result
http_take(struct http_answer *a, const char *p, size_t n)
{
	while (n > 0 && a->part != WHOLE) {
		bool body = a->part == BODY || a->part == BODY_TO_END ||
			    a->part == CHUNK;
		size_t taken =
		    body ? take_body_bytes(a, p, n) : take_line_bytes(a, p, n);

		if (taken == 0)
			return HTTP_WRONG;
		p += taken;
		n -= taken;
	}
	return a->part == WHOLE ? HTTP_DONE : HTTP_MORE;
}

enum http_result
http_end(struct http_answer *a)
{
	return a->part == BODY_TO_END || a->part == WHOLE ? HTTP_DONE
							  : HTTP_MORE;
}
