/* SPDX-License-Identifier: MIT
 *
 * layout.c - see layout.h. Addresses are numbers here: whether two of them
 * are in one head is what is to be found out.
 */
#include "config.h"

#include "http/layout.h"

#include <string.h>

/* Goes to a part that must be ahead; the bytes that are skipped. */
static size_t
skip_to(struct layout *l, const void *part)
{
	uintptr_t to = (uintptr_t)part;
	size_t n = to - l->at;

	if (to < l->at || to > l->end) {
		l->broken = true;
		return 0;
	}
	l->at = to;
	return n;
}

/* CR and LF, or LF alone: the library lets it pass. */
static void
skip_line_end(struct layout *l, const void *next)
{
	size_t n = skip_to(l, next);

	if (n != 1 && n != 2)
		l->broken = true;
}

static void
skip_blanks(struct layout *l, const char *next)
{
	size_t n = skip_to(l, next);

	for (size_t i = n; i > 0; i--)
		if (next[-(ptrdiff_t)i] != ' ' && next[-(ptrdiff_t)i] != '\t')
			l->broken = true;
}

void
layout_begin(struct layout *l, const char *method, size_t target_len,
    const char *version, size_t size)
{
	size_t line = strlen(method) + 1 + target_len + 1;

	*l = (struct layout){ .at = (uintptr_t)method,
		.end = (uintptr_t)method + size };
	if (skip_to(l, version) != line && target_len > 0)
		l->broken = true;
	l->at += strlen(version);
}

void
layout_header(struct layout *l, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	skip_line_end(l, name);
	l->at += name_len + 1;
	if (!value)
		return;
	skip_blanks(l, value);
	l->at += value_len;
}

bool
layout_end(struct layout *l)
{
	size_t rest = l->end - l->at;

	/* the end of the last line, and an empty one */
	return !l->broken && l->at <= l->end && rest >= 2 && rest <= 4;
}
