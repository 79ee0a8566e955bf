/* SPDX-License-Identifier: MIT
 *
 * newer_minor.c - built with a header newer than the host.
 */
#include <cleat.h>

#undef CLEAT_ABI_MINOR
#define CLEAT_ABI_MINOR 99

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	cleat->send(c, kind, data, len);
}

CLEAT_HANDLER("newer_minor", "1.0", .on_message = on_message)
