/* SPDX-License-Identifier: MIT
 *
 * wrong_major.c - built with the header of another major version.
 */
#include <cleat.h>

#undef CLEAT_ABI_MAJOR
#define CLEAT_ABI_MAJOR 2

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	cleat->send(c, kind, data, len);
}

CLEAT_HANDLER("wrong_major", "1.0", .on_message = on_message)
