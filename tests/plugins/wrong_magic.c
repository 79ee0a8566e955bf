/* SPDX-License-Identifier: MIT
 *
 * wrong_magic.c - its note is called Cleat and is none of ours.
 */
#include <cleat.h>

#undef CLEAT_MAGIC_
#define CLEAT_MAGIC_ 1

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	cleat->send(c, kind, data, len);
}

CLEAT_HANDLER("wrong_magic", "1.0", .on_message = on_message)
