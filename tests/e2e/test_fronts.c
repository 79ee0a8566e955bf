/* SPDX-License-Identifier: MIT
 *
 * test_fronts.c - cleatd behind nginx and HAProxy, as conf/proxy has them: who
 * the client is, in each way of saying it, and what a client cannot smuggle
 * through.
 *
 * Clients come from 127.0.0.5 and its neighbours; 127.0.0.1 is the proxy.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon.h"
#include "front.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"
#include "tunnel.h"
#include "visit.h"

/* How a proxy says who its client is. */
static const struct way {
	const char *name, *program;
	bool http;   /* it speaks HTTP, and writes X-Forwarded-For */
	int port;    /* which of the front's */
	bool https;  /* a handler is told that the client spoke TLS */
	bool says_1; /* HAProxy: version 1 of the PROXY protocol */
} ways[] = {
	{ "nginx", "nginx", true, 0, true, false },
	{ "nginx, streams", "nginx", false, 0, false, false },
	{ "haproxy", "haproxy", true, 0, true, false },
	{ "haproxy, version 2", "haproxy", false, 1, true, false },
	{ "haproxy, version 1", "haproxy", false, 1, false, true },
};

enum { WAYS = sizeof ways / sizeof ways[0] };

static struct daemon d;
static struct front front;
static const struct way *way;

static bool
is_here(const struct way *w)
{
	bool streams = strcmp(w->program, "nginx") == 0 && !w->http;

	return front_program(w->program) && (!streams || front_has_streams());
}

/* --- set up -------------------------------------------------------------- */

static void
start_daemon(int ports[2])
{
	static const struct front_change changes[] = {
		{ "port = 8080", "port = 0" },
		{ "\"127.0.0.1\"; port = 8081", "\"127.0.0.2\"; port = 0" },
		{ "routes = (", "plugins: { dir = \"plugins\"; };\n"
				"http: { root = \"www\"; };\n"
				"status: { port = 0; };\n"
				"routes = ( { path = \"/probe\";"
				" handler = \"probe\";"
				" keep_vars = [ \"HTTPS\" ]; }," },
		{ NULL, NULL },
	};

	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	front_configure(&d, "cleat.conf", changes);
	daemon_start_as_configured(&d);
	ports[0] = d.port;
	ports[1] = daemon_announced(&d, "listening on http://127.0.0.2:");
}

static void
start_nginx(const int ports[2])
{
	char at[64], http[64], bytes[64];
	const struct front_change changes[] = {
		{ "/etc/ssl/example.org.pem", TESTS_TLS "/one.pem" },
		{ "/etc/ssl/private/example.org.key",
		    TESTS_TLS "/one-key.pem" },
		{ "443", at },
		{ way->http ? "127.0.0.1:8080" : "127.0.0.1:8081",
		    way->http ? http : bytes },
		{ NULL, NULL },
	};

	snprintf(at, sizeof at, "127.0.0.1:%d", front.port[0]);
	snprintf(http, sizeof http, "127.0.0.1:%d", ports[0]);
	snprintf(bytes, sizeof bytes, "127.0.0.2:%d", ports[1]);
	front_configure(
	    &d, way->http ? "nginx.conf" : "nginx-stream.conf", changes);
	front_start_nginx(&front, &d, !way->http);
}

/* HAProxy wants both in one file. */
static void
write_pair(const char *path)
{
	static const char *const halves[] = { TESTS_TLS "/one.pem",
		TESTS_TLS "/one-key.pem" };
	char text[16384];
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		FILE *f = fopen(halves[i], "r");

		ck_assert_ptr_nonnull(f);
		n += fread(text + n, 1, sizeof text - n, f);
		fclose(f);
	}
	daemon_write(&d, path, text, n);
}

static void
start_haproxy(const int ports[2])
{
	char pair[256], fd[2][32], http[64], bytes[64];
	const struct front_change changes[] = {
		{ "/etc/ssl/private/example.org-and-key.pem", pair },
		{ "maxconn 20000", "maxconn 100" }, /* of descriptors */
		{ ":443", fd[0] },
		{ ":8443", fd[1] },
		{ "127.0.0.1:8080", http },
		{ "127.0.0.1:8081", bytes },
		{ "send-proxy-v2-ssl",
		    way->says_1 ? "send-proxy"
				: "send-proxy-v2-ssl proxy-v2-options crc32c" },
		{ NULL, NULL },
	};

	write_pair("pair.pem");
	snprintf(pair, sizeof pair, "%s/pair.pem", d.dir);
	for (int i = 0; i < 2; i++)
		snprintf(fd[i], sizeof fd[i], "fd@%d", front.fd[i]);
	snprintf(http, sizeof http, "127.0.0.1:%d", ports[0]);
	snprintf(bytes, sizeof bytes, "127.0.0.2:%d", ports[1]);
	front_configure(&d, "haproxy.cfg", changes);
	front_start_haproxy(&front, &d);
}

static void
start(const struct way *w)
{
	int ports[2];

	way = w;
	start_daemon(ports);
	front_init(&front, strcmp(w->program, "haproxy") == 0);
	if (strcmp(w->program, "nginx") == 0)
		start_nginx(ports);
	else
		start_haproxy(ports);
}

static void
stop(void)
{
	front_stop(&front);
	daemon_end(&d);
}

#define STARTS(n)                   \
	static void start_##n(void) \
	{                           \
		start(&ways[n]);    \
	}
STARTS(0)
STARTS(1)
STARTS(2)
STARTS(3)
STARTS(4)
static void (*const starts[WAYS])(
    void) = { start_0, start_1, start_2, start_3, start_4 };

/* --- clients ------------------------------------------------------------- */

static void
call(struct tunnel *t, const char *source)
{
	const struct tunnel_wish wish = { .source = source,
		.name = "one.example" };

	tunnel_open(t, front.port[way->port], &wish);
}

/* A page of the site that is served, who lies about its address. */
static const char headers[] = "Origin: https://localhost\r\n"
			      "X-Forwarded-For: 203.0.113.9\r\n"
			      "X-Forwarded-Proto: gopher\r\n"
			      "Forwarded: for=203.0.113.9\r\n"
			      "X-Real-IP: 203.0.113.9\r\n";

START_TEST(a_handler_sees_the_client_itself)
{
	static const char *const clients[] = { "127.0.0.5", "127.0.0.6",
		"127.0.0.1" };

	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
		char answer[64];
		struct tunnel t;

		call(&t, clients[i]);
		ck_assert_int_eq(raw_upgrade(&t.raw, "/probe", headers), 101);
		snprintf(answer, sizeof answer, "REMOTE_ADDR=%s", clients[i]);
		/* It is a proxy's address: what it says is believed. */
		if (strcmp(clients[i], "127.0.0.1") == 0)
			snprintf(
			    answer, sizeof answer, "REMOTE_ADDR=203.0.113.9");
		visit_ask(&t.raw, "var REMOTE_ADDR", answer);
		if (i < 2)
			visit_ask(&t.raw, "var HTTPS",
			    way->https ? "HTTPS=on" : "HTTPS=(null)");
		tunnel_shut(&t);
	}
}
END_TEST

START_TEST(messages_come_back)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 65536, 1 << 20 };
	struct tunnel t;

	call(&t, "127.0.0.5");
	ck_assert_int_eq(raw_upgrade(&t.raw, "/echo", headers), 101);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		secure_echo(&t.raw, sizes[i]);
	raw_close(&t.raw, 4000, "so long");
	raw_expect_close(&t.raw, 4000, "");
	raw_expect_end(&t.raw);
	tunnel_shut(&t);
	daemon_log(&d, "closed", "route=/echo", "127.0.0.5", "code=4000", NULL);
}
END_TEST

START_TEST(other_pages_are_refused)
{
	struct tunnel t;

	call(&t, "127.0.0.5");
	ck_assert_int_eq(raw_upgrade(&t.raw, "/echo",
			     "Origin: https://elsewhere.example\r\n"),
	    403);
	tunnel_shut(&t);
}
END_TEST

/* Behind the header of the proxy it is only a bad request. */
START_TEST(a_header_of_the_client_is_not_believed)
{
	char head[4096];
	struct tunnel t;

	call(&t, "127.0.0.5");
	raw_puts(&t.raw, "PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n"
			 "GET /liar HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_eq(raw_head(&t.raw, head, sizeof head), 400);
	tunnel_shut(&t);
}
END_TEST

/* Their health checks are understood, too. */
START_TEST(nobody_was_refused_for_the_header)
{
	static const char *const reasons[] = { "untrusted", "absent",
		"malformed", "too_long", "unfinished", "late", "crowded" };
	char name[128];

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		snprintf(name, sizeof name,
		    "cleat_proxy_refused_total{reason=\"%s\"}", reasons[i]);
		ck_assert_double_eq(daemon_metric(&d, name), 0);
	}
}
END_TEST

/* --- what cannot be smuggled --------------------------------------------- */

#define LOOT	"GET /loot HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST	"POST /echo HTTP/1.1\r\nHost: x\r\n"
#define GET	"GET /start HTTP/1.1\r\nHost: x\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define NOTHING "0\r\n\r\n"

/* Each may be read so that the loot is its body, and so that it is not. Its
 * length is that of the loot. */
static const char *const smuggles[] = {
	POST "Content-Length: 31\r\n" CHUNKED "\r\n" NOTHING LOOT,
	POST CHUNKED "Content-Length: 31\r\n\r\n" NOTHING LOOT,
	POST "Content-Length: 31\r\nContent-Length: 0\r\n\r\n" LOOT,
	POST "Content-Length: 0\r\nContent-Length: 31\r\n\r\n" LOOT,
	POST "Content-Length: 31, 0\r\n\r\n" LOOT,
	POST "Content-Length: +31\r\n\r\n" LOOT,
	POST "Content-Length: 0x1f\r\n\r\n" LOOT,
	POST "Content-Length : 31\r\n\r\n" LOOT,
	POST "Content-Length:\r\n 31\r\n\r\n" LOOT,
	POST "X: a\r\n Content-Length: 31\r\n\r\n" LOOT,
	POST "X: a\nContent-Length: 31\n\n" LOOT,
	POST "X: a\rContent-Length: 31\r\n\r\n" LOOT,
	POST "Transfer-Encoding : chunked\r\nContent-Length: 36\r\n\r\n" NOTHING
	    LOOT,
	POST "Transfer-Encoding: xchunked\r\nContent-Length: 36\r\n\r\n" NOTHING
	    LOOT,
	POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"
	     "Content-Length: 36\r\n\r\n" NOTHING LOOT,
	POST "Transfer-Encoding:\vchunked\r\nContent-Length: 36\r\n\r\n" NOTHING
	    LOOT,
	POST "Transfer-Encoding: chunked, identity\r\n\r\n" NOTHING LOOT,
	POST "Transfer-Encoding: identity\r\nContent-Length: 31\r\n\r\n" LOOT,
	POST "Transfer-Encoding:\r\n chunked\r\n\r\n" NOTHING LOOT,
	POST CHUNKED "\r\n0\n\n" LOOT,
	POST CHUNKED "\r\n00000000000000000000\r\n\r\n" LOOT,
	POST CHUNKED "\r\n0;\r\n\r\n" LOOT,
	POST CHUNKED "\r\n0;a=\"\r\n\r\n" LOOT,
	POST CHUNKED "\r\n0x1f\r\n" LOOT "\r\n" NOTHING,
	POST CHUNKED "\r\n1f \r\n" LOOT "\r\n" NOTHING,
	POST CHUNKED "\r\n+1f\r\n" LOOT "\r\n" NOTHING,
	POST CHUNKED "\r\n1f\n" LOOT "\r\n" NOTHING,
	POST CHUNKED "\r\n1f;x\n" LOOT "\r\n" NOTHING,
	POST CHUNKED "\r\n1f\r\n" LOOT NOTHING,
	POST CHUNKED "\r\n10000000000000001f\r\n" LOOT "\r\n" NOTHING,
	POST CHUNKED "\r\n0\r\nContent-Length: 31\r\n\r\n" LOOT,
	POST "Expect: 100-continue\r\nContent-Length: 31\r\n\r\n" LOOT,
	"POST /echo HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n" CHUNKED
	"\r\n" NOTHING LOOT,
	GET "Content-Length: 31\r\n\r\n" LOOT,
	GET CHUNKED "\r\n1f\r\n" LOOT "\r\n" NOTHING,
	GET "Connection: Content-Length\r\nContent-Length: 31\r\n\r\n" LOOT,
	GET "Connection: Transfer-Encoding\r\n" CHUNKED "\r\n1f\r\n" LOOT
	    "\r\n" NOTHING,
	/* an upgrade that is none: what follows is no tunnel */
	GET "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n" LOOT,
	"GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
	"Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" LOOT,
	GET "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
	    "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" LOOT,
};

/* Who asked for the loot must be the client, if it was asked for at all: what
 * the proxy has read as a request it has named its client in. */
static void
expect_no_smuggler(const char *text)
{
	const char *line = d.log, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		char copy[4096];

		snprintf(copy, sizeof copy, "%.*s", (int)(end - line), line);
		ck_assert_msg(
		    !strstr(copy, "/loot") || strstr(copy, "from=127.0.0.5"),
		    "%s brought %s", text, copy);
	}
}

START_TEST(what_a_proxy_passes_on_is_not_read_differently)
{
	const char *text = smuggles[_i];
	char all[65536], end[64];
	struct tunnel t;

	call(&t, "127.0.0.5");
	raw_puts(&t.raw, text);
	/* Whoever waits for more of a body gets it. */
	raw_puts(&t.raw, "\r\n\r\nGET /loot HTTP/1.1\r\nHost: x\r\n"
			 "Connection: close\r\n\r\n\r\n\r\n");
	shutdown(t.raw.fd, SHUT_WR);
	raw_take(&t.raw, all, sizeof all);
	tunnel_shut(&t);
	/* On the connection of the proxy to the daemon that is left. */
	for (int i = 0; i < 3; i++) {
		call(&t, "127.0.0.6");
		snprintf(end, sizeof end, "GET /end-%d-%d", _i, i);
		ck_assert_int_eq(raw_request(&t.raw, end,
				     "Connection: close\r\n", all, sizeof all),
		    404);
		tunnel_shut(&t);
		daemon_log(&d, "request", end + 4, "127.0.0.6", NULL);
	}
	expect_no_smuggler(text);
}
END_TEST

/* --- Caddy ---------------------------------------------------------------- */

START_TEST(the_example_for_caddy_is_valid)
{
	static const struct front_change none = { NULL, NULL };
	char command[1024];

	daemon_prepare(&d);
	front_configure(&d, "Caddyfile", &none);
	snprintf(command, sizeof command,
	    "HOME=%s %s validate --adapter caddyfile --config %s/Caddyfile"
	    " >%s/front.log 2>&1",
	    d.dir, front_program("caddy"), d.dir, d.dir);
	ck_assert_int_eq(system(command), 0);
	daemon_end(&d);
}
END_TEST

static int
add_ways(Suite *s)
{
	int n = 0;

	for (int i = 0; i < WAYS; i++) {
		TCase *c;

		if (!is_here(&ways[i])) {
			printf("%s is not here: skipped\n", ways[i].name);
			continue;
		}
		c = suite_case(s, ways[i].name);
		tcase_add_unchecked_fixture(c, starts[i], stop);
		tcase_add_test(c, a_handler_sees_the_client_itself);
		tcase_add_test(c, messages_come_back);
		tcase_add_test(c, other_pages_are_refused);
		tcase_add_test(c, a_header_of_the_client_is_not_believed);
		if (ways[i].http)
			tcase_add_loop_test(c,
			    what_a_proxy_passes_on_is_not_read_differently, 0,
			    sizeof smuggles / sizeof smuggles[0]);
		tcase_add_test(c, nobody_was_refused_for_the_header);
		n++;
	}
	return n;
}

int
main(void)
{
	Suite *s = suite_create("fronts");

	int n = add_ways(s);

	if (front_program("caddy")) {
		tcase_add_test(
		    suite_case(s, "caddy"), the_example_for_caddy_is_valid);
		n++;
	} else {
		puts("caddy is not here: skipped");
	}
	if (n == 0) {
		puts("SKIP: there is neither nginx, HAProxy nor Caddy");
		return 77;
	}
	return suite_run(s);
}
