/* SPDX-License-Identifier: MIT
 *
 * backend.c - see backend.h.
 */
#include "config.h"

#include "backend.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api.h"

static void
await(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1, "nothing comes");
}

void
backend_open(struct backend *b)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	void *address = &in;

	b->path[0] = '\0';
	b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(b->listener, address, len), 0);
	ck_assert_int_eq(listen(b->listener, 100), 0);
	ck_assert_int_eq(getsockname(b->listener, address, &len), 0);
	b->port = ntohs(in.sin_port);
}

void
backend_open_unix(struct backend *b, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const void *address = &un;

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	snprintf(b->path, sizeof(b->path), "%s", path);
	b->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(b->listener, address, sizeof(un)), 0);
	ck_assert_int_eq(listen(b->listener, 100), 0);
}

void
backend_shut(struct backend *b)
{
	close(b->listener);
	if (b->path[0])
		unlink(b->path);
}

int
backend_take(struct backend *b)
{
	int fd;

	await(b->listener, POLLIN);
	fd = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

void
backend_read(int fd, char *text, size_t size)
{
	size_t len = 0, want = 0;

	while (want == 0 || len < want) {
		const char *body, *length;
		ssize_t n;

		ck_assert_uint_lt(len + 1, size);
		await(fd, POLLIN);
		n = recv(fd, text + len, size - len - 1, 0);
		ck_assert_msg(n > 0, "the request breaks off");
		len += (size_t)n;
		text[len] = '\0';
		body = strstr(text, "\r\n\r\n");
		length = strstr(text, "\r\nContent-Length: ");
		ck_assert(!body || length);
		if (body)
			want = (size_t)(body + 4 - text) +
			       strtoul(length + 18, NULL, 10);
	}
	ck_assert_uint_eq(len, want);
}

bool
backend_say(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent;

		await(fd, POLLOUT);
		sent = send(fd, bytes, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

void
backend_answer(struct backend *b, const char *bytes)
{
	char request[4096];
	int fd = backend_take(b);

	backend_read(fd, request, sizeof(request));
	backend_say(fd, bytes, strlen(bytes));
	close(fd);
}

void
backend_api(struct backend *b, struct daemon *d, struct raw *r,
    const char *keys, const char *more)
{
	char config[1024];

	snprintf(config, sizeof(config),
	    "routes = ( { type = \"ask\"; do = \"forward\"; "
	    "url = \"http://127.0.0.1:%d/orders?a=b\"; %s } ); %s",
	    b->port, keys, more);
	api_start(d, config, "max_message = \"16 MiB\";");
	api_open(d, r, "X-User: ann/b \xc3\xa4\r\n");
}

void
backend_await_end(int fd)
{
	char bytes[4096];

	do
		await(fd, POLLIN);
	while (recv(fd, bytes, sizeof(bytes), 0) > 0);
	close(fd);
}
