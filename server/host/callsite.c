/* SPDX-License-Identifier: MIT
 *
 * callsite.c - which handler's code a thread is running.
 *
 * THREADS, MEMORY: see callsite.h.
 */
#include "config.h"

#include "host/callsite.h"

_Thread_local struct callsite *callsite_current;

void
callsite_describe(struct crash_line *line)
{
	const struct callsite *site = callsite_current;

	if (!site)
		return;
	crash_add(line, " handler=");
	crash_add(line, site->handler);
	crash_add(line, " version=");
	crash_add(line, site->version);
	crash_add(line, " callback=");
	crash_add(line, site->callback);
	crash_add(line, " route=");
	crash_add(line, site->path);
	crash_add(line, " conn=");
	crash_add_number(line, site->conn);
}
