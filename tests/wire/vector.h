/* SPDX-License-Identifier: MIT
 *
 * vector.h - what goes in and what must come out, in a notation that a
 * person can read and check against RFC 6455. See vectors.txt, which begins
 * with its grammar.
 *
 * MEMORY: a vector owns its bytes until vector_fini().
 */
#ifndef CLEAT_TESTS_WIRE_VECTOR_H
#define CLEAT_TESTS_WIRE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "wire/message.h"

struct bytes {
	uint8_t *p;
	size_t n, room;
};

void bytes_add(struct bytes *, const void *, size_t);
void bytes_fini(struct bytes *);

/* Events are compared as lines: `kind` [code] "payload" as it is. */
void bytes_add_event(
    struct bytes *, const char *kind, unsigned code, const struct bytes *);

/* "text" for 1, as a vector calls it; NULL: it has no name. */
const char *vector_opcode(unsigned);

struct vector {
	char name[512];
	unsigned line;
	struct message_rules rules;
	struct bytes in;
	struct bytes events;
	enum ws_violation violation; /* the last event, or WS_V_NONE */
	size_t violation_at;	     /* bytes that suffice to see it */
};

struct vector_file {
	FILE *file;
	unsigned line;
	char text[512];
	bool pending; /* text holds the next vector's name */
};

/* Opens vectors.txt of the source tree; a mistake in it fails the test. */
void vector_open(struct vector_file *);
bool vector_next(struct vector_file *, struct vector *);
void vector_fini(struct vector *);
void vector_close(struct vector_file *);

#endif
