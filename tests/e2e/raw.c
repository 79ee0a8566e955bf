/* SPDX-License-Identifier: MIT
 *
 * raw.c - see raw.h.
 */
#include "config.h"

#include "raw.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"

static const uint8_t mask_key[4] = { 0x12, 0x9a, 0x5e, 0xf1 };

void
raw_open_to(struct raw *r, const struct sockaddr *to, socklen_t len)
{
	memset(r, 0, sizeof *r);
	r->fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(r->fd, 0);
	ck_assert_msg(
	    connect(r->fd, to, len) == 0, "connect: %s", strerror(errno));
}

void
raw_open(struct raw *r, int port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	raw_open_to(r, (const struct sockaddr *)&to, sizeof to);
}

void
raw_open_from(struct raw *r, const char *source, int port)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	memset(r, 0, sizeof *r);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(r->fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, source, &from.sin_addr), 1);
	ck_assert_int_eq(
	    bind(r->fd, (const struct sockaddr *)&from, sizeof from), 0);
	ck_assert_msg(
	    connect(r->fd, (const struct sockaddr *)&to, sizeof to) == 0,
	    "connect: %s", strerror(errno));
}

void
raw_shut(struct raw *r)
{
	close(r->fd);
	free(r->in);
	memset(r, 0, sizeof *r);
	r->fd = -1;
}

void
raw_put(struct raw *r, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n > 0) {
		ssize_t put = send(r->fd, p, n, MSG_NOSIGNAL);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return; /* the peer has gone: what follows shows it */
		p += put;
		n -= (size_t)put;
	}
}

void
raw_puts(struct raw *r, const char *s)
{
	raw_put(r, s, strlen(s));
}

/* One read with patience; false at the end of the connection. */
static bool
more(struct raw *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1,
	    "nothing came; %zu bytes wait", r->len);
	if (r->cap - r->len < 65536) {
		r->cap = 2 * r->cap + 131072;
		r->in = realloc(r->in, r->cap);
		ck_assert_ptr_nonnull(r->in);
	}
	ssize_t n = recv(r->fd, r->in + r->len, r->cap - r->len - 1, 0);
	if (n <= 0)
		return false;
	r->len += (size_t)n;
	r->in[r->len] = '\0';
	return true;
}

static void
drop(struct raw *r, size_t n)
{
	memmove(r->in, r->in + n, r->len - n);
	r->len -= n;
	if (r->in)
		r->in[r->len] = '\0';
}

int
raw_head(struct raw *r, char *head, size_t size)
{
	char *end;
	int status = 0;

	while (!r->in || !(end = memmem(r->in, r->len, "\r\n\r\n", 4)))
		if (!more(r))
			return 0;
	size_t n = (size_t)(end - (char *)r->in) + 4;
	ck_assert_uint_lt(n, size);
	memcpy(head, r->in, n);
	head[n] = '\0';
	drop(r, n);
	ck_assert_int_eq(sscanf(head, "HTTP/1.%*d %d", &status), 1);
	return status;
}

size_t
raw_take(struct raw *r, void *out, size_t n)
{
	while (r->len < n)
		if (!more(r))
			break;
	if (n > r->len)
		n = r->len;
	if (n > 0)
		memcpy(out, r->in, n);
	drop(r, n);
	return n;
}

int
raw_request(struct raw *r, const char *request_line, const char *headers,
    char *head, size_t size)
{
	raw_puts(r, request_line);
	raw_puts(r, " HTTP/1.1\r\nHost: localhost\r\n");
	raw_puts(r, headers ? headers : "");
	raw_puts(r, "\r\n");
	return raw_head(r, head, size);
}

int
raw_upgrade(struct raw *r, const char *path, const char *headers)
{
	char line[4096], head[8192];

	snprintf(line, sizeof line, "GET %s", path);
	raw_puts(r, line);
	raw_puts(r, " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
	raw_puts(r, headers ? headers : "");
	raw_puts(r, "\r\n");
	int status = raw_head(r, head, sizeof head);
	if (status == 101)
		ck_assert_ptr_nonnull(
		    strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	return status;
}

void
raw_ws(struct raw *r, int port, const char *path)
{
	raw_open(r, port);
	ck_assert_int_eq(raw_upgrade(r, path, NULL), 101);
}

size_t
raw_build(uint8_t *out, int head, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t h = 0;

	out[h++] = (uint8_t)head;
	if (n < 126) {
		out[h++] = (uint8_t)(0x80 | n);
	} else if (n < 65536) {
		out[h++] = 0x80 | 126;
		out[h++] = (uint8_t)(n >> 8);
		out[h++] = (uint8_t)n;
	} else {
		out[h++] = 0x80 | 127;
		for (int shift = 56; shift >= 0; shift -= 8)
			out[h++] = (uint8_t)((uint64_t)n >> shift);
	}
	memcpy(out + h, mask_key, 4);
	h += 4;
	for (size_t i = 0; i < n; i++)
		out[h + i] = p[i] ^ mask_key[i % 4];
	return h + n;
}

void
raw_frame(struct raw *r, int head, const void *data, size_t n)
{
	uint8_t *out = malloc(n + 14);

	ck_assert_ptr_nonnull(out);
	raw_put(r, out, raw_build(out, head, data, n));
	free(out);
}

void
raw_text(struct raw *r, const char *s)
{
	raw_frame(r, 0x81, s, strlen(s));
}

void
raw_close(struct raw *r, int code, const char *reason)
{
	uint8_t b[125];
	size_t n = strlen(reason);

	ck_assert_uint_le(n, 123);
	b[0] = (uint8_t)(code >> 8);
	b[1] = (uint8_t)code;
	memcpy(b + 2, reason, n);
	raw_frame(r, 0x88, b, n + 2);
}

/* Size of the frame at the head of the buffer, 0 when it is not complete;
 * `body` is where its payload begins. */
static size_t
frame_at_head(const struct raw *r, size_t *body)
{
	uint64_t len;
	size_t h = 2;

	if (r->len < 2)
		return 0;
	len = r->in[1] & 0x7f;
	ck_assert_msg(!(r->in[1] & 0x80), "a server must not mask");
	if (len >= 126) {
		size_t more_bytes = len == 126 ? 2 : 8;
		h += more_bytes;
		if (r->len < h)
			return 0;
		len = 0;
		for (size_t i = 0; i < more_bytes; i++)
			len = len << 8 | r->in[2 + i];
	}
	*body = h;
	return r->len < h + len ? 0 : h + (size_t)len;
}

struct raw_frame
raw_next(struct raw *r)
{
	static uint8_t *kept; /* one frame at a time, as the header says */
	struct raw_frame f = { .opcode = -1, .code = 1006, .reason = "" };
	size_t whole, body = 0;

	while (!(whole = frame_at_head(r, &body)))
		if (!more(r))
			return f;
	f.fin = r->in[0] >> 7;
	f.opcode = r->in[0] & 15;
	f.compressed = r->deflate && (r->in[0] & 0x40);
	ck_assert_msg(!(r->in[0] & (f.compressed ? 0x30 : 0x70)),
	    "reserved bits are set");
	f.len = whole - body;
	free(kept);
	kept = malloc(f.len + 1);
	ck_assert_ptr_nonnull(kept);
	memcpy(kept, r->in + body, f.len);
	kept[f.len] = '\0';
	f.data = kept;
	drop(r, whole);
	if (f.opcode == 8) {
		f.code = f.len >= 2 ? f.data[0] << 8 | f.data[1] : 1005;
		f.reason = f.len >= 2 ? (char *)f.data + 2 : "";
	}
	return f;
}

void
raw_expect(struct raw *r, const char *text)
{
	struct raw_frame f = raw_next(r);

	ck_assert(!f.compressed);
	ck_assert_msg(f.opcode == 1, "expected \"%s\", got opcode %d (%d %s)",
	    text, f.opcode, f.code, f.reason);
	ck_assert_str_eq((char *)f.data, text);
}

void
raw_expect_close(struct raw *r, int code, const char *part)
{
	struct raw_frame f = raw_next(r);

	ck_assert_msg(f.opcode == 8, "expected close %d, got opcode %d: %s",
	    code, f.opcode, f.data ? (char *)f.data : "the end");
	ck_assert_int_eq(f.code, code);
	ck_assert_msg(strstr(f.reason, part) != NULL,
	    "\"%s\" does not say \"%s\"", f.reason, part);
}

void
raw_expect_end(struct raw *r)
{
	ck_assert_uint_eq(r->len, 0);
	ck_assert_msg(!more(r), "expected the end, got %zu bytes", r->len);
}
