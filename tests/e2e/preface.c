/* SPDX-License-Identifier: MIT
 *
 * preface.c - see preface.h.
 */
#include "config.h"

#include "preface.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "secure.h"
#include "visit.h"

const struct told told[TOLD_ALL] = {
	{ BYTES("PROXY TCP4 192.0.2.7 10.0.0.1 4711 80\r\n"), "192.0.2.7",
	    "4711", "(null)" },
	{ BYTES("PROXY TCP6 2001:db8::7 ::1 4711 80\r\n"), "2001:db8::7",
	    "4711", "(null)" },
	{ BYTES("PROXY TCP6 ::ffff:192.0.2.7 ::1 4711 80\r\n"), "192.0.2.7",
	    "4711", "(null)" },
	{ BYTES(V2 "\x21\x11\x00\x0c\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x67"
		   "\x00\x50"),
	    "192.0.2.7", "4711", "(null)" },
	{ BYTES(V2 "\x21\x21\x00\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
		   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x12\x67\x00\x50"),
	    "2001:db8::7", "4711", "(null)" },
	{ BYTES(V2 "\x21\x11\x00\x14\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x67"
		   "\x00\x50\x20\x00\x05\x01\0\0\0\0"),
	    "192.0.2.7", "4711", "on" },
	/* nobody is told of: the proxy itself */
	{ BYTES("PROXY UNKNOWN\r\n"), "127.0.0.1", NULL, "(null)" },
	{ BYTES(V2 "\x20\x00\x00\x00"), "127.0.0.1", NULL, "(null)" },
	{ BYTES(V2 "\x21\x00\x00\x00"), "127.0.0.1", NULL, "(null)" },
};

void
preface_start(struct daemon *d, const char *listen, const char *more)
{
	char text[8192];

	daemon_prepare(d);
	daemon_install(d, "tests/plugins/probe.so", "probe.so");
	snprintf(text, sizeof text,
	    PREFACE_TRUSTED
	    "listen = ( { address = \"127.0.0.1\"; port = 0;"
	    "  proxy_protocol = true; } %s );\n%s\n" PREFACE_ROUTES,
	    listen, more);
	daemon_config(d, text);
	daemon_start_as_configured(d);
}

int
preface_start_all(struct daemon *d)
{
	char listen[1024];

	snprintf(listen, sizeof listen,
	    ", { address = \"127.0.0.1\"; port = 0; proxy_protocol = true;"
	    "    tls: { " SECURE_FILES(
		"one") " }; },"
		       "  { address = \"unix:" PREFACE_SOCKET "\";"
		       "    proxy_protocol = true; }",
	    (int)getpid());
	preface_start(d, listen, "workers = 2;");
	return daemon_announced(d, "listening on https://");
}

int
preface_ask(struct raw *r, const char *headers)
{
	char text[1024], head[1024];

	snprintf(text, sizeof text, PREFACE_UPGRADE "%s\r\n", headers);
	raw_puts(r, text);
	return raw_head(r, head, sizeof head);
}

void
preface_enter(struct daemon *d, struct raw *r, const void *preface, size_t n,
    const char *headers)
{
	raw_open(r, d->port);
	raw_put(r, preface, n);
	ck_assert_int_eq(preface_ask(r, headers), 101);
}

void
preface_expect(struct raw *r, const char *address, const char *port)
{
	char answer[128];

	snprintf(answer, sizeof answer, "REMOTE_ADDR=%s", address);
	visit_ask(r, "var REMOTE_ADDR", answer);
	if (!port)
		return;
	snprintf(answer, sizeof answer, "REMOTE_PORT=%s", port);
	visit_ask(r, "var REMOTE_PORT", answer);
}

double
preface_refused(struct daemon *d, const char *reason)
{
	char name[128];

	snprintf(name, sizeof name, "cleat_proxy_refused_total{reason=\"%s\"}",
	    reason);
	return daemon_metric(d, name);
}
