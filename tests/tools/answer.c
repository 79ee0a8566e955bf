/* SPDX-License-Identifier: MIT
 *
 * answer.c - a WebSocket server for the tests of cleat(1): it echoes, and on
 * other paths it errs in one known way each, so that a test can see whether
 * the client notices. The table `manners` has all of them.
 *
 * It is no model of a server: blocking, a process per connection, messages
 * of at most MESSAGE_MAX bytes, well-formed requests only. It prints
 * "listening on http://127.0.0.1:PORT" and serves until it is killed; with
 * an argument it listens on that UNIX socket as well.
 */
#include "config.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire/frame.h"
#include "wire/handshake_key.h"
#include "wire/mask.h"

enum { MESSAGE_MAX = 4 << 20, HEAD_MAX = 32 * 1024, FRAGMENT = 1000 };

struct message {
	struct frame frame;
	uint8_t *body; /* MESSAGE_MAX bytes */
	uint64_t number;
};

struct peer {
	int fd;
	char head[HEAD_MAX + 1];
};

/* --- bytes ---------------------------------------------------------- */

static void
give(const struct peer *p, const void *bytes, size_t n)
{
	for (const char *at = bytes; n > 0;) {
		ssize_t sent = send(p->fd, at, n, MSG_NOSIGNAL);
		if (sent <= 0)
			exit(0); /* the client has gone */
		at += sent;
		n -= (size_t)sent;
	}
}

static void
take(const struct peer *p, void *bytes, size_t n)
{
	if (n > 0 && recv(p->fd, bytes, n, MSG_WAITALL) != (ssize_t)n)
		exit(0);
}

static void
give_frame(const struct peer *p, unsigned first, const void *body, size_t n)
{
	uint8_t head[FRAME_SERVER_MAX];

	give(p, head, frame_put(head, first, n));
	give(p, body, n);
}

static void
take_frame(const struct peer *p, struct message *m)
{
	uint8_t head[FRAME_CLIENT_MAX];
	size_t n = 0;
	int len = 0;

	while (len == 0) {
		take(p, head + n++, 1);
		len = frame_parse_client(&m->frame, head, n, FRAME_RSV1);
	}
	if (len < 0 || m->frame.len > MESSAGE_MAX)
		errx(1, "the client's frame is bad");
	take(p, m->body, m->frame.len);
	mask_apply(m->body, m->frame.len, m->frame.key, 0);
}

/* --- manners: what is done with each message ------------------------ */

static unsigned
first_byte(const struct message *m)
{
	return FRAME_FIN | (unsigned)m->frame.opcode;
}

static void
echo(const struct peer *p, struct message *m)
{
	give_frame(p, first_byte(m), m->body, m->frame.len);
}

static void
flip(const struct peer *p, struct message *m)
{
	if (m->number == 3)
		m->body[m->frame.len - 1] ^= 1;
	echo(p, m);
}

static void
cut(const struct peer *p, struct message *m)
{
	give_frame(p, first_byte(m), m->body, m->frame.len - 1);
}

static void
extend(const struct peer *p, struct message *m)
{
	give_frame(p, first_byte(m), m->body, m->frame.len + 1);
}

static void
twice(const struct peer *p, struct message *m)
{
	echo(p, m);
	echo(p, m);
}

static void
skip(const struct peer *p, struct message *m)
{
	if (m->number != 1)
		echo(p, m);
}

static void
retype(const struct peer *p, struct message *m)
{
	m->frame.opcode ^= WS_OP_TEXT ^ WS_OP_BINARY;
	echo(p, m);
}

static void
masked(const struct peer *p, struct message *m)
{
	static const uint8_t key[4] = { 1, 2, 3, 4 };
	uint8_t head[FRAME_CLIENT_MAX];

	give(p, head, frame_put_masked(head, first_byte(m), m->frame.len, key));
	mask_apply(m->body, m->frame.len, key, 0);
	give(p, m->body, m->frame.len);
}

/* Legal: fragments, with pings between them, header bytes one by one. */
static void
fragment(const struct peer *p, struct message *m)
{
	size_t at = 0, len = m->frame.len;
	unsigned opcode = m->frame.opcode;

	do {
		size_t n = len - at < FRAGMENT ? len - at : FRAGMENT;
		unsigned fin = at + n == len ? FRAME_FIN : 0;
		uint8_t head[FRAME_SERVER_MAX];
		size_t head_len = frame_put(head, fin | opcode, n);

		give_frame(p, FRAME_FIN | WS_OP_PING, "are you there", 13);
		for (size_t i = 0; i < head_len; i++)
			give(p, head + i, 1);
		give(p, m->body + at, n);
		at += n;
		opcode = WS_OP_CONTINUATION;
	} while (at < len);
}

/* Closes, and waits until the client has done so, too. */
static void
part(const struct peer *p, struct message *m, const char *body, size_t len)
{
	give_frame(p, FRAME_FIN | WS_OP_CLOSE, body, len);
	shutdown(p->fd, SHUT_WR);
	while (recv(p->fd, m->body, MESSAGE_MAX, 0) > 0)
		;
	exit(0);
}

static void
leave(const struct peer *p, struct message *m)
{
	static const char body[] = "\x0f\xa1"
				   "so\x1b[2J long"; /* 4001 */

	part(p, m, body, sizeof(body) - 1);
}

static void
leave_later(const struct peer *p, struct message *m)
{
	static const char body[] = "\x03\xf5" /* 1013 */
				   "too much";

	part(p, m, body, sizeof(body) - 1);
}

static void
leave_well(const struct peer *p, struct message *m)
{
	echo(p, m);
	part(p, m, "\x03\xe8", 2); /* 1000 */
}

static void
drop(const struct peer *p, struct message *m)
{
	(void)p;
	(void)m;
	exit(0);
}

static void
ignore(const struct peer *p, struct message *m)
{
	(void)p;
	(void)m;
}

/* Greets, and counts messages. */
static void
count(const struct peer *p, struct message *m)
{
	char said[256];

	if (m->number == 0)
		give_frame(p, FRAME_FIN | WS_OP_TEXT, "welcome", 7);
	snprintf(said, sizeof(said), "%d:%.*s", (int)m->number,
	    (int)m->frame.len, (const char *)m->body);
	give_frame(p, first_byte(m), said, strlen(said));
}

/* Compressed as it came: what it stands for is the same. */
static void
packed(const struct peer *p, struct message *m)
{
	give_frame(p, first_byte(m) | m->frame.rsv, m->body, m->frame.len);
}

static void
packed_damaged(const struct peer *p, struct message *m)
{
	give_frame(p, first_byte(m) | FRAME_RSV1, "\xff\xff", 2);
}

static void
packed_other(const struct peer *p, struct message *m)
{
	give_frame(
	    p, first_byte(m) | FRAME_RSV1, "\xf2\x48\xcd\xc9\xc9\x07", 7);
}

static void
packed_parts(const struct peer *p, struct message *m)
{
	unsigned first = m->frame.rsv | m->frame.opcode;

	give_frame(p, first, m->body, 1);
	give_frame(
	    p, FRAME_FIN | WS_OP_CONTINUATION, m->body + 1, m->frame.len - 1);
}

/* Answers with the head of the request: what did the client ask? */
static void
head(const struct peer *p, struct message *m)
{
	give_frame(p, first_byte(m), p->head, strlen(p->head));
}

static const struct manner {
	const char *path;
	void (*answer)(const struct peer *p, struct message *m);
	const char *status; /* NULL: 101 */
	bool false_accept;
} manners[] = {
	{ "/echo", echo, NULL, false },
	{ "/flip", flip, NULL, false },
	{ "/cut", cut, NULL, false },
	{ "/extend", extend, NULL, false },
	{ "/twice", twice, NULL, false },
	{ "/skip", skip, NULL, false },
	{ "/retype", retype, NULL, false },
	{ "/masked", masked, NULL, false },
	{ "/fragment", fragment, NULL, false },
	{ "/leave", leave, NULL, false },
	{ "/leave-later", leave_later, NULL, false },
	{ "/leave-well", leave_well, NULL, false },
	{ "/drop", drop, NULL, false },
	{ "/ignore", ignore, NULL, false },
	{ "/count", count, NULL, false },
	{ "/packed", packed, NULL, false },
	{ "/packed-damaged", packed_damaged, NULL, false },
	{ "/packed-other", packed_other, NULL, false },
	{ "/packed-parts", packed_parts, NULL, false },
	{ "/head", head, NULL, false },
	{ "/forbidden", NULL, "403 Forbidden", false },
	{ "/moved", NULL, "302 Found\r\nLocation: /echo", false },
	{ "/false-accept", echo, NULL, true },
};

/* --- what is posted --------------------------------------------------- */

/* A path of POST and its answer, which EARLY does not wait for the body;
 * to other paths head and body of the request come back. */
enum { LATE, EARLY };
static const struct {
	const char *path, *answer;
	int when;
} posted[] = {
	{ "/publish/refused", "HTTP/1.1 403 Forbidden\r\n\r\nno\x1b[2J\n",
	    LATE },
	{ "/publish/odd", "nonsense", LATE },
	{ "/publish/drop", "", LATE },
	{ "/publish/early", "HTTP/1.1 413 Large\r\n\r\ntoo much\n", EARLY },
};

static size_t
length_of(const struct peer *p)
{
	const char *at = strcasestr(p->head, "Content-Length: ");

	return at ? strtoul(at + strlen("Content-Length: "), NULL, 10) : 0;
}

__attribute__((noreturn)) static void
take_post(const struct peer *p, uint8_t *body)
{
	const char *path = p->head + strlen("POST ");
	size_t len = length_of(p), n = sizeof(posted) / sizeof(posted[0]);
	size_t i = 0;

	while (
	    i < n && strncmp(posted[i].path, path, strlen(posted[i].path)) != 0)
		i++;
	if (len > MESSAGE_MAX)
		errx(1, "the client's body is too large");
	if (i == n || posted[i].when == LATE)
		take(p, body, len);
	if (i < n) {
		give(p, posted[i].answer, strlen(posted[i].answer));
		exit(0);
	}
	if (strncmp(path, "/publish/silent", 15) == 0)
		pause();
	give(p, "HTTP/1.1 200 OK\r\n\r\n", 19);
	give(p, p->head, strlen(p->head));
	give(p, body, len);
	exit(0);
}

/* --- one connection ------------------------------------------------- */

static const struct manner *
manner_find(const char *head)
{
	size_t n = strcspn(head + 4, " ?"); /* behind "GET " */

	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++)
		if (strlen(manners[i].path) == n &&
		    memcmp(manners[i].path, head + 4, n) == 0)
			return &manners[i];
	errx(1, "asked for an unknown path: %.*s", (int)n, head + 4);
}

/* The first of the subprotocols offered is chosen. */
static void
give_response(const struct peer *p, const struct manner *m)
{
	char accept[HANDSHAKE_ACCEPT_LEN + 1], protocol[128] = "";
	char key[HANDSHAKE_KEY_LEN + 1] = "", text[512];
	const char *at = strcasestr(p->head, "Sec-WebSocket-Key: ");

	if (m->status) {
		snprintf(text, sizeof(text),
		    "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", m->status);
		give(p, text, strlen(text));
		exit(0);
	}
	if (at)
		memcpy(key, at + 19, HANDSHAKE_KEY_LEN);
	handshake_key_accept(key, accept);
	accept[0] ^= m->false_accept ? 1 : 0;
	if ((at = strcasestr(p->head, "Sec-WebSocket-Protocol: ")))
		snprintf(protocol, sizeof(protocol), "%.*s\r\n",
		    (int)strcspn(at, ",\r"), at);
	if (strncmp(m->path, "/packed", 7) == 0)
		snprintf(protocol, sizeof(protocol),
		    "Sec-WebSocket-Extensions: permessage-deflate; "
		    "server_no_context_takeover\r\n");
	snprintf(text, sizeof(text),
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\n%sSec-WebSocket-Accept: %s\r\n\r\n",
	    protocol, accept);
	give(p, text, strlen(text));
}

__attribute__((noreturn)) static void
serve(int fd)
{
	static struct peer p;
	struct message m = { .body = malloc(MESSAGE_MAX + 1) };
	size_t n = 0;
	int on = 1;

	p.fd = fd; /* a UNIX socket has no Nagle, and refuses */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!m.body)
		err(1, "malloc");
	while (!strstr(p.head, "\r\n\r\n") && n < HEAD_MAX)
		take(&p, p.head + n++, 1);
	if (strncmp(p.head, "POST ", 5) == 0)
		take_post(&p, m.body);
	const struct manner *manner = manner_find(p.head);
	give_response(&p, manner);
	for (;;) {
		take_frame(&p, &m);
		if (m.frame.opcode == WS_OP_PING)
			give_frame(
			    &p, FRAME_FIN | WS_OP_PONG, m.body, m.frame.len);
		else if (m.frame.opcode == WS_OP_CLOSE)
			break;
		else if (m.frame.opcode != WS_OP_PONG) {
			manner->answer(&p, &m);
			m.number++;
		}
	}
	echo(&p, &m); /* of the close frame */
	exit(0);
}

/* --- listening ------------------------------------------------------ */

static int
listen_inet(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, len) < 0 ||
	    listen(fd, 512) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &len) < 0)
		err(1, "listen");
	printf("listening on http://127.0.0.1:%u\n", ntohs(in.sin_port));
	fflush(stdout);
	return fd;
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ||
	    listen(fd, 16) < 0)
		err(1, "%s", path);
	return fd;
}

int
main(int argc, char **argv)
{
	struct pollfd p[2] = { { .fd = -1, .events = POLLIN },
		{ .fd = -1, .events = POLLIN } };

	signal(SIGCHLD, SIG_IGN);
	if (argc > 1)
		p[1].fd = listen_unix(argv[1]);
	p[0].fd = listen_inet();
	for (;;) {
		if (poll(p, 2, -1) < 0)
			err(1, "poll");
		int fd = accept(p[p[0].revents ? 0 : 1].fd, NULL, NULL);
		if (fd < 0)
			err(1, "accept");
		if (fork() == 0) { /* and dies with its parent */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(fd);
		}
		close(fd);
	}
}
