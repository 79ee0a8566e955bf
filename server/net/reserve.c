/* SPDX-License-Identifier: MIT
 *
 * reserve.c - see reserve.h.
 */
#include "config.h"

#include "net/reserve.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

enum { LEAST = 8, MOST = 256, PART = 4 };

/* A quarter of them, within these bounds; `end` is behind the last one. */
static int
first(int *end)
{
	struct rlimit limit;
	int kept;

	*end = INT_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT_MAX)
		return INT_MAX;
	*end = (int)limit.rlim_cur;
	kept = *end / PART;
	if (kept < LEAST)
		kept = LEAST;
	if (kept > MOST)
		kept = MOST;
	return kept < *end ? *end - kept : 0;
}

int
reserve_middle(void)
{
	int end, from = first(&end);

	return from + (end - from) / 2;
}

bool
reserve_refill(struct reserve *r)
{
	if (r->spare < 0)
		r->spare = eventfd(0, EFD_CLOEXEC);
	return r->spare >= 0;
}

int
reserve_init(struct reserve *r)
{
	int end;

	*r = (struct reserve){ .from = first(&end), .spare = -1 };
	return reserve_refill(r) ? 0 : -errno;
}

void
reserve_fini(struct reserve *r)
{
	if (r->spare >= 0)
		close(r->spare);
	r->spare = -1;
}

int
reserve_accept(struct reserve *r, int listener)
{
	int fd;

	reserve_fini(r);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
