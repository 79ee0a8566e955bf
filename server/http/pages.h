/* SPDX-License-Identifier: MIT
 *
 * pages.h - answers, and the pages that the host writes itself.
 *
 * A page is one sentence of plain text that says what to do; what a site
 * wants to look nice is a file.
 *
 * THREADS: any.
 * MEMORY: an answer owns its response, or borrows one of the file cache,
 * until answer_send() or answer_drop().
 */
#ifndef CLEAT_HTTP_PAGES_H
#define CLEAT_HTTP_PAGES_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/refusal.h"
#include "wire/ws.h"

struct answer {
	unsigned status;
	struct MHD_Response *response; /* NULL: there was no memory */
	bool borrowed;		       /* the cache keeps the response */
	uint64_t bytes;		       /* of the body */
	enum refusal refusal;	       /* why, or REFUSAL_NONE */
	enum ws_refusal handshake;     /* why, or WS_R_NONE */
};

/* A page with this status and sentence; the text is copied. */
void answer_page(struct answer *, unsigned status, const char *sentence);
void answer_refusal(struct answer *, enum refusal);
void answer_handshake(struct answer *, enum ws_refusal);

/* Adds a header, or "Name: value\r\n" lines. Where there is no memory for it
 * the answer loses its response: half an answer is worse than none. */
void answer_header(struct answer *, const char *name, const char *value);
void answer_headers(struct answer *, const char *lines);

/* Queues the answer and gives the response up. MHD_NO: the connection is to
 * be closed. */
enum MHD_Result answer_send(struct answer *, struct MHD_Connection *);
void answer_drop(struct answer *);

#endif
