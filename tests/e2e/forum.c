/* SPDX-License-Identifier: MIT
 *
 * forum.c - see forum.h.
 */
#include "config.h"

#include "forum.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct forum forum;

void
forum_start_with(const char *options, const char *limits)
{
	char more[2048];

	daemon_install(&forum.d, "tests/plugins/topics.so", "topics.so");
	snprintf(more, sizeof more,
	    "workers = 2; %s\n"
	    "routes = ( { path = \"/t\"; handler = \"topics\"; %s },\n"
	    "{ path = \"/same\"; handler = \"topics\"; space = \"t\"; %s },\n"
	    "{ path = \"/other\"; handler = \"topics\"; %s } );",
	    options, limits, limits, limits);
	daemon_start(&forum.d, more);
	raw_ws(&forum.a, forum.d.port, "/t");
	raw_ws(&forum.b, forum.d.port, "/t");
	visit_ask(&forum.a, "id", "worker 0");
	visit_ask(&forum.b, "id", "worker 1");
}

void
forum_prepare(void)
{
	daemon_prepare(&forum.d);
}

void
forum_start(void)
{
	forum_prepare();
	forum_start_with("", "");
}

void
forum_stop(void)
{
	raw_shut(&forum.a);
	raw_shut(&forum.b);
	daemon_end(&forum.d);
}

const char *
forum_hear(struct raw *r, const char *part)
{
	struct raw_frame f = raw_next(r);

	ck_assert_int_eq(f.opcode, 1);
	ck_assert_msg(strstr((char *)f.data, part) != NULL, "\"%s\" in \"%s\"",
	    part, (char *)f.data);
	return (char *)f.data;
}

unsigned long long
forum_join(struct raw *r, const char *command, const char *answer)
{
	visit_ask(r, command, "subscribe=0");
	return strtoull(strstr(forum_hear(r, answer), "epoch=") + 6, NULL, 10);
}

void
forum_reset(struct raw *r)
{
	const struct linger now = { 1, 0 };

	setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	raw_shut(r);
}
