/* SPDX-License-Identifier: MIT
 *
 * visit.c - see visit.h.
 */
#include "config.h"

#include "visit.h"

#include <check.h>
#include <stdio.h>

const char *const visit_bases[VISIT_BASES] = { "/probe", "/shared" };

void
visit_start(struct daemon *d, const char *options, const char *limits,
    const char *routes)
{
	char more[8192];

	daemon_install(d, "tests/plugins/probe.so", "probe.so");
	daemon_install(d, "tests/plugins/shared.so", "shared.so");
	int n = snprintf(more, sizeof more,
	    "workers = 2; %s\n"
	    "routes = ( { path = \"/probe/*\"; handler = \"probe\"; %s },\n"
	    "{ path = \"/shared/*\"; handler = \"shared\"; %s }\n"
	    "%s );",
	    options, limits, limits, routes);
	ck_assert_int_lt(n, (int)sizeof more);
	daemon_start(d, more);
}

void
visit_ask(struct raw *r, const char *command, const char *answer)
{
	raw_text(r, command);
	raw_expect(r, answer);
}

void
visit_knock(
    struct daemon *d, struct raw *r, const char *path, const char *headers)
{
	raw_open(r, d->port);
	raw_puts(r, "GET ");
	raw_puts(r, path);
	raw_puts(r, " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
		    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
	raw_puts(r, headers);
	raw_puts(r, "\r\n");
}

int
visit_enter(struct daemon *d, struct raw *r, const char *base, const char *rest,
    const char *headers)
{
	char path[256], head[4096];

	snprintf(path, sizeof path, "%s%s", base, rest);
	visit_knock(d, r, path, headers);
	return raw_head(r, head, sizeof head);
}

void
visit_open(struct daemon *d, struct raw *r, const char *base)
{
	ck_assert_int_eq(visit_enter(d, r, base, "/x", ""), 101);
}

double
visit_counted(struct daemon *d, const char *metric, const char *base)
{
	char name[128];

	snprintf(name, sizeof name, "%s{route=\"%s/*\"}", metric, base);
	return daemon_metric(d, name);
}

void
visit_await(
    struct daemon *d, const char *metric, const char *base, double value)
{
	char name[128];

	snprintf(name, sizeof name, "%s{route=\"%s/*\"}", metric, base);
	daemon_await(d, name, value);
}
