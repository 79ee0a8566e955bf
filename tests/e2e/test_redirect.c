/* SPDX-License-Identifier: MIT
 *
 * test_redirect.c - the way from http to https: listeners that redirect, and
 * Strict-Transport-Security, which only https may say.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"

#define STS "Strict-Transport-Security: "
#define TLS                                                          \
	"{ address = \"127.0.0.1\"; port = 0; tls: { " SECURE_FILES( \
	    "one") " }; }, "
#define SAME "{ address = \"127.0.0.2\"; port = 0; redirect = \"https://*\"; }"
#define OTHER                                   \
	"{ address = \"127.0.0.3\"; port = 0; " \
	"redirect = \"https://www.example.org:8443\"; }"
#define PLAIN "{ address = \"127.0.0.4\"; port = 0; }"

static struct daemon d;
static int same, other, plain;

static void
configure(const char *listen, const char *hsts)
{
	char text[8192];

	snprintf(text, sizeof text, "listen = ( " TLS "%s );\n%s" SECURE_ROUTES,
	    listen, hsts);
	daemon_config(&d, text);
}

static void
start_with(const char *http)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	daemon_write(&d, "www/a.txt", "abc", 3);
	configure(SAME ", " OTHER ", " PLAIN, http);
	daemon_start_as_configured(&d);
	d.port = daemon_announced(&d, "listening on https://127.0.0.1");
	same = daemon_announced(&d, "listening on http://127.0.0.2");
	other = daemon_announced(&d, "listening on http://127.0.0.3");
	plain = daemon_announced(&d, "listening on http://127.0.0.4");
}

static void
start(void)
{
	start_with("trusted_proxies = [ \"127.0.0.1\" ];\n");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* Connects to 127.0.0.`host`. */
static void
open_at(struct raw *r, int host, int port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };

	sa.sin_addr.s_addr = htonl(0x7f000000u + (uint32_t)host);
	raw_open_to(r, (struct sockaddr *)&sa, sizeof sa);
}

/* --- redirects ----------------------------------------------------------- */

/* Says a whole request to a listener; the status of the answer. */
static int
say(int host, int port, const char *request, char head[2048])
{
	struct raw r;
	int status;

	open_at(&r, host, port);
	raw_puts(&r, request);
	status = raw_head(&r, head, 2048);
	raw_shut(&r);
	return status;
}

START_TEST(host_path_and_query_stay)
{
	char head[2048];

	ck_assert_int_eq(say(2, same,
			     "GET /a%20b?c=d HTTP/1.1\r\n"
			     "Host: example.org:80\r\n\r\n",
			     head),
	    308);
	ck_assert_ptr_nonnull(
	    strstr(head, "Location: https://example.org/a%20b?c=d\r\n"));
	ck_assert_ptr_null(strstr(head, STS));
	ck_assert_int_eq(
	    say(3, other, "GET /echo HTTP/1.1\r\nHost: evil.org\r\n\r\n", head),
	    308);
	ck_assert_ptr_nonnull(
	    strstr(head, "Location: https://www.example.org:8443/echo\r\n"));
	ck_assert_ptr_null(strstr(head, "evil"));
}
END_TEST

START_TEST(a_file_is_not_served_there)
{
	char head[2048];
	struct raw r;

	open_at(&r, 2, same);
	for (int i = 0; i < 2; i++) {
		char body[64] = "";

		ck_assert_int_eq(
		    raw_request(&r, "GET /a.txt", "", head, sizeof head), 308);
		raw_take(&r, body, strlen("This is served by https.\n"));
		ck_assert_str_eq(body, "This is served by https.\n");
	}
	raw_shut(&r);
}
END_TEST

START_TEST(a_body_is_not_taken_for_a_request)
{
	char head[2048], rest[256];
	struct raw r;
	size_t n;

	open_at(&r, 2, same);
	raw_puts(&r, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\n\r\n"
		     "GET /a.txt HTTP/1.1\r\nHost: evil\r\n\r\n");
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 308);
	ck_assert_ptr_nonnull(strstr(head, "Connection: close\r\n"));
	n = raw_take(&r, rest, sizeof rest - 1);
	rest[n] = '\0';
	ck_assert_str_eq(rest, "This is served by https.\n");
	raw_shut(&r);
}
END_TEST

static const char *const refused[] = {
	"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a@evil.org\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nHost: evil.org\r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n",
	"GET http://evil.org/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /../x HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /%0d%0aSet-Cookie:a HTTP/1.1\r\nHost: a\r\n\r\n",
};

START_TEST(what_cannot_be_redirected_is_refused)
{
	char head[2048];

	ck_assert_int_eq(say(2, same, refused[_i], head), 400);
	ck_assert_ptr_null(strstr(head, "Location"));
	ck_assert_ptr_null(strstr(head, "evil"));
}
END_TEST

START_TEST(a_websocket_is_told_to_use_wss)
{
	char head[2048], body[128] = "";
	struct raw r;

	open_at(&r, 2, same);
	raw_puts(&r, "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 403);
	ck_assert_ptr_null(strstr(head, "Location"));
	raw_take(&r, body, sizeof body - 1);
	ck_assert_ptr_nonnull(strstr(body, "wss://"));
	raw_shut(&r);
	daemon_await(&d,
	    "cleat_http_refused_total{kind=\"request\",reason=\"plain_"
	    "upgrade\"}",
	    1);
}
END_TEST

START_TEST(who_came_by_https_to_a_trusted_proxy_is_served)
{
	char head[2048];

	ck_assert_int_eq(say(2, same,
			     "GET /a.txt HTTP/1.1\r\nHost: a\r\n"
			     "X-Forwarded-For: 192.0.2.1\r\n"
			     "X-Forwarded-Proto: https\r\n\r\n",
			     head),
	    200);
	ck_assert_int_eq(say(2, same,
			     "GET /a.txt HTTP/1.1\r\nHost: a\r\n"
			     "X-Forwarded-For: 192.0.2.1\r\n"
			     "X-Forwarded-Proto: http\r\n\r\n",
			     head),
	    308);
}
END_TEST

START_TEST(a_reload_changes_who_redirects)
{
	char head[2048];
	struct raw r;

	/* This one stays open over the reload. */
	open_at(&r, 2, same);
	ck_assert_int_eq(
	    raw_request(&r, "HEAD /a.txt", "", head, sizeof head), 308);
	configure("{ address = \"127.0.0.2\"; port = 0; }, "
		  "{ address = \"127.0.0.4\"; port = 0; "
		  "redirect = \"https://new\"; }",
	    "");
	daemon_reload(&d);
	ck_assert_int_eq(
	    raw_request(&r, "HEAD /a.txt", "", head, sizeof head), 200);
	raw_shut(&r);
	ck_assert_int_eq(
	    say(4, plain, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", head), 308);
	ck_assert_ptr_nonnull(strstr(head, "Location: https://new/x\r\n"));
}
END_TEST

/* --- Strict-Transport-Security -------------------------------------------- */

/* Files that are old enough to be kept in memory. */
static void
start_hsts(void)
{
	start_with("http: { root = \"" TESTS_TLS "\"; hsts = \"365 d\"; "
		   "hsts_scope = \"subdomains\"; };\n");
}

static const struct {
	const char *line, *headers;
	int status;
} answers[] = {
	{ "GET /one.pem", "", 200 },
	{ "GET /one.pem", "Range: bytes=1-1\r\n", 206 },
	{ "GET /one.pem",
	    "If-Modified-Since: Sun, 09 Sep 2040 01:46:40 GMT\r\n", 304 },
	{ "GET /none", "", 404 },
	{ "GET /../x", "", 400 },
	{ "GET /echo", "", 426 },
};

static const char said[] = "\r\n" STS "max-age=31536000; includeSubDomains\r\n";

START_TEST(every_answer_by_https_says_it_once)
{
	char head[2048];

	for (int again = 0; again < 3; again++) {
		const char *at;
		struct tunnel t;

		tunnel_open(&t, d.port, NULL);
		ck_assert_int_eq(raw_request(&t.raw, answers[_i].line,
				     answers[_i].headers, head, sizeof head),
		    answers[_i].status);
		at = strstr(head, said);
		ck_assert_msg(at != NULL, "%s", head);
		ck_assert_ptr_null(strstr(at + sizeof said - 3, STS));
		tunnel_shut(&t);
	}
}
END_TEST

START_TEST(no_answer_by_http_says_it)
{
	char head[2048];
	struct tunnel t;
	struct raw r;

	/* It is in the cache as https says it. */
	tunnel_open(&t, d.port, NULL);
	raw_request(&t.raw, answers[_i].line, "", head, sizeof head);
	tunnel_shut(&t);
	for (int again = 0; again < 2; again++) {
		open_at(&r, 4, plain);
		ck_assert_int_eq(raw_request(&r, answers[_i].line,
				     answers[_i].headers, head, sizeof head),
		    answers[_i].status);
		ck_assert_msg(!strstr(head, STS), "%s", head);
		raw_shut(&r);
	}
}
END_TEST

START_TEST(a_handshake_by_wss_says_it)
{
	char head[2048];
	struct tunnel t;

	tunnel_open(&t, d.port, NULL);
	raw_puts(&t.raw, "GET /echo HTTP/1.1\r\nHost: x\r\n"
			 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
			 "Sec-WebSocket-Version: 13\r\n"
			 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	ck_assert_int_eq(raw_head(&t.raw, head, sizeof head), 101);
	ck_assert_ptr_nonnull(strstr(head, said));
	secure_echo(&t.raw, 100);
	tunnel_shut(&t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("redirect");
	TCase *c = suite_case(s, "redirect");
	int n = sizeof answers / sizeof answers[0];

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, host_path_and_query_stay);
	tcase_add_test(c, a_file_is_not_served_there);
	tcase_add_test(c, a_body_is_not_taken_for_a_request);
	tcase_add_loop_test(c, what_cannot_be_redirected_is_refused, 0,
	    sizeof refused / sizeof refused[0]);
	tcase_add_test(c, a_websocket_is_told_to_use_wss);
	tcase_add_test(c, who_came_by_https_to_a_trusted_proxy_is_served);
	tcase_add_test(c, a_reload_changes_who_redirects);

	c = suite_case(s, "hsts");
	tcase_add_checked_fixture(c, start_hsts, stop);
	tcase_add_loop_test(c, every_answer_by_https_says_it_once, 0, n);
	tcase_add_loop_test(c, no_answer_by_http_says_it, 0, n);
	tcase_add_test(c, a_handshake_by_wss_says_it);
	return suite_run(s);
}
