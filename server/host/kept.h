/* SPDX-License-Identifier: MIT
 *
 * kept.h - the variables that outlive the handshake.
 *
 * Ten thousand idle connections keep one of these each, so the usual names
 * are one byte: an echo from 127.0.0.1 keeps twelve bytes.
 *
 * THREADS: never changes. MEMORY: one block.
 */
#ifndef CLEAT_HOST_KEPT_H
#define CLEAT_HOST_KEPT_H

#include <stdbool.h>
#include <stddef.h>

struct kept;

struct kept_var {
	const char *name, *value;
};

/* Copies those that have a value. False: no memory. *out NULL: none had. */
bool kept_new(struct kept **out, const struct kept_var *, size_t n);
void kept_free(struct kept **);

/* NULL: it is not kept. */
const char *kept_var(const struct kept *, const char *name);

#endif
