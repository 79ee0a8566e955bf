/* SPDX-License-Identifier: MIT
 *
 * conf_line.c - `FILE:LINE: what is wrong`.
 *
 * THREADS, MEMORY: see conf_line.h.
 */
#include "config.h"

#include "host/conf_line.h"

#include <stdarg.h>
#include <stdio.h>

#include "config/error.h"
#include "config/tree.h"

int
conf_line_fail(
    struct conf_error *err, const struct conf_node *node, const char *fmt, ...)
{
	int n = 0;
	va_list ap;

	err->message = CONF_E_COUNT;
	err->text[0] = '\0';
	if (node)
		n = snprintf(err->text, sizeof(err->text),
		    "%s:%d: ", conf_file(node), conf_line(node));
	if (n < 0 || (size_t)n >= sizeof(err->text))
		return -1;
	va_start(ap, fmt);
	vsnprintf(err->text + n, sizeof(err->text) - (size_t)n, fmt, ap);
	va_end(ap);
	/* A handler's own words must not break the line. */
	for (char *c = err->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return -1;
}
