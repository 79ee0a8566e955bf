/* SPDX-License-Identifier: MIT
 *
 * all.c - what bun.sh measures as /all: everybody hears everything.
 */
#include <cleat.h>

static void
on_open(cleat_conn *c)
{
	if (cleat->subscribe(c, "all", NULL) != CLEAT_OK)
		cleat->close(c, 1011, "cannot subscribe");
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	cleat->publish(cleat->route(c), "all", kind, data, len, NULL);
}

CLEAT_HANDLER("all", "1.0", .flags = CLEAT_PARALLEL, .on_open = on_open,
    .on_message = on_message)
