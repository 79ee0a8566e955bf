/* SPDX-License-Identifier: MIT
 *
 * http_client.c - see http_client.h.
 */
#include "config.h"

#include "http_client.h"

#include <netinet/in.h>
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void
loopback(int *client, int *server, struct sockaddr_storage *peer,
    socklen_t *peer_len)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
	    getsockname(listener, (struct sockaddr *)&at, &len), 0);
	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(*client, (struct sockaddr *)&at, len), 0);
	*peer_len = sizeof *peer;
	*server = accept4(listener, (struct sockaddr *)peer, peer_len,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);
	ck_assert_int_ge(*server, 0);
	close(listener);
}

void
say_bytes(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		ck_assert_int_gt(sent, 0);
		p += sent;
		n -= (size_t)sent;
	}
}

void
say(int fd, const char *text)
{
	say_bytes(fd, text, strlen(text));
}

void
hear_bytes(int fd, void *to, size_t n)
{
	char *p = to;

	while (n > 0) {
		ssize_t got = recv(fd, p, n, 0);

		ck_assert_msg(got > 0, "%zu bytes are missing", n);
		p += got;
		n -= (size_t)got;
	}
}

bool
hear_end(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) <= 0;
}

/* Byte by byte, so that nothing behind the blank line is taken. */
static void
hear_head(int fd, struct reply *r)
{
	size_t n = 0;

	while (n < 4 || memcmp(r->head + n - 4, "\r\n\r\n", 4) != 0) {
		ck_assert_uint_lt(n, sizeof r->head - 1);
		hear_bytes(fd, r->head + n++, 1);
	}
	r->head[n - 2] = '\0';
	ck_assert_int_eq(sscanf(r->head, "HTTP/1.%*d %d", &r->status), 1);
}

void
hear(int fd, bool has_body, struct reply *r)
{
	const char *length;

	memset(r, 0, sizeof *r);
	hear_head(fd, r);
	length = reply_header(r, "Content-Length");
	if (has_body && length && r->status != 304)
		r->len = (size_t)strtoul(length, NULL, 10);
	ck_assert_uint_le(r->len, REPLY_MAX);
	r->body = calloc(1, r->len + 1);
	hear_bytes(fd, r->body, r->len);
}

void
reply_free(struct reply *r)
{
	free(r->body);
	r->body = NULL;
}

const char *
reply_header(const struct reply *r, const char *name)
{
	static char value[1024];
	size_t n = strlen(name);
	const char *line = strstr(r->head, "\r\n");

	for (; line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		line += n + 1;
		line += strspn(line, " ");
		snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\r"),
		    line);
		return value;
	}
	return NULL;
}
