/* SPDX-License-Identifier: MIT
 *
 * api.c - see api.h.
 */
#include "config.h"

#include "api.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static void
compose(char *more, size_t size, const char *top, const char *config,
    const char *limits)
{
	int n = snprintf(more, size,
	    "workers = 2; %s\n"
	    "routes = ( { path = \"/api\"; handler = \"json-router\"; %s\n"
	    "config: { %s }; } );",
	    top, limits, config);

	ck_assert_int_lt(n, (int)size);
}

void
api_start(struct daemon *d, const char *config, const char *limits)
{
	api_start_with(d, "", config, limits);
}

void
api_start_with(
    struct daemon *d, const char *top, const char *config, const char *limits)
{
	char more[12000];

	compose(more, sizeof(more), top, config, limits);
	daemon_install(d, "plugins/json-router.so", "json-router.so");
	daemon_start(d, more);
}

void
api_open(struct daemon *d, struct raw *r, const char *headers)
{
	raw_open(r, d->port);
	ck_assert_int_eq(raw_upgrade(r, "/api", headers), 101);
	api_hear(r, "{\"type\":\"hello\",\"protocol\":\"cleat-json\","
		    "\"version\":1,");
}

void
api_ask(struct raw *r, const char *message, const char *answer)
{
	raw_text(r, message);
	raw_expect(r, answer);
}

const char *
api_hear(struct raw *r, const char *begins)
{
	struct raw_frame f = raw_next(r);
	const char *text = (const char *)f.data;

	ck_assert_int_eq(f.opcode, 1);
	ck_assert_msg(strncmp(text, begins, strlen(begins)) == 0,
	    "expected %s..., got %s", begins, text);
	return text;
}

void
api_await(struct daemon *d, const char *metric, double value)
{
	char name[128];

	snprintf(name, sizeof(name), "%s{route=\"/api\"}", metric);
	daemon_await(d, name, value);
}

const char *
api_complaint(struct daemon *d, const char *config)
{
	static char said[8192];
	const char *const args[] = { "-t", "-c", d->conf, "-l", "127.0.0.1:0",
		NULL };
	char more[12000], *start, *end;

	compose(more, sizeof(more), "", config, "");
	daemon_config(d, more);
	ck_assert_msg(
	    daemon_run(said, sizeof(said), args) == 78, "taken: %s", config);
	start = strstr(said, "cleat.conf:");
	ck_assert_msg(start != NULL, "no file and line: %s", said);
	end = strchr(start, '\n');
	if (end)
		*end = '\0';
	return start + strlen("cleat.conf:");
}
