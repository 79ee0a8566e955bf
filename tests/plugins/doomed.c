/* SPDX-License-Identifier: MIT
 *
 * doomed.c - a handler that takes the server down, for the tests: a message
 * says how ("fault", "abort", "stack", "job", "timer") or, with
 * ?at=open, on_open does it.
 */
#include <cleat.h>
#include <stdlib.h>
#include <string.h>

/* An address that is never mapped; volatile, so that no compiler knows it. */
static volatile int *volatile nowhere = (volatile int *)(uintptr_t)64;

static void
fault(void)
{
	*nowhere = 1;
}

/* Uses up the stack, a page at a time. */
static int
sink(int depth)
{
	volatile char page[4096];

	page[0] = (char)depth;
	return depth < 0 ? 0 : sink(depth + 1) + page[0];
}

static void
work(void *arg)
{
	(void)arg;
	fault();
}

static void
due(cleat_route *r, void *arg)
{
	(void)r;
	work(arg);
}

static void
on_open(cleat_conn *c)
{
	if (cleat->query(c, "at"))
		fault();
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	cleat_route *r = cleat->route(c);
	char how[16] = "";

	memcpy(how, data, len < sizeof(how) ? len : sizeof(how) - 1);
	if (strcmp(how, "fault") == 0)
		fault();
	else if (strcmp(how, "abort") == 0)
		abort();
	else if (strcmp(how, "stack") == 0)
		sink(0);
	else if (strcmp(how, "job") == 0)
		cleat->job(r, work, due, NULL);
	else if (strcmp(how, "timer") == 0)
		cleat->after(r, 1, due, NULL);
	else
		cleat->send(c, kind, data, len);
}

CLEAT_HANDLER("doomed", "6.66", .on_open = on_open, .on_message = on_message)
