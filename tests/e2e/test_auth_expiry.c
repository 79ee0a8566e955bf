/* SPDX-License-Identifier: MIT
 *
 * test_auth_expiry.c - how long who has come in may stay, and how it stays
 * longer.
 *
 * How long a machine takes to let somebody in nobody knows: a token whose end
 * is waited for is made anew, and for longer, until it was good for that. What
 * must not end is tried behind something that did.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "guard.h"
#include "suite.h"
#include "visit.h"

#define BEARER(name) "Authorization: Bearer " GUARD_MARK "-" name "\r\n"
#define TOKEN(name)  GUARD_MARK "-" name

static struct daemon d;

/* A file in which so many seconds from now some tokens end. */
static void
write_tokens(int seconds, const char *more)
{
	time_t end = time(NULL) + seconds;
	char text[2048], until[32];
	struct tm tm;

	gmtime_r(&end, &tm);
	strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(text, sizeof text,
	    "soon %s until=%s role=admin\n"
	    "soon %s until=2090-01-01 role=guest\n"
	    "soon %s role=admin until=2001-01-01\n"
	    "other %s role=admin\n%s",
	    guard_digest(TOKEN("first")), until, guard_digest(TOKEN("next")),
	    guard_digest(TOKEN("past")), guard_digest(TOKEN("other")), more);
	guard_write(&d, "tokens", text);
}

static void
start(void)
{
	guard_prepare(&d);
	write_tokens(3600, "");
	guard_start(&d, "",
	    GUARD_ROUTE("/room", "tokens = \"tokens\";") "," GUARD_ROUTE(
		"/admin",
		"tokens = \"tokens\";"
		" allow = [ \"role=admin\" ];") ","
						"{ path = \"/brief\"; handler "
						"= \"probe\";"
						"  max_lifetime = \"2 s\"; "
						"auth: { tokens = \"tokens\"; "
						"}; },"
						"{ path = \"/free\"; handler = "
						"\"probe\"; }");
}

static void
stop(void)
{
	guard_end(&d);
}

static void
enter(struct raw *r, const char *path, const char *headers)
{
	char head[2048];

	ck_assert_int_eq(guard_knock(&d, r, path, headers, head), 101);
}

/* With a token that soon ends. */
static void
enter_for_a_while(struct raw *r, int seconds)
{
	char head[2048];

	for (;; seconds *= 2) {
		write_tokens(seconds, "");
		daemon_reload(&d);
		if (guard_knock(&d, r, "/room", BEARER("first"), head) == 101)
			return;
		raw_shut(r);
		ck_assert_int_lt(seconds, 60);
	}
}

START_TEST(a_token_that_ends_ends_the_connection)
{
	struct raw r;

	enter_for_a_while(&r, 1);
	raw_expect_close(&r, 4419, "authentication has expired");
	raw_shut(&r);
	daemon_log(
	    &d, " closed ", "user=soon", "code=4419", "why=expired", NULL);
	ck_assert_int_eq(guard_status(&d, "/room", BEARER("first")), 401);
}
END_TEST

START_TEST(a_lifetime_that_ends_first_is_what_is_said)
{
	struct raw r;

	enter(&r, "/brief", BEARER("first"));
	visit_ask(&r, "expire 60000", "expire=0");
	raw_expect_close(&r, 1001, "maximum lifetime");
	raw_shut(&r);
}
END_TEST

START_TEST(a_handler_says_until_when)
{
	struct raw r;

	enter(&r, "/free", NULL);
	visit_ask(&r, "expire 50", "expire=0");
	raw_expect_close(&r, 4419, "expired");
	raw_shut(&r);
	enter(&r, "/free", NULL);
	visit_ask(&r, "expire 1", "expire=0");
	raw_expect_close(&r, 4419, "expired");
	raw_shut(&r);
}
END_TEST

/* What was taken back does not come true: the other one, which is later, has
 * to come first. */
START_TEST(a_later_word_replaces_an_earlier_one)
{
	struct raw r, other;

	enter(&r, "/free", NULL);
	enter(&other, "/free", NULL);
	visit_ask(&r, "expire 2000", "expire=0");
	visit_ask(&other, "expire 2500", "expire=0");
	visit_ask(&r, "expire 0", "expire=0");
	raw_expect_close(&other, 4419, "expired");
	visit_ask(&r, "echo still", "still");
	raw_shut(&r);
	raw_shut(&other);
}
END_TEST

START_TEST(the_lifetime_stays_when_the_expiry_goes)
{
	struct raw r;

	enter(&r, "/brief", BEARER("other"));
	visit_ask(&r, "expire 50000", "expire=0");
	visit_ask(&r, "expire 0", "expire=0");
	raw_expect_close(&r, 1001, "maximum lifetime");
	raw_shut(&r);
}
END_TEST

START_TEST(another_token_lets_one_stay)
{
	struct raw r, witness;

	enter_for_a_while(&r, 4);
	enter(&witness, "/room", BEARER("first"));
	visit_ask(&r, "var AUTH_role", "AUTH_role=admin");
	visit_ask(&r, "renew " TOKEN("next"), "renew=0");
	visit_ask(&r, "var AUTH_role", "AUTH_role=guest");
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=soon");
	visit_ask(&r, "var AUTH_TYPE", "AUTH_TYPE=Bearer");
	visit_ask(&r, "var REMOTE_ADDR", "REMOTE_ADDR=127.0.0.1");
	visit_ask(&r, "var REQUEST_URI", "REQUEST_URI=/room");
	raw_expect_close(&witness, 4419, "expired");
	visit_ask(&r, "echo still", "still");
	raw_shut(&r);
	raw_shut(&witness);
}
END_TEST

START_TEST(what_renews_nothing_changes_nothing)
{
	struct raw r;

	enter_for_a_while(&r, 4);
	visit_ask(&r, "renew " TOKEN("eve"), "renew=-3");
	visit_ask(&r, "renew " TOKEN("past"), "renew=-3");
	/* somebody else's */
	visit_ask(&r, "renew " TOKEN("other"), "renew=-3");
	visit_ask(&r, "renew ", "renew=-3");
	visit_ask(&r, "renew a b", "renew=-3");
	visit_ask(&r, "var AUTH_role", "AUTH_role=admin");
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=soon");
	raw_expect_close(&r, 4419, "expired");
	raw_shut(&r);
	/* good, but the route does not allow what it says */
	enter(&r, "/admin", BEARER("other"));
	visit_ask(&r, "renew " TOKEN("next"), "renew=-3");
	raw_shut(&r);
	enter(&r, "/free", NULL);
	visit_ask(&r, "renew " TOKEN("next"), "renew=-7");
	raw_shut(&r);
}
END_TEST

START_TEST(what_a_reload_has_taken_away_renews_nothing)
{
	struct raw r;
	char line[128];

	enter(&r, "/room", BEARER("other"));
	snprintf(line, sizeof line, "other %s role=late\n",
	    guard_digest(TOKEN("late")));
	guard_write(&d, "tokens", line);
	daemon_reload(&d);
	visit_ask(&r, "renew " TOKEN("other"), "renew=-3");
	visit_ask(&r, "var AUTH_role", "AUTH_role=admin");
	visit_ask(&r, "renew " TOKEN("late"), "renew=0");
	visit_ask(&r, "var AUTH_role", "AUTH_role=late");
	raw_shut(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("auth/expiry");
	TCase *tc = suite_case(s, "expiry");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, a_token_that_ends_ends_the_connection);
	tcase_add_test(tc, a_lifetime_that_ends_first_is_what_is_said);
	tcase_add_test(tc, a_handler_says_until_when);
	tcase_add_test(tc, a_later_word_replaces_an_earlier_one);
	tcase_add_test(tc, the_lifetime_stays_when_the_expiry_goes);
	tcase_add_test(tc, another_token_lets_one_stay);
	tcase_add_test(tc, what_renews_nothing_changes_nothing);
	tcase_add_test(tc, what_a_reload_has_taken_away_renews_nothing);
	return suite_run_forked(s);
}
