/* SPDX-License-Identifier: MIT
 *
 * cut.c - see cut.h.
 */
#include "config.h"

#include "host/cut.h"

#include <string.h>

#include "base/hex.h"

const char *
cut_glue(enum cut_list list)
{
	static const char *const glue[] = {
		[CUT_QUERY] = "&", [CUT_COOKIES] = "; ", [CUT_PROTOCOLS] = ", "
	};

	return glue[list];
}

char
cut_decode(const char *s, size_t n, size_t *used)
{
	int high = *s == '%' && n > 2 ? hex_value(s[1]) : -1;
	int low = high >= 0 ? hex_value(s[2]) : -1;

	if (low >= 0 && (high | low) != 0) {
		*used = 3;
		return (char)(high << 4 | low);
	}
	*used = 1;
	return *s == '+' ? ' ' : *s;
}

/* Is s[0..n) this name, when it is decoded? */
static bool
decodes_to(const char *s, size_t n, const char *name)
{
	while (n > 0 && *name) {
		size_t used;

		if (cut_decode(s, n, &used) != *name++)
			return false;
		s += used;
		n -= used;
	}
	return n == 0 && *name == '\0';
}

/* Where the value of a secret element begins, or NULL. */
static const char *
find_value(const struct cut *c, const struct cut_element *e)
{
	size_t name = c->name ? strlen(c->name) : 0;
	const char *equals = memchr(e->p, '=', e->n);

	if (!c->name)
		return NULL;
	if (c->list == CUT_PROTOCOLS)
		return e->n > name && memcmp(e->p, c->name, name) == 0 &&
			       e->p[name] == '.'
			   ? e->p + name + 1
			   : NULL;
	if (!equals)
		return NULL;
	if (c->list == CUT_QUERY)
		return decodes_to(e->p, (size_t)(equals - e->p), c->name)
			   ? equals + 1
			   : NULL;
	return (size_t)(equals - e->p) == name &&
		       memcmp(e->p, c->name, name) == 0
		   ? equals + 1
		   : NULL;
}

bool
cut_next(const struct cut *c, const char **list, struct cut_element *e)
{
	const char *glue = cut_glue(c->list);
	bool blanks = glue[1] != '\0';
	const char *p = *list;
	size_t n;

	if (!p)
		return false;
	if (blanks)
		p += strspn(p, " \t");
	n = strcspn(p, (const char[]){ glue[0], '\0' });
	*list = p[n] ? p + n + 1 : NULL;
	while (blanks && n > 0 && strchr(" \t", p[n - 1]))
		n--;
	*e = (struct cut_element){ .p = p, .n = n };
	e->value = find_value(c, e);
	e->secret = e->value != NULL;
	if (e->secret)
		e->value_n = n - (size_t)(e->value - p);
	return true;
}
