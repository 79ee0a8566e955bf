/* SPDX-License-Identifier: MIT
 *
 * raw.h - a client that speaks bytes.
 *
 * It says exactly what the test tells it, right or wrong, and shows exactly
 * what came back. Every wait has the patience of daemon.h; a connection
 * that ends is an answer, not an error.
 */
#ifndef CLEAT_TESTS_RAW_H
#define CLEAT_TESTS_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct raw {
	int fd;
	uint8_t *in; /* received and not yet taken */
	size_t len, cap;
	bool deflate; /* RSV1 is in order */
};

struct raw_frame {
	int fin, opcode; /* opcode -1: the connection ended */
	bool compressed;
	size_t len;
	uint8_t *data; /* until the next call; NUL after the end */
	int code;      /* of a close frame; 1005 when it has none */
	const char *reason;
};

/* Connects to 127.0.0.1, or to any address; fails the test if it cannot. */
void raw_open(struct raw *, int port);
void raw_open_to(struct raw *, const struct sockaddr *, socklen_t);
/* From one of 127.0.0.0/8 to 127.0.0.1. */
void raw_open_from(struct raw *, const char *source, int port);
void raw_shut(struct raw *);

/* Exactly these bytes. */
void raw_put(struct raw *, const void *, size_t);
void raw_puts(struct raw *, const char *);

/* An HTTP response: its head (NUL-terminated, until the next call); the
 * status. 0: the connection ended. The body stays to be taken. */
int raw_head(struct raw *, char *head, size_t size);

/* Body bytes: up to n, fewer when the connection ends. */
size_t raw_take(struct raw *, void *, size_t n);

/* A request and its answer in one go: "GET /x" with extra header lines. */
int raw_request(struct raw *, const char *request_line, const char *headers,
    char *head, size_t size);

/* The opening handshake; the status of the answer. */
int raw_upgrade(struct raw *, const char *path, const char *headers);

/* Connects and upgrades; fails the test unless it is a 101. */
void raw_ws(struct raw *, int port, const char *path);

/* A masked frame; `head` is the first byte (0x81: a whole text). */
void raw_frame(struct raw *, int head, const void *, size_t);
void raw_text(struct raw *, const char *);
void raw_close(struct raw *, int code, const char *reason);
/* Builds the same into `out` (n + 14 bytes); its size. */
size_t raw_build(uint8_t *out, int head, const void *, size_t);

/* The next frame. */
struct raw_frame raw_next(struct raw *);
/* The next frame is this text. */
void raw_expect(struct raw *, const char *text);
/* The next frame is a close with this code; its reason contains `part`. */
void raw_expect_close(struct raw *, int code, const char *part);
/* The peer closes the connection; nothing comes before. */
void raw_expect_end(struct raw *);

#endif
