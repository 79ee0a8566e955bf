/* SPDX-License-Identifier: MIT
 *
 * extension.h - Sec-WebSocket-Extensions, and what permessage-deflate agrees.
 *
 * A client offers extensions in the order in which it likes them; the first
 * offer of permessage-deflate that can be met is taken, all else is declined,
 * which is no error. It compresses nothing: net/deflate.h does.
 *
 * THREADS: any. MEMORY: none.
 * RFC 6455 section 9.1, RFC 7692 sections 5 and 7.1.
 */
#ifndef CLEAT_WIRE_EXTENSION_H
#define CLEAT_WIRE_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DEFLATE_BITS_MIN = 9, /* 8 exists, but zlib does not keep to it */
	DEFLATE_BITS_MAX = 15,
	/* Every parameter, with the longest values. */
	EXTENSION_ANSWER_MAX = 160,
};

/* What a route is ready for. */
struct deflate_policy {
	bool on;
	bool takeover; /* remember what was said before, on either side */
	uint8_t bits;  /* of the window, DEFLATE_BITS_MIN to _MAX */
};

/* What was agreed, for each direction. All zero: nothing. */
struct deflate_terms {
	bool on;
	bool server_takeover, client_takeover;
	uint8_t server_bits; /* at most so large is our window */
	uint8_t client_bits; /* and so large the client's may be */
};

/* Has the header the syntax of section 9.1? */
bool extension_valid(const char *header);

/* The answer to a valid header, or to NULL, which offers nothing. */
void extension_agree(
    const char *header, const struct deflate_policy *, struct deflate_terms *);

/* What the header of the response says; an empty text: send none. */
void
extension_answer(const struct deflate_terms *, char out[EXTENSION_ANSWER_MAX]);

#endif
