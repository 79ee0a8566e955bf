/* SPDX-License-Identifier: MIT
 *
 * missing_symbol.c - calls a function that nothing provides.
 */
#include <cleat.h>

void nobody_provides_this(cleat_conn *c);

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	(void)kind;
	(void)data;
	(void)len;
	nobody_provides_this(c);
}

CLEAT_HANDLER("missing_symbol", "1.0", .on_message = on_message)
