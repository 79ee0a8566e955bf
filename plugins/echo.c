/* SPDX-License-Identifier: MIT
 *
 * echo.c - sends every message back as it came.
 *
 * There is nothing to share between connections, so it runs on all workers.
 */
#include <cleat.h>

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	cleat->send(c, kind, data, len);
}

CLEAT_HANDLER("echo", "1.0", .flags = CLEAT_PARALLEL, .on_message = on_message)
