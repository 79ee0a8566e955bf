/* SPDX-License-Identifier: MIT
 *
 * publication.h - from what a handler, or an operator's program, wants
 * published to what the store takes.
 *
 * THREADS: any. MEMORY: copies what it is given.
 */
#ifndef CLEAT_HOST_PUBLICATION_H
#define CLEAT_HOST_PUBLICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "cleat.h"

struct host;
struct store_space;

/* What is to be published; `pub` may be NULL. */
struct publication {
	const char *topic;
	int kind;
	const void *data;
	size_t len;
	const cleat_pub *pub;
};

/* Can it be right? Whether a text is UTF-8 is asked apart. */
bool publication_is_valid(const struct host *, const struct publication *);

/* A valid one, into a space. The answers of cleat->publish(). */
int publication_put(
    struct host *, struct store_space *, const struct publication *);

#endif
