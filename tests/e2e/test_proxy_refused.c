/* SPDX-License-Identifier: MIT
 *
 * test_proxy_refused.c - who does not come in where a header of the PROXY
 * protocol is demanded, and what a reload changes.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon.h"
#include "preface.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;
static int tls_port;

static void
start(void)
{
	tls_port = preface_start_all(&d);
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- who does not come in ------------------------------------------------ */

START_TEST(strangers_are_refused_whatever_they_say)
{
	double before = preface_refused(&d, "untrusted");
	struct raw r;

	raw_open_from(&r, "127.0.0.9", _i ? tls_port : d.port);
	daemon_log(&d, "proxy refused", "127.0.0.9", "trusted_proxies", NULL);
	raw_expect_end(&r);
	raw_shut(&r);
	ck_assert_double_eq(preface_refused(&d, "untrusted"), before + 1);
}
END_TEST

static const struct wrong {
	const char *bytes;
	size_t n;
	const char *reason;
} wrong[] = {
	{ BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "absent" },
	{ BYTES("\x16\x03\x01\x02"), "absent" },
	{ BYTES("PROXY TCP4 192.0.2.7\r\n"), "malformed" },
	{ BYTES(V2 "\x21\x11\x00\x0b"), "malformed" },
	{ BYTES(V2 "\x21\x11\xff\xff"), "too_long" },
};

START_TEST(who_begins_with_something_else_is_refused)
{
	const struct wrong *w = &wrong[_i];
	double before = preface_refused(&d, w->reason);
	struct raw r;

	raw_open(&r, d.port);
	raw_put(&r, w->bytes, w->n);
	raw_expect_end(&r);
	raw_shut(&r);
	ck_assert_double_eq(preface_refused(&d, w->reason), before + 1);
	daemon_log(&d, "proxy refused", "127.0.0.1", NULL);
}
END_TEST

START_TEST(who_leaves_in_the_middle_is_counted)
{
	double before = preface_refused(&d, "unfinished");
	struct raw r;

	raw_open(&r, d.port);
	raw_puts(&r, "PROXY TCP4 ");
	shutdown(r.fd, SHUT_WR);
	raw_expect_end(&r);
	raw_shut(&r);
	ck_assert_double_eq(preface_refused(&d, "unfinished"), before + 1);
}
END_TEST

/* So do the checks of many proxies. */
START_TEST(who_only_looks_whether_we_are_here_is_not)
{
	double before = preface_refused(&d, "unfinished");
	struct raw r;

	raw_open(&r, d.port);
	shutdown(r.fd, SHUT_WR);
	raw_expect_end(&r);
	raw_shut(&r);
	ck_assert_double_eq(preface_refused(&d, "unfinished"), before);
}
END_TEST

/* --- bounds and changes -------------------------------------------------- */

START_TEST(who_does_not_go_on_is_dropped)
{
	struct raw silent, half;

	preface_start(&d, "", "http: { request_timeout = \"200 ms\"; };");
	raw_open(&silent, d.port);
	raw_open(&half, d.port);
	raw_puts(&half, "PROXY TCP4 192.0.2.7");
	raw_expect_end(&silent);
	raw_expect_end(&half);
	ck_assert_double_eq(preface_refused(&d, "late"), 2);
	raw_shut(&silent);
	raw_shut(&half);
	stop();
}
END_TEST

START_TEST(so_many_wait_and_the_oldest_gives_way)
{
	enum { MOST = 3 };
	struct raw r[MOST + 1];

	preface_start(&d, "",
	    "workers = 1; http: { max_connections = 3;"
	    "  request_timeout = \"1 h\"; };");
	for (int i = 0; i <= MOST; i++) {
		raw_open(&r[i], d.port);
		raw_puts(&r[i], "PROXY ");
	}
	raw_expect_end(&r[0]);
	ck_assert_double_eq(preface_refused(&d, "crowded"), 1);
	for (int i = 1; i <= MOST; i++) {
		raw_puts(&r[i], "TCP4 192.0.2.7 10.0.0.1 4711 80\r\n");
		ck_assert_int_eq(preface_ask(&r[i], ""), 101);
	}
	for (int i = 0; i <= MOST; i++)
		raw_shut(&r[i]);
	stop();
}
END_TEST

START_TEST(clients_are_counted_and_not_the_proxy)
{
	static const char other[] = "PROXY TCP4 192.0.2.8 10.0.0.1 4711 80\r\n";
	struct raw r[3], one;

	preface_start(&d, "", "max_per_address = 2;");
	for (int i = 0; i < 2; i++)
		preface_enter(&d, &r[i], told[0].preface, told[0].n, "");
	preface_enter(&d, &r[2], other, sizeof other - 1, "");
	raw_open(&one, d.port);
	raw_put(&one, told[3].preface, told[3].n);
	ck_assert_int_eq(preface_ask(&one, ""), 429);
	raw_shut(&one);
	for (int i = 0; i < 3; i++)
		raw_shut(&r[i]);
	stop();
}
END_TEST

/* The listener stays, and so do those that came in. */
START_TEST(a_reload_changes_who_must_say_it)
{
	char text[2048];
	struct raw before, half, r;

	preface_start(&d, "", "workers = 1;");
	raw_open(&half, d.port);
	raw_put(&half, told[0].preface, told[0].n - 1);
	/* It was accepted later. */
	preface_enter(&d, &before, told[0].preface, told[0].n, "");
	snprintf(text, sizeof text,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; } "
	    ");\n" PREFACE_ROUTES);
	daemon_config(&d, text);
	daemon_reload(&d);
	raw_open(&r, d.port);
	ck_assert_int_eq(preface_ask(&r, ""), 101);
	preface_expect(&r, "127.0.0.1", NULL);
	raw_shut(&r);
	preface_expect(&before, told[0].address, NULL);
	raw_shut(&before);
	/* It came when the header was asked for. */
	raw_put(&half, told[0].preface + told[0].n - 1, 1);
	ck_assert_int_eq(preface_ask(&half, ""), 101);
	preface_expect(&half, told[0].address, told[0].port);
	raw_shut(&half);

	snprintf(text, sizeof text,
	    "trusted_proxies = [ \"127.0.0.5\" ];\n"
	    "listen = ( { address = \"127.0.0.1\"; port = 0;"
	    "  proxy_protocol = true; } );\n" PREFACE_ROUTES);
	daemon_config(&d, text);
	daemon_reload(&d);
	raw_open(&r, d.port);
	raw_expect_end(&r);
	raw_shut(&r);
	ck_assert_double_eq(preface_refused(&d, "untrusted"), 1);
	stop();
}
END_TEST

START_TEST(a_stop_does_not_wait_for_headers)
{
	struct raw r;

	preface_start(&d, "", "http: { request_timeout = \"1 h\"; };");
	raw_open(&r, d.port);
	raw_puts(&r, "PROXY ");
	stop();
	raw_expect_end(&r);
	raw_shut(&r);
}
END_TEST

START_TEST(addresses_of_the_command_line_do_not_speak_it)
{
	char head[1024];
	struct raw r;

	daemon_prepare(&d);
	daemon_start(&d, PREFACE_TRUSTED
	    "listen = ( { port = 0; proxy_protocol = true; } );\n" ECHO_ROUTE);
	daemon_log(&d, "do not speak the PROXY protocol", NULL);
	raw_open(&r, d.port);
	ck_assert_int_eq(
	    raw_request(&r, "GET /none", "", head, sizeof head), 404);
	raw_shut(&r);
	stop();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proxy_refused");
	TCase *c = suite_case(s, "strangers");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_loop_test(c, strangers_are_refused_whatever_they_say, 0, 2);
	tcase_add_loop_test(c, who_begins_with_something_else_is_refused, 0,
	    sizeof wrong / sizeof wrong[0]);
	tcase_add_test(c, who_leaves_in_the_middle_is_counted);
	tcase_add_test(c, who_only_looks_whether_we_are_here_is_not);
	c = suite_case(s, "bounds");
	tcase_add_test(c, who_does_not_go_on_is_dropped);
	tcase_add_test(c, so_many_wait_and_the_oldest_gives_way);
	tcase_add_test(c, clients_are_counted_and_not_the_proxy);
	tcase_add_test(c, a_reload_changes_who_must_say_it);
	tcase_add_test(c, a_stop_does_not_wait_for_headers);
	tcase_add_test(c, addresses_of_the_command_line_do_not_speak_it);
	return suite_run(s);
}
