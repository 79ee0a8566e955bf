/* SPDX-License-Identifier: MIT
 *
 * guard.c - see guard.h.
 */
#include "config.h"

#include "guard.h"

#include <check.h>
#include <gnutls/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const struct {
	const char *name, *rest;
} people[] = {
	{ "ann", "role=admin plan=pro" },
	{ "bob", "" },
	{ "cleo", "until=2001-01-01T00:00:00Z role=admin" },
	{ "dora", "until=2090-01-01" },
};
enum { PEOPLE = sizeof people / sizeof people[0] };

const char *
guard_digest(const char *token)
{
	static char hex[8][65];
	static unsigned turn;
	char *to = hex[turn++ % 8];
	unsigned char digest[32];

	ck_assert_int_eq(
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, token, strlen(token), digest),
	    0);
	for (size_t j = 0; j < sizeof digest; j++)
		snprintf(to + 2 * j, 3, "%02x", digest[j]);
	return to;
}

static int
print_person(char *to, size_t size, size_t i)
{
	char token[64];

	snprintf(token, sizeof token, GUARD_MARK "-%s", people[i].name);
	return snprintf(to, size, "%s %s %s\n", people[i].name,
	    guard_digest(token), people[i].rest);
}

void
guard_write(struct daemon *d, const char *name, const char *text)
{
	char path[512];

	daemon_write(d, name, text, strlen(text));
	snprintf(path, sizeof path, "%s/%s", d->dir, name);
	ck_assert_int_eq(chmod(path, 0600), 0);
}

void
guard_prepare(struct daemon *d)
{
	char text[1024];
	int n = snprintf(text, sizeof text, "# who may come in\n\n");

	daemon_prepare(d);
	daemon_install(d, "tests/plugins/probe.so", "probe.so");
	for (size_t i = 0; i < PEOPLE; i++)
		n += print_person(text + n, sizeof text - (size_t)n, i);
	guard_write(d, "tokens", text);
}

void
guard_start(struct daemon *d, const char *top, const char *routes)
{
	char text[8192];

	snprintf(text, sizeof text,
	    "%s\n%s\nlog: { level = \"debug\"; };\nroutes = ( %s );\n", top,
	    strstr(top, "failed_logins") ? "" : "failed_logins = 0;", routes);
	daemon_start(d, text);
}

int
guard_knock(struct daemon *d, struct raw *r, const char *path,
    const char *headers, char head[2048])
{
	char line[1024], all[16384];

	raw_open(r, d->port);
	snprintf(line, sizeof line, "GET %s", path);
	snprintf(all, sizeof all,
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s",
	    headers ? headers : "");
	return raw_request(r, line, all, head, 2048);
}

int
guard_status(struct daemon *d, const char *path, const char *headers)
{
	char head[2048];
	struct raw r;
	int status = guard_knock(d, &r, path, headers, head);

	raw_shut(&r);
	return status;
}

void
guard_end(struct daemon *d)
{
	if (d->pid > 0) {
		daemon_signal(d, SIGTERM);
		ck_assert_int_eq(daemon_wait(d), 0);
	}
	ck_assert_ptr_nonnull(d->log);
	ck_assert_ptr_null(strstr(d->log, GUARD_MARK));
	ck_assert_ptr_null(strstr(d->first, GUARD_MARK));
	daemon_end(d);
}
