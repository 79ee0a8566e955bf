/* SPDX-License-Identifier: MIT
 *
 * load_refuses.c - its on_load fails without a word.
 */
#include <cleat.h>

static int
on_load(cleat_route *r)
{
	(void)r;
	return 7;
}

CLEAT_HANDLER("load_refuses", "1.0", .on_load = on_load)
