/* SPDX-License-Identifier: MIT
 *
 * http_post.c - see http_post.h.
 *
 * A server that refuses a request answers before it has read the body, and
 * hangs up: so an answer is looked for even if not everything could be sent.
 */
#include "config.h"

#include "http_post.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const char *
error_text(void)
{
	return errno == EAGAIN ? "nothing came in time" : strerror(errno);
}

/* The timeouts hold for connect(), too. */
static int
open_socket(const struct http_post *q, int family)
{
	const struct timeval patience = { .tv_sec = q->timeout_s };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience)) == 0 &&
	    setsockopt(
		fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
try_address(const struct http_post *q, const struct sockaddr *to, socklen_t len)
{
	int fd = open_socket(q, to->sa_family), err;

	if (fd < 0 || connect(fd, to, len) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err == EINPROGRESS ? EAGAIN : err;
	return -1;
}

static int
connect_unix(const struct http_post *q, const char **wrong)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = -1;

	errno = ENAMETOOLONG;
	if (strlen(q->unix_path) < sizeof(un.sun_path)) {
		memcpy(un.sun_path, q->unix_path, strlen(q->unix_path) + 1);
		fd = try_address(q, (struct sockaddr *)&un, sizeof(un));
	}
	if (fd < 0)
		*wrong = error_text();
	return fd;
}

static int
connect_tcp(const struct http_post *q, const char **wrong)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	int rc = getaddrinfo(q->host, q->port, &hints, &found), fd = -1;

	if (rc != 0) {
		*wrong = gai_strerror(rc);
		return -1;
	}
	for (struct addrinfo *a = found; fd < 0 && a; a = a->ai_next)
		fd = try_address(q, a->ai_addr, a->ai_addrlen);
	if (fd < 0)
		*wrong = error_text();
	freeaddrinfo(found);
	return fd;
}

static bool
send_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent < 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* To the end of the connection. */
static const char *
hear(int fd, struct http_answer *a)
{
	size_t n = 0;
	ssize_t got;

	while ((got = recv(fd, a->text + n, HTTP_ANSWER_MAX - n, 0)) > 0)
		n += (size_t)got;
	if (got < 0 && n == 0)
		return error_text();
	if (n == 0)
		return "the connection was lost";
	if (n == HTTP_ANSWER_MAX)
		return "the answer is too long";
	a->text[n] = '\0';
	return NULL;
}

static void
parse(struct http_answer *a)
{
	char *end = strstr(a->text, "\r\n\r\n");

	a->status = 0;
	a->body = a->text;
	if (strncmp(a->text, "HTTP/1.", 7) != 0 || !end)
		return;
	a->status =
	    (unsigned)strtoul(a->text + strcspn(a->text, " "), NULL, 10);
	a->body = end + 4;
}

const char *
http_post(const struct http_post *q, struct http_answer *a)
{
	const char *wrong = NULL, *unsent = NULL;
	int fd =
	    q->unix_path ? connect_unix(q, &wrong) : connect_tcp(q, &wrong);

	if (fd < 0)
		return wrong;
	if (!send_all(fd, q->head, strlen(q->head)) ||
	    !send_all(fd, q->body, q->len))
		unsent = error_text();
	wrong = hear(fd, a);
	close(fd);
	if (wrong)
		return unsent ? unsent : wrong;
	parse(a);
	return NULL;
}
