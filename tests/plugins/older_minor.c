/* SPDX-License-Identifier: MIT
 *
 * older_minor.c - built for ABI 0.1, whose descriptor ended before topics:
 * what stands behind its end is nobody's callback.
 */
#include <cleat.h>

#undef CLEAT_ABI_MINOR
#define CLEAT_ABI_MINOR 1

#pragma GCC diagnostic ignored "-Woverride-init"

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	if (!CLEAT_HAS(subscribe) || cleat->subscribe(c, "t", NULL) < 0)
		return;
	cleat->publish(cleat->route(c), "t", kind, data, len, NULL);
}

static void
behind_the_end(cleat_conn *c, const cleat_subscribed *s)
{
	(void)s;
	cleat->sendf(c, "called");
}

CLEAT_HANDLER("older_minor", "1.0",
    .size = offsetof(cleat_handler, on_subscribed), .on_message = on_message,
    .on_subscribed = behind_the_end)
