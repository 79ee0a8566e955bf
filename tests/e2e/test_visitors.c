/* SPDX-License-Identifier: MIT
 *
 * test_visitors.c - http.max_per_address: how many connections that are no
 * WebSockets one address may have.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "preface.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"

#define LIMIT "http: { max_per_address = 2; request_timeout = \"1 h\"; };\n"
#define HOST  "Host: x\r\n"

static struct daemon d;

static void
start(const char *more)
{
	char text[4096];

	daemon_prepare(&d);
	snprintf(text, sizeof text, "%s" ECHO_ROUTE, more);
	daemon_start(&d, text);
}

static double
refused(void)
{
	return daemon_metric(&d, "cleat_http_crowded_total");
}

/* The answer to a request on a new connection. */
static int
ask(struct raw *r, const char *from, int port)
{
	char head[1024];

	raw_open_from(r, from, port);
	raw_puts(r, "GET /none HTTP/1.1\r\n" HOST "\r\n");
	return raw_head(r, head, sizeof head);
}

static void
expect_refusal(struct raw *r)
{
	char head[1024], body[39];

	ck_assert_int_eq(raw_head(r, head, sizeof head), 429);
	ck_assert_ptr_nonnull(strstr(head, "Retry-After: "));
	ck_assert_uint_eq(raw_take(r, body, sizeof body), sizeof body);
	ck_assert_mem_eq(
	    body, "Too many connections from your address\n", sizeof body);
	raw_expect_end(r);
	raw_shut(r);
}

/* Until the server has noticed that somebody left. */
static void
come_in_again(const char *from, int port)
{
	struct raw r;

	while (ask(&r, from, port) == 429)
		raw_shut(&r);
	raw_shut(&r);
}

START_TEST(one_address_does_not_take_all_the_room)
{
	struct raw r[3], other;

	start(LIMIT);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(ask(&r[i], "127.0.0.2", d.port), 404);
	raw_open_from(&r[2], "127.0.0.2", d.port);
	expect_refusal(&r[2]);
	daemon_log(&d, "connection refused",
	    "from=127.0.0.2:", "http.max_per_address", "limit=2", NULL);
	ck_assert_double_eq(refused(), 1);
	ck_assert_int_eq(ask(&other, "127.0.0.3", d.port), 404);
	raw_shut(&other);
	raw_shut(&r[0]);
	come_in_again("127.0.0.2", d.port);
	raw_shut(&r[1]);
	daemon_end(&d);
}
END_TEST

/* It counts elsewhere, and leaves room here. */
START_TEST(a_websocket_is_no_visitor)
{
	struct raw r[3];

	start(LIMIT);
	for (int i = 0; i < 3; i++) {
		raw_ws(&r[i], d.port, "/echo");
		raw_text(&r[i], "here");
		raw_expect(&r[i], "here");
		daemon_await(&d, "cleat_http_connections", 0);
	}
	for (int i = 0; i < 3; i++)
		raw_shut(&r[i]);
	daemon_end(&d);
}
END_TEST

/* From the accept on, also of those that never get through TLS. */
START_TEST(those_that_do_not_get_through_tls_count)
{
	struct raw r[2], late;
	struct tunnel t;
	int port;

	secure_start(&d, "tls: { " SECURE_FILES("one") " };", LIMIT);
	port = d.port;
	for (int i = 0; i < 2; i++)
		raw_open_from(&r[i], "127.0.0.1", port);
	raw_open_from(&late, "127.0.0.1", port);
	raw_expect_end(&late);
	raw_shut(&late);
	ck_assert_double_eq(refused(), 1);
	raw_puts(&r[0], "\x16\x03\x01\x02"); /* and then nothing */
	for (int i = 0; i < 2; i++)
		raw_shut(&r[i]);
	while (tunnel_try(&t, port, &(struct tunnel_wish){ 0 }) != 0)
		continue;
	tunnel_shut(&t);
	/* one that was served counts no more either */
	for (int i = 0; i < 3; i++) {
		while (tunnel_try(&t, port, &(struct tunnel_wish){ 0 }) != 0)
			continue;
		tunnel_shut(&t);
	}
	daemon_end(&d);
}
END_TEST

static void
tell(struct raw *r, const char *address)
{
	char text[256];

	raw_open(r, d.port);
	snprintf(text, sizeof text, "PROXY TCP%c %s %s 4711 80\r\n",
	    strchr(address, ':') ? '6' : '4', address,
	    strchr(address, ':') ? "::1" : "10.0.0.1");
	raw_puts(r, text);
}

static void
expect_404(struct raw *r)
{
	char head[1024];

	raw_puts(r, "GET /none HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_int_eq(raw_head(r, head, sizeof head), 404);
}

/* What the header says counts, and of IPv6 the first 64 bits. */
START_TEST(behind_a_proxy_its_clients_are_counted)
{
	static const char *const clients[][4] = {
		{ "192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.8" },
		{ "2001:db8:0:1::1", "2001:db8:0:1:ffff::1", "2001:db8:0:1::2",
		    "2001:db8:0:2::1" },
	};
	struct raw r[4];

	preface_start(&d, "", LIMIT);
	for (int i = 0; i < 4; i++) {
		tell(&r[i], clients[_i][i]);
		if (i == 2)
			expect_refusal(&r[i]);
		else
			expect_404(&r[i]);
	}
	raw_shut(&r[0]);
	raw_shut(&r[1]);
	raw_shut(&r[3]);
	daemon_end(&d);
}
END_TEST

START_TEST(a_proxy_that_is_trusted_does_not_count)
{
	struct raw r[3];

	start(LIMIT "trusted_proxies = [ \"127.0.0.1\" ];\n");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ask(&r[i], "127.0.0.1", d.port), 404);
	for (int i = 0; i < 3; i++)
		raw_shut(&r[i]);
	daemon_end(&d);
}
END_TEST

START_TEST(a_reload_changes_the_limit)
{
	struct raw r[3], late;

	start(LIMIT);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(ask(&r[i], "127.0.0.1", d.port), 404);
	daemon_config(&d, "http: { max_per_address = 3; };\n" ECHO_ROUTE);
	daemon_reload(&d);
	ck_assert_int_eq(ask(&r[2], "127.0.0.1", d.port), 404);
	raw_open(&late, d.port);
	expect_refusal(&late);
	daemon_config(&d, ECHO_ROUTE);
	daemon_reload(&d);
	ck_assert_int_eq(ask(&late, "127.0.0.1", d.port), 404);
	raw_shut(&late);
	for (int i = 0; i < 3; i++)
		raw_shut(&r[i]);
	daemon_end(&d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("visitors");
	TCase *tc = suite_case(s, "visitors");

	tcase_add_test(tc, one_address_does_not_take_all_the_room);
	tcase_add_test(tc, a_websocket_is_no_visitor);
	tcase_add_test(tc, those_that_do_not_get_through_tls_count);
	tcase_add_loop_test(tc, behind_a_proxy_its_clients_are_counted, 0, 2);
	tcase_add_test(tc, a_proxy_that_is_trusted_does_not_count);
	tcase_add_test(tc, a_reload_changes_the_limit);
	return suite_run_forked(s);
}
