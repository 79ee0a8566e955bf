/* SPDX-License-Identifier: MIT
 *
 * http.h - the answer of a back end, as its bytes arrive: RFC 9112, for one
 * request on a connection of its own. No I/O.
 *
 * Strict: a line ends with CR LF, a header is not folded, there is one
 * length or `chunked`, not both. What a back end of one's own would never
 * send is refused rather than guessed at, and everything has a bound.
 *
 * MEMORY: http_init() allocates nothing, http_fini() frees the body.
 */
#ifndef JSON_ROUTER_HTTP_H
#define JSON_ROUTER_HTTP_H

#include <stdbool.h>
#include <stddef.h>

enum {
	HTTP_LINE_MAX = 4096,
	HTTP_HEAD_MAX = 16384, /* trailers too, but no lines of chunks */
	HTTP_HEADERS_MAX = 100,
};

enum http_result {
	HTTP_MORE,  /* it is not whole yet */
	HTTP_DONE,  /* status and body are there */
	HTTP_WRONG, /* it is no answer, or above a bound */
};

struct http_answer {
	int status;
	char *body; /* NULL: none */
	size_t len;

	size_t cap, max_body;
	int part; /* of the message: http.c */
	bool old; /* HTTP/1.0 */
	bool chunked, sized;
	size_t rest; /* of the body, or of a chunk */
	size_t head, headers;
	size_t line_len;
	char line[HTTP_LINE_MAX];
};

void http_init(struct http_answer *, size_t max_body);
void http_fini(struct http_answer *);

/* Takes bytes. After anything else than HTTP_MORE, no more of them. */
enum http_result http_take(struct http_answer *, const char *, size_t);

/* The other end has closed: HTTP_DONE when that ends the body, HTTP_MORE when
 * it is broken off. */
enum http_result http_end(struct http_answer *);

#endif
