/* SPDX-License-Identifier: MIT
 *
 * test_logins.c - whoever fails to log in has to wait, and nobody else.
 *
 * Where time has to pass the test goes on asking until it has.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "suite.h"

#define BEARER(name) "Authorization: Bearer " GUARD_MARK "-" name "\r\n"
#define ANN	     BEARER("ann")
#define CLEO	     BEARER("cleo") /* has expired */
#define EVE	     BEARER("eve")  /* is unknown */

static struct daemon d;

static void
start(const char *delay)
{
	char top[256];

	snprintf(top, sizeof top,
	    "failed_logins = 2; login_delay = \"%s\"; login_delay_max = \"1 "
	    "h\";"
	    "trusted_proxies = [ \"127.0.0.1\" ];",
	    delay);
	guard_prepare(&d);
	guard_start(&d, top,
	    GUARD_ROUTE("/all", "tokens = \"tokens\";") "," GUARD_ROUTE(
		"/guests", "tokens = \"tokens\"; optional = true;"));
}

static void
stop(void)
{
	guard_end(&d);
}

static int
login(const char *path, const char *from, const char *headers, char head[2048])
{
	char all[512];
	struct raw r;
	int status;

	snprintf(all, sizeof all, "X-Forwarded-For: %s\r\n%s", from, headers);
	status = guard_knock(&d, &r, path, all, head);
	raw_shut(&r);
	return status;
}

static int
status(const char *from, const char *headers)
{
	char head[2048];

	return login("/all", from, headers, head);
}

START_TEST(whoever_fails_too_often_has_to_wait)
{
	char head[2048];

	start("1 h");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(status("203.0.113.7", EVE), 401);
	/* Right or wrong is not asked any more, and the answer says how long. */
	ck_assert_int_eq(login("/all", "203.0.113.7", EVE, head), 429);
	ck_assert_int_eq(login("/all", "203.0.113.7", ANN, head), 429);
	ck_assert_msg(strstr(head, "Retry-After: 3600\r\n") ||
			  strstr(head, "Retry-After: 35"),
	    "%s", head);
	ck_assert_ptr_null(strstr(head, "WWW-Authenticate"));
	daemon_log(&d, "refused", "203.0.113.7", "429", "logins", NULL);
	ck_assert_double_eq(
	    daemon_metric(&d,
		"cleat_connections_total{route=\"/all\",result=\"logins\"}"),
	    2);
	/* Who shows nothing guesses nothing. */
	ck_assert_int_eq(login("/guests", "203.0.113.7", "", head), 101);
	ck_assert_int_eq(login("/guests", "203.0.113.7", ANN, head), 429);
	/* Others come in; an IPv6 network is one. */
	ck_assert_int_eq(status("203.0.113.8", ANN), 101);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(status("2001:db8:0:1::1", EVE), 401);
	ck_assert_int_eq(status("2001:db8:0:1:ffff::1", ANN), 429);
	ck_assert_int_eq(status("2001:db8:0:2::1", ANN), 101);
	stop();
}
END_TEST

START_TEST(what_is_right_missing_or_over_is_no_failure)
{
	start("1 h");
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(status("203.0.113.7", ANN), 101);
		ck_assert_int_eq(status("203.0.113.7", CLEO), 401);
		ck_assert_int_eq(status("203.0.113.7", ""), 401);
	}
	stop();
}
END_TEST

START_TEST(the_wait_has_an_end)
{
	start("100 ms");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(status("203.0.113.7", EVE), 401);
	while (status("203.0.113.7", ANN) != 101)
		continue;
	/* That has not made good for the others: the next wait is longer. */
	ck_assert_int_eq(status("203.0.113.7", EVE), 401);
	stop();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logins");
	TCase *c = suite_case(s, "logins");

	tcase_add_test(c, whoever_fails_too_often_has_to_wait);
	tcase_add_test(c, what_is_right_missing_or_over_is_no_failure);
	tcase_add_test(c, the_wait_has_an_end);
	return suite_run(s);
}
