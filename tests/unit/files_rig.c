/* SPDX-License-Identifier: MIT
 *
 * files_rig.c - see files_rig.h.
 */
#include "config.h"

#include "files_rig.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { HOUR_MS = 3600000 };

uint64_t __wrap_clock_wall_ms(void);
uint64_t __real_clock_wall_ms(void);

struct http_fixture fixture;

static uint64_t later_ms; /* atomic: the wall clock is ahead by that */
static uint64_t more_ns;  /* atomic: and the other one */

uint64_t
__wrap_clock_wall_ms(void)
{
	return __real_clock_wall_ms() +
	       __atomic_load_n(&later_ms, __ATOMIC_RELAXED);
}

static uint64_t
fake_ns(void)
{
	return __atomic_load_n(&more_ns, __ATOMIC_RELAXED);
}

void
settle(void)
{
	__atomic_store_n(&later_ms, HOUR_MS, __ATOMIC_RELAXED);
}

void
pass_ms(uint64_t ms)
{
	__atomic_add_fetch(&more_ns, ms * 1000000, __ATOMIC_RELAXED);
}

void
files_rig_start(const char *keys)
{
	clock_replace(fake_ns);
	http_fixture_start(&fixture, keys);
}

void
files_rig_stop(void)
{
	http_fixture_stop(&fixture);
	clock_replace(NULL);
}

void
put(const char *name, const char *text)
{
	http_fixture_put(&fixture, name, text, strlen(text));
}

void
ask(int fd, const char *method, const char *target, const char *headers,
    struct reply *r)
{
	char request[512];

	snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n",
	    method, target, headers);
	say(fd, request);
	hear(fd, strcmp(method, "HEAD") != 0, r);
}
