/* SPDX-License-Identifier: MIT
 *
 * test_auth.c - who may come in: tokens of a file, in all the places where
 * they may be, and nobody else.
 *
 * Whatever happens here, no test finds a secret in what the daemon has
 * written: guard_end() looks.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "suite.h"
#include "visit.h"

#define BEARER(name) "Authorization: Bearer " GUARD_MARK "-" name "\r\n"
#define TOKEN(name)  GUARD_MARK "-" name

static struct daemon d;

static void
start(void)
{
	guard_prepare(&d);
	guard_start(&d, "",
	    GUARD_ROUTE("/all", "tokens = \"tokens\"; cookie = \"sid\"; query "
				"= \"token\";"
				" protocol = \"cleat.bearer\"; realm = \"The "
				"Rooms\";") "," GUARD_ROUTE("/header",
		"tokens = \"tokens\";") "," GUARD_ROUTE("/admin",
		"tokens = \"tokens\";"
		" allow = [ \"role=admin\", \"user=dora\" ];") "," GUARD_ROUTE("/guests",
		"tokens = \"tokens\"; optional = true;") ","
							 "{ path = \"/close\"; "
							 "handler = \"probe\"; "
							 "refuse = \"close\";"
							 "  auth: { tokens = "
							 "\"tokens\"; allow = "
							 "[ \"role=admin\" ]; "
							 "}; },"
							 "{ path = \"/free\"; "
							 "handler = \"probe\";"
							 "  keep_vars = [ "
							 "\"HTTP_"
							 "AUTHORIZATION\" ]; "
							 "}");
}

static void
stop(void)
{
	guard_end(&d);
}

/* --- a crash -------------------------------------------------------------- */

/* What kills the daemon says who was served, and not with which token. */
START_TEST(the_report_of_a_crash_has_no_secret_in_it)
{
	char head[2048];
	struct raw r;

	guard_prepare(&d);
	daemon_install(&d, "tests/plugins/doomed.so", "doomed.so");
	guard_start(&d, "workers = 1;",
	    "{ path = \"/doom/*\"; handler = \"doomed\"; auth: {"
	    "  tokens = \"tokens\"; query = \"token\"; }; "
	    "  keep_vars = [ \"QUERY_STRING\", \"REQUEST_URI\" ]; }");
	ck_assert_int_eq(
	    guard_knock(&d, &r, "/doom/1?token=" TOKEN("ann"), NULL, head),
	    101);
	raw_text(&r, "fault");
	daemon_log(&d, "cleatd: SIGSEGV", " route=/doom/* ", NULL);
	ck_assert_int_ne(daemon_wait(&d), 0);
	ck_assert_ptr_null(strstr(d.log, GUARD_MARK));
	daemon_forget(&d);
	raw_shut(&r);
	daemon_end(&d);
}
END_TEST

/* --- refusals ------------------------------------------------------------- */

static const struct {
	const char *path, *headers;
} wrong[] = {
	{ "/all", "Authorization: Bearer " TOKEN("eve") "\r\n" },
	{ "/all", BEARER("cleo") }, /* has expired */
	{ "/all", "Authorization: Bearer\r\n" },
	{ "/all", "Authorization: Bearer \r\n" },
	{ "/all", "Authorization: \r\n" },
	{ "/all", "Authorization: " TOKEN("ann") "\r\n" },
	{ "/all", "Authorization: Token " TOKEN("ann") "\r\n" },
	{ "/all", "Authorization: Bearer " TOKEN("ann") " x\r\n" },
	{ "/all", "Authorization: Bearer " TOKEN("ann") ",\r\n" },
	{ "/all", "Authorization: Bearer\t" TOKEN("ann") "\r\n" },
	{ "/all", "Authorization: Bearer \"" TOKEN("ann") "\"\r\n" },
	{ "/all", "Authorization: Basic ZG9udC10ZWxsOnB3\r\n" },
	/* several, be they the same */
	{ "/all", BEARER("ann") BEARER("ann") },
	{ "/all", BEARER("ann") "authorization: Bearer x\r\n" },
	{ "/all", BEARER("ann") "Authorization: Basic YTpi\r\n" },
	{ "/all", BEARER("ann") "Cookie: sid=" TOKEN("ann") "\r\n" },
	{ "/all?token=" TOKEN("ann"), BEARER("ann") },
	{ "/all?token=" TOKEN("ann") "&token=" TOKEN("ann"), NULL },
	{ "/all?token=" TOKEN("ann") "&t%6fken=" TOKEN("bob"), NULL },
	{ "/all", "Cookie: sid=" TOKEN("ann") "; sid=" TOKEN("ann") "\r\n" },
	{ "/all",
	    "Cookie: sid=" TOKEN("ann") "\r\n"
					"Cookie: sid=" TOKEN("bob") "\r\n" },
	{ "/all", "Sec-WebSocket-Protocol: cleat.bearer." TOKEN(
		      "ann") ", cleat.bearer." TOKEN("bob") "\r\n" },
	{ "/all?token=" TOKEN("ann"),
	    "Sec-WebSocket-Protocol: cleat.bearer." TOKEN("ann") "\r\n" },
	/* elsewhere */
	{ "/all?Token=" TOKEN("ann"), NULL },
	{ "/all", "Cookie: SID=" TOKEN("ann") "\r\n" },
	{ "/all", "Cookie: sid =" TOKEN("ann") "\r\n" },
	{ "/all", "Sec-WebSocket-Protocol: Cleat.Bearer." TOKEN("ann") "\r\n" },
	{ "/all", "X-Authorization: Bearer " TOKEN("ann") "\r\n" },
	{ "/all", "Proxy-Authorization: Bearer " TOKEN("ann") "\r\n" },
	{ "/header?token=" TOKEN("ann"), NULL },
	{ "/header", "Cookie: sid=" TOKEN("ann") "\r\n" },
	{ "/header",
	    "Sec-WebSocket-Protocol: cleat.bearer." TOKEN("ann") "\r\n" },
	/* nearly right */
	{ "/all", "Authorization: Bearer " TOKEN("an") "\r\n" },
	{ "/all", "Authorization: Bearer " TOKEN("annn") "\r\n" },
	{ "/all", "Authorization: Bearer " TOKEN("Ann") "\r\n" },
	{ "/all?token=" TOKEN("ann") "%00", NULL },
	{ "/all?token=" TOKEN("ann") "%0a", NULL },
	{ "/all?token=+" TOKEN("ann"), NULL },
	/* nothing, or as good as that */
	{ "/all", NULL },
	{ "/all?token=", NULL },
	{ "/all?token", NULL },
	{ "/all", "Cookie: sid=\r\n" },
	{ "/all", "Sec-WebSocket-Protocol: cleat.bearer.\r\n" },
	{ "/all", "Sec-WebSocket-Protocol: cleat.bearer\r\n" },
	/* what is right does not help what is wrong */
	{ "/guests", "Authorization: Bearer " TOKEN("eve") "\r\n" },
	{ "/guests", BEARER("cleo") },
};

START_TEST(what_is_wrong_is_401)
{
	char head[2048];
	struct raw r;
	int status =
	    guard_knock(&d, &r, wrong[_i].path, wrong[_i].headers, head);

	ck_assert_msg(status == 401, "%s %s: %d", wrong[_i].path,
	    wrong[_i].headers, status);
	ck_assert_ptr_nonnull(
	    strstr(head, "\r\nWWW-Authenticate: Bearer realm=\""));
	ck_assert_ptr_null(strstr(head, GUARD_MARK));
	raw_shut(&r);
}
END_TEST

START_TEST(a_401_says_what_it_asks_for)
{
	char head[2048], body[512] = "";
	struct raw r;

	ck_assert_int_eq(guard_knock(&d, &r, "/all", NULL, head), 401);
	ck_assert_ptr_nonnull(strstr(
	    head, "\r\nWWW-Authenticate: Bearer realm=\"The Rooms\"\r\n"));
	raw_shut(&r);
	ck_assert_int_eq(guard_knock(&d, &r, "/all", BEARER("eve"), head), 401);
	ck_assert_ptr_nonnull(
	    strstr(head, "\r\nWWW-Authenticate: Bearer realm=\"The Rooms\", "
			 "error=\"invalid_token\"\r\n"));
	raw_take(&r, body, 20);
	ck_assert_ptr_null(strstr(body, GUARD_MARK));
	raw_shut(&r);
	daemon_log(&d, " refused ", "status=401", "why=unauthorized",
	    "login=\"no credential\"", NULL);
	daemon_log(
	    &d, " refused ", "status=401", "login=\"an unknown token\"", NULL);
}
END_TEST

START_TEST(who_is_known_and_may_not_is_403)
{
	char head[2048];
	struct raw r;

	ck_assert_int_eq(
	    guard_knock(&d, &r, "/admin", BEARER("bob"), head), 403);
	ck_assert_ptr_null(strstr(head, "WWW-Authenticate"));
	raw_shut(&r);
	daemon_log(
	    &d, " refused ", "user=bob", "status=403", "why=forbidden", NULL);
	ck_assert_int_eq(guard_status(&d, "/admin", BEARER("cleo")), 401);
	ck_assert_int_eq(guard_status(&d, "/admin", BEARER("ann")), 101);
	ck_assert_int_eq(guard_status(&d, "/admin", BEARER("dora")), 101);
}
END_TEST

START_TEST(a_refusal_may_be_a_close)
{
	char head[2048];
	struct raw r;

	ck_assert_int_eq(guard_knock(&d, &r, "/close", NULL, head), 101);
	raw_expect_close(&r, 4401, "Not authorized");
	raw_shut(&r);
	ck_assert_int_eq(
	    guard_knock(&d, &r, "/close", BEARER("bob"), head), 101);
	raw_expect_close(&r, 4403, "may not come in");
	raw_shut(&r);
	ck_assert_int_eq(
	    guard_knock(&d, &r, "/close", BEARER("ann"), head), 101);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ann");
	raw_shut(&r);
}
END_TEST

/* A request that is too large is refused as any other is. */
START_TEST(a_token_of_any_length_is_answered)
{
	static char headers[12000];
	size_t n =
	    (size_t)snprintf(headers, sizeof headers, "Authorization: Bearer ");

	memset(headers + n, 'a', 9000);
	snprintf(headers + n + 9000, 16, "\r\n");
	ck_assert_int_eq(guard_status(&d, "/all", headers), 401);
	daemon_log(&d, " refused ", "login=\"a token that is too long\"", NULL);
}
END_TEST

/* --- places --------------------------------------------------------------- */

static const struct {
	const char *path, *headers, *protocol;
} right[] = {
	{ "/all", BEARER("ann"), NULL },
	{ "/all", "authorization: bearer " TOKEN("ann") "\r\n", NULL },
	{ "/all", "AUTHORIZATION: BEARER   " TOKEN("ann") "\r\n", NULL },
	{ "/all?token=" TOKEN("ann"), NULL, NULL },
	{ "/all?a=b&token=" TOKEN("ann") "&c=d", NULL, NULL },
	{ "/all?t%6fken=dont%2Dtell-ann", NULL, NULL },
	{ "/all?token=&a=b", BEARER("ann"), NULL },
	{ "/all", "Cookie: a=b; sid=" TOKEN("ann") "; c=d\r\n", NULL },
	{ "/all", "Cookie: a=b\r\nCookie: sid=" TOKEN("ann") "\r\n", NULL },
	{ "/all", "Cookie: sid=\r\n" BEARER("ann"), NULL },
	{ "/all",
	    "Sec-WebSocket-Protocol: chat, cleat.bearer." TOKEN("ann") "\r\n",
	    "chat" },
	{ "/all",
	    "Sec-WebSocket-Protocol: cleat.bearer." TOKEN("ann") ",super\r\n",
	    "super" },
	{ "/all",
	    "Sec-WebSocket-Protocol: cleat.bearer." TOKEN(
		"ann") "\r\n"
		       "Sec-WebSocket-Protocol: chat\r\n",
	    "chat" },
	{ "/all", "Sec-WebSocket-Protocol: cleat.bearer." TOKEN("ann") "\r\n",
	    NULL },
	/* where nothing of the kind is looked for it is no second one */
	{ "/header?token=x", BEARER("ann") "Cookie: sid=x\r\n", NULL },
};

START_TEST(a_token_is_found_where_it_may_be)
{
	char head[2048], line[128];
	const char *protocol;
	struct raw r;

	ck_assert_int_eq(
	    guard_knock(&d, &r, right[_i].path, right[_i].headers, head), 101);
	ck_assert_ptr_null(strstr(head, GUARD_MARK));
	protocol = strstr(head, "Sec-WebSocket-Protocol: ");
	if (right[_i].protocol) {
		snprintf(line, sizeof line, "Sec-WebSocket-Protocol: %s\r\n",
		    right[_i].protocol);
		ck_assert_ptr_nonnull(protocol);
		ck_assert_int_eq(strncmp(protocol, line, strlen(line)), 0);
	} else {
		ck_assert_ptr_null(protocol);
	}
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ann");
	visit_ask(&r, "var AUTH_TYPE", "AUTH_TYPE=Bearer");
	visit_ask(&r, "var AUTH_role", "AUTH_role=admin");
	visit_ask(&r, "var AUTH_plan", "AUTH_plan=pro");
	visit_ask(&r, "var AUTH_other", "AUTH_other=(null)");
	raw_shut(&r);
}
END_TEST

/* --- what a handler sees -------------------------------------------------- */

START_TEST(a_handler_never_sees_the_credential)
{
	char head[2048];
	struct raw r;

	ck_assert_int_eq(
	    guard_knock(&d, &r, "/all?a=1&token=" TOKEN("ann") "&q=2",
		"Cookie: x=y; sid=; z=w\r\n", head),
	    101);
	visit_ask(&r, "var QUERY_STRING", "QUERY_STRING=a=1&q=2");
	visit_ask(&r, "var REQUEST_URI", "REQUEST_URI=/all?a=1&q=2");
	visit_ask(&r, "var HTTP_COOKIE", "HTTP_COOKIE=x=y; z=w");
	visit_ask(&r, "request", "query=2 cookie=- now=0");
	raw_shut(&r);
	ck_assert_int_eq(guard_knock(&d, &r, "/all",
			     "Cookie: sid=" TOKEN("ann") "\r\n", head),
	    101);
	visit_ask(&r, "request", "query=- cookie=- now=0");
	visit_ask(&r, "var HTTP_COOKIE", "HTTP_COOKIE=");
	raw_shut(&r);
	ck_assert_int_eq(guard_knock(&d, &r, "/all", BEARER("ann"), head), 101);
	visit_ask(&r, "var HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION=(null)");
	raw_shut(&r);
	ck_assert_int_eq(guard_knock(&d, &r, "/all",
			     "Sec-WebSocket-Protocol: a, cleat.bearer." TOKEN(
				 "ann") ",chat\r\n",
			     head),
	    101);
	visit_ask(&r, "var HTTP_SEC_WEBSOCKET_PROTOCOL",
	    "HTTP_SEC_WEBSOCKET_PROTOCOL=a, chat");
	raw_shut(&r);
	/* Without the group it is the handler's own to read. */
	ck_assert_int_eq(guard_knock(&d, &r, "/free",
			     "Authorization: Bearer open\r\n", head),
	    101);
	visit_ask(
	    &r, "var HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION=Bearer open");
	raw_shut(&r);
}
END_TEST

START_TEST(nobody_can_forge_who_he_is)
{
	static const char headers[] = "Auth-Role: admin\r\nAUTH_role: admin\r\n"
				      "Remote-User: root\r\n"
				      "REMOTE_USER: root\r\n"
				      "Auth-Type: Basic\r\n";
	char head[2048];
	struct raw r;

	ck_assert_int_eq(
	    guard_knock(&d, &r, "/guests?AUTH_role=admin", headers, head), 101);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=(null)");
	visit_ask(&r, "var AUTH_role", "AUTH_role=(null)");
	visit_ask(&r, "var AUTH_TYPE", "AUTH_TYPE=(null)");
	visit_ask(&r, "var HTTP_AUTH_ROLE", "HTTP_AUTH_ROLE=admin");
	raw_shut(&r);
	ck_assert_int_eq(guard_knock(&d, &r, "/guests",
			     "Auth-Role: admin\r\n" BEARER("bob"), head),
	    101);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=bob");
	visit_ask(&r, "var AUTH_role", "AUTH_role=(null)");
	raw_shut(&r);
}
END_TEST

/* --- reload --------------------------------------------------------------- */

START_TEST(a_reload_reads_the_file_and_drops_nobody)
{
	char head[2048];
	struct raw r;

	ck_assert_int_eq(
	    guard_knock(&d, &r, "/header", BEARER("bob"), head), 101);
	/* the SHA-256 of "other" */
	guard_write(&d, "tokens",
	    "max d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fc"
	    "ffa\n");
	ck_assert_int_eq(guard_status(&d, "/header", BEARER("bob")), 101);
	daemon_reload(&d);
	ck_assert_int_eq(guard_status(&d, "/header", BEARER("bob")), 401);
	ck_assert_int_eq(
	    guard_status(&d, "/header", "Authorization: Bearer other\r\n"),
	    101);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=bob");
	guard_write(&d, "tokens", "max " GUARD_MARK "\n");
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload refused", "auth.tokens", "line 1", NULL);
	ck_assert_int_eq(
	    guard_status(&d, "/header", "Authorization: Bearer other\r\n"),
	    101);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=bob");
	raw_shut(&r);
}
END_TEST

START_TEST(the_access_log_says_who_came)
{
	char head[2048];
	struct raw r;

	ck_assert_int_eq(
	    guard_knock(&d, &r, "/all?token=" TOKEN("ann"), NULL, head), 101);
	daemon_log(&d, " upgraded ", "user=ann", NULL);
	raw_close(&r, 1000, "");
	raw_expect_close(&r, 1000, "");
	raw_shut(&r);
	daemon_log(&d, " closed ", "user=ann", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("auth");
	TCase *tc = suite_case(s, "auth");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_loop_test(
	    tc, what_is_wrong_is_401, 0, sizeof wrong / sizeof wrong[0]);
	tcase_add_test(tc, a_401_says_what_it_asks_for);
	tcase_add_test(tc, who_is_known_and_may_not_is_403);
	tcase_add_test(tc, a_refusal_may_be_a_close);
	tcase_add_test(tc, a_token_of_any_length_is_answered);
	tcase_add_loop_test(tc, a_token_is_found_where_it_may_be, 0,
	    sizeof right / sizeof right[0]);
	tcase_add_test(tc, a_handler_never_sees_the_credential);
	tcase_add_test(tc, nobody_can_forge_who_he_is);
	tcase_add_test(tc, a_reload_reads_the_file_and_drops_nobody);
	tcase_add_test(tc, the_access_log_says_who_came);
	tc = suite_case(s, "crash");
	tcase_add_test(tc, the_report_of_a_crash_has_no_secret_in_it);
	return suite_run_forked(s);
}
