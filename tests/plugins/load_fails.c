/* SPDX-License-Identifier: MIT
 *
 * load_fails.c - its on_load says what is wrong with the config, in two
 * lines where one is allowed.
 */
#include <cleat.h>

static int
on_load(cleat_route *r)
{
	cleat->conf_int(cleat->conf(r), "size", 0);
	return cleat->conf_fail(
	    r, cleat->conf(r), "size", "must be %s", "something\nelse");
}

CLEAT_HANDLER("load_fails", "1.0", .on_load = on_load)
