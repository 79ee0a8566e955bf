/* SPDX-License-Identifier: MIT
 *
 * cut.h - lists of a request, element by element, and which of them carry a
 * credential.
 *
 * THREADS: any. MEMORY: none; elements borrow from the list.
 * RFC 6265 section 4.2.1, RFC 6455 section 4.1.
 */
#ifndef CLEAT_HOST_CUT_H
#define CLEAT_HOST_CUT_H

#include <stdbool.h>
#include <stddef.h>

enum cut_list {
	CUT_QUERY,    /* "a=b&c=d": the parameter of this name, decoded */
	CUT_COOKIES,  /* "a=b; c=d": the cookie of this name */
	CUT_PROTOCOLS /* "a, b": those that begin with this name and a dot */
};

struct cut {
	enum cut_list list;
	const char *name; /* NULL: none carries anything */
};

struct cut_element {
	const char *p, *value; /* value: of one that is secret */
	size_t n, value_n;
	bool secret;
};

/* What stands between two of them. */
const char *cut_glue(enum cut_list);

/* The next element; false: there are no more. `list` may be NULL. */
bool cut_next(const struct cut *, const char **list, struct cut_element *);

/* The first character of a part of a query, decoded: %XX and "+"; what is no
 * escape stands for itself. %00 too: a string would end there, and a check of
 * it see less than its user. */
char cut_decode(const char *s, size_t n, size_t *used);

#endif
