/* SPDX-License-Identifier: MIT
 *
 * test_abuse.c - what somebody who takes too much is told, and that others
 * do not notice.
 *
 * Where time has to pass, or must not have passed, the test goes on asking
 * until the answer is the one that is to come sooner or later.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static void
prepare(void)
{
	daemon_prepare(&d);
}

static void
stop(void)
{
	daemon_end(&d);
}

/* The status of a handshake that a trusted proxy passes on. */
static int
knock_for(const char *client, char *head, size_t size)
{
	char headers[256];
	struct raw r;
	int status;

	snprintf(headers, sizeof headers,
	    "X-Forwarded-For: %s\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
	    client);
	raw_open(&r, d.port);
	status = raw_request(&r, "GET /echo", headers, head, size);
	raw_shut(&r);
	return status;
}

/* --- addresses ----------------------------------------------------------- */

START_TEST(handshakes_of_an_address_come_at_a_rate)
{
	char head[4096];

	daemon_start(&d, "handshake_rate = 1; handshake_burst = 4;\n"
			 "trusted_proxies = [ \"127.0.0.1\" ];\n" ECHO_ROUTE);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
		    knock_for("203.0.113.7", head, sizeof head), 101);
	while (knock_for("203.0.113.7", head, sizeof head) == 101)
		continue;
	ck_assert_msg(strstr(head, "HTTP/1.1 429 ") == head, "%s", head);
	ck_assert_ptr_nonnull(strstr(head, "Retry-After: 1\r\n"));
	daemon_log(&d, "refused", "203.0.113.7", "429", "rate", NULL);
	ck_assert_double_ge(
	    daemon_metric(&d, "cleat_connections_total{route=\"/echo\","
			      "result=\"rate\"}"),
	    1);
	/* Others come in, and so does it, later. */
	ck_assert_int_eq(knock_for("203.0.113.8", head, sizeof head), 101);
	ck_assert_int_eq(knock_for("2001:db8::7", head, sizeof head), 101);
	while (knock_for("203.0.113.7", head, sizeof head) != 101)
		continue;
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("abuse");
	TCase *c = suite_case(s, "addresses");

	tcase_add_checked_fixture(c, prepare, stop);
	tcase_add_test(c, handshakes_of_an_address_come_at_a_rate);
	return suite_run(s);
}
