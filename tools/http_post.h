/* SPDX-License-Identifier: MIT
 *
 * http_post.h - one request with a body, one answer, one connection.
 *
 * It deliberately knows neither TLS nor redirects nor chunks: it speaks to
 * the private listener of cleatd, over TCP or a UNIX socket.
 *
 * THREADS: main thread; it blocks. MEMORY: as said.
 */
#ifndef CLEAT_TOOLS_HTTP_POST_H
#define CLEAT_TOOLS_HTTP_POST_H

#include <stddef.h>

enum { HTTP_ANSWER_MAX = 64 * 1024 };

struct http_post {
	const char *unix_path;	 /* NULL: host and port */
	const char *host, *port; /* port: digits */
	const char *head; /* request line and headers, the empty line too */
	const void *body;
	size_t len;
	unsigned timeout_s; /* of silence */
};

struct http_answer {
	unsigned status; /* 0: it was no HTTP answer */
	char *body;	 /* in `text`; ends with a NUL */
	char text[HTTP_ANSWER_MAX + 1];
};

/* NULL, or what went wrong: a phrase that lives until the next call. */
const char *http_post(const struct http_post *, struct http_answer *)
    __attribute__((warn_unused_result));

#endif
