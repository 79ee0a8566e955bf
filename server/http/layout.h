/* SPDX-License-Identifier: MIT
 *
 * layout.h - has the HTTP library understood the whole head?
 *
 * libmicrohttpd 0.9.75 hangs a folded line onto the name of the header before
 * it, so that a Content-Length is none any more and an X-Forwarded-Fo becomes
 * one that counts; it cuts texts at a NUL, and takes a line that begins with
 * a colon or a NUL for the end of the head. But it copies nothing: what it
 * hands out lies where it came in. So whoever walks through the head from part
 * to part, and finds nothing between them but what belongs there, has seen
 * all of it.
 *
 * THREADS: any. MEMORY: nothing is kept; of what lies between the parts only
 * what is within the head is looked at.
 * RFC 9112 sections 2.2 and 5.2.
 */
#ifndef CLEAT_HTTP_LAYOUT_H
#define CLEAT_HTTP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct layout {
	uintptr_t at;  /* behind the last part */
	uintptr_t end; /* of the head */
	bool broken;
};

/* The head begins with the method and has so many bytes, its last, empty line
 * included. `target_len` 0: the target is not known as it came. */
void layout_begin(struct layout *, const char *method, size_t target_len,
    const char *version, size_t size);
/* The next header, in the order in which they came. */
void layout_header(struct layout *, const char *name, size_t name_len,
    const char *value, size_t value_len);
/* Was this all? */
bool layout_end(struct layout *);

#endif
