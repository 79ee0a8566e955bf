/* SPDX-License-Identifier: MIT
 *
 * nameless.c - a handler whose name nobody could print.
 */
#include <cleat.h>

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	cleat->send(c, kind, data, len);
}

CLEAT_HANDLER("", "1.0", .on_message = on_message)
