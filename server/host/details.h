/* SPDX-License-Identifier: MIT
 *
 * details.h - a handler's verdict about a handshake, checked and copied.
 *
 * What decide() is given goes into an HTTP answer, into logs and variables,
 * so nothing passes that could forge a line in any of them.
 *
 * THREADS: never changes after it was made. MEMORY: one block.
 */
#ifndef CLEAT_HOST_DETAILS_H
#define CLEAT_HOST_DETAILS_H

#include <stddef.h>

#include "cleat.h"
#include "host/kept.h"

enum {
	DETAILS_ATTRS_MAX = 32,
	DETAILS_USER_MAX = 256,
	DETAILS_TEXT_MAX = 8192, /* each of headers, body, attrs */
};

struct details {
	int status;				      /* 101, or 400 to 599 */
	const char *protocol, *user, *headers, *body; /* or NULL */
	uint64_t until;				      /* wall_ms; 0: for ever */
	size_t n_attrs;
	struct kept_var attrs[DETAILS_ATTRS_MAX]; /* "AUTH_role", "mod" */
	char text[];
};

/* CLEAT_OK, CLEAT_EINVAL or CLEAT_ENOMEM. */
int details_new(struct details **, const cleat_accept *);
void details_free(struct details **);

/* NULL: none of this name. */
const char *details_var(const struct details *, const char *name);

#endif
