/* SPDX-License-Identifier: MIT
 *
 * test_auth_methods.c - the other ways to come in: a password, a signed token,
 * a certificate. What each of them is made of is tested in tests/unit.
 */
#include "config.h"

#include <check.h>
#include <crypt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guard.h"
#include "secure.h"
#include "suite.h"
#include "unit/jwt_rig.h"
#include "visit.h"

#define PASSWORD GUARD_MARK ":pass word"
#define TOKEN	 "Authorization: Bearer " GUARD_MARK "-ann\r\n"

static struct daemon d;

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

/* --- passwords ------------------------------------------------------------ */

static void
write_passwords(const char *setting)
{
	char text[512];

	snprintf(
	    text, sizeof text, "# who\nann:%s\n", crypt(PASSWORD, setting));
	guard_write(&d, "passwords", text);
}

/* Costs a few milliseconds. */
#define CHEAP "$2b$04$uK47v4snMiJaKhIeBd/efu"
/* Costs enough for others to come meanwhile. */
#define DEAR	  "$2b$10$uK47v4snMiJaKhIeBd/efu"
#define VERY_DEAR "$2b$12$uK47v4snMiJaKhIeBd/efu"

static void
start_passwords(void)
{
	guard_prepare(&d);
	write_passwords(CHEAP);
	guard_start(&d, "drain_timeout = \"3 s\";",
	    GUARD_ROUTE("/desk", "passwords = \"passwords\"; realm = \"The "
				 "Desk\";") "," GUARD_ROUTE("/both",
		"passwords = \"passwords\"; tokens = "
		"\"tokens\"; allow = [ \"role=admin\" ];") ","
							   "{ path = "
							   "\"/close\"; "
							   "handler = "
							   "\"probe\"; refuse "
							   "= \"close\";"
							   "  auth: { "
							   "passwords = "
							   "\"passwords\"; }; "
							   "},"
							   "{ path = "
							   "\"/free\"; handler "
							   "= \"probe\"; }");
}

/* A header of Basic for "user:password". */
static const char *
basic(const char *text)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static char header[1024];
	size_t n = strlen(text);
	size_t head =
	    (size_t)snprintf(header, sizeof header, "Authorization: Basic ");
	char *to = header + head;

	for (size_t i = 0; i < n; i += 3) {
		unsigned bits = 0;

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 |
			       (i + j < n ? (unsigned char)text[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			*to++ =
			    i + j > n ? '=' : digits[bits >> (18 - 6 * j) & 63];
	}
	memcpy(to, "\r\n", 3);
	return header;
}

static const char *const wrong_passwords[] = { "ann:", "ann:x",
	"ann:" GUARD_MARK, "ann:" PASSWORD " ", "Ann:" PASSWORD, "eve:x",
	":" PASSWORD, "ann: " PASSWORD, "ann", "", "ann:x:" PASSWORD };

START_TEST(a_wrong_password_is_401)
{
	char head[2048];
	struct raw r;

	for (size_t i = 0; i < sizeof wrong_passwords / sizeof(char *); i++) {
		ck_assert_int_eq(guard_knock(&d, &r, "/desk",
				     basic(wrong_passwords[i]), head),
		    401);
		ck_assert_ptr_nonnull(
		    strstr(head, "\r\nWWW-Authenticate: Basic realm=\"The "
				 "Desk\", charset=\"UTF-8\"\r\n"));
		raw_shut(&r);
	}
	ck_assert_int_eq(guard_status(&d, "/desk", NULL), 401);
	ck_assert_int_eq(guard_status(&d, "/desk", TOKEN), 401);
	daemon_log(&d, " refused ", "login=\"a wrong name or password\"", NULL);
}
END_TEST

START_TEST(a_password_lets_in)
{
	struct raw r;

	enter(&r, "/desk", basic("ann:" PASSWORD));
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ann");
	visit_ask(&r, "var AUTH_TYPE", "AUTH_TYPE=Basic");
	visit_ask(&r, "var HTTP_AUTHORIZATION", "HTTP_AUTHORIZATION=(null)");
	visit_ask(&r, "renew x", "renew=-7");
	raw_shut(&r);
	enter(&r, "/close", basic("ann:x"));
	raw_expect_close(&r, 4401, "Not authorized");
	raw_shut(&r);
}
END_TEST

START_TEST(a_route_may_take_both)
{
	char head[2048];
	struct raw r;

	ck_assert_int_eq(guard_knock(&d, &r, "/both", NULL, head), 401);
	ck_assert_ptr_nonnull(
	    strstr(head, "\r\nWWW-Authenticate: Bearer realm=\"cleat\"\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(head, "\r\nWWW-Authenticate: Basic realm=\"cleat\", "));
	raw_shut(&r);
	enter(&r, "/both", TOKEN);
	raw_shut(&r);
	/* whose password is right, but who has no role */
	ck_assert_int_eq(
	    guard_status(&d, "/both", basic("ann:" PASSWORD)), 403);
}
END_TEST

enum { CROWD = 100 }; /* more logins than may wait */

static void
crowd_in(const char *setting, struct raw many[CROWD])
{
	char request[1024];

	write_passwords(setting);
	daemon_reload(&d);
	snprintf(request, sizeof request,
	    "GET /desk HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
	    basic("ann:" PASSWORD));
	for (int i = 0; i < CROWD; i++) {
		raw_open(&many[i], d.port);
		raw_puts(&many[i], request);
	}
}

/* Some are told so, the others come in, and who shows no password does not
 * notice. */
START_TEST(a_flood_of_logins_holds_up_nobody_else)
{
	struct raw many[CROWD], r;
	int in = 0, busy = 0, waiting = 0;
	char head[2048];

	crowd_in(DEAR, many);
	enter(&r, "/free", NULL);
	visit_ask(&r, "echo hello", "hello");
	for (int i = 0; i < CROWD; i++) {
		struct pollfd p = { .fd = many[i].fd, .events = POLLIN };

		waiting += poll(&p, 1, 0) == 0;
	}
	ck_assert_int_gt(waiting, 0);
	for (int i = 0; i < CROWD; i++) {
		int status = raw_head(&many[i], head, sizeof head);

		ck_assert_msg(status == 101 || status == 503, "%d", status);
		in += status == 101;
		busy += status == 503;
		raw_shut(&many[i]);
	}
	ck_assert_int_ge(in, 64);
	ck_assert_int_gt(busy, 0);
	raw_shut(&r);
}
END_TEST

/* To check all who wait would take longer than a stop may: then it would end
 * as if it had to be killed. */
START_TEST(a_stop_waits_for_no_crowd_of_logins)
{
	struct raw many[CROWD];
	struct pollfd any[CROWD];

	crowd_in(VERY_DEAR, many);
	for (int i = 0; i < CROWD; i++)
		any[i] = (struct pollfd){ many[i].fd, POLLIN, 0 };
	/* whoever is judged last is refused: then the queue is full */
	ck_assert_int_gt(poll(any, CROWD, PATIENCE_MS), 0);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	for (int i = 0; i < CROWD; i++)
		raw_shut(&many[i]);
}
END_TEST

/* --- signed tokens -------------------------------------------------------- */

static void
start_jwt(void)
{
	rig_start();
	guard_prepare(&d);
	guard_write(&d, "secret", RIG_SECRET "\n");
	guard_start(&d, "",
	    GUARD_ROUTE("/room", "query = \"token\"; tokens = \"tokens\";"
				 " allow = [ \"role=admin\", \"user=max\" ];"
				 " jwt: { keys = \"secret\"; form = \"secret\";"
				 "  issuers = [ \"https://login.example\" ]; "
				 "skew = 0;"
				 "  audiences = [ \"room\" ]; user = \"email\";"
				 "  claims = [ \"role=/realm/roles\", \"plan\" "
				 "]; };") "," GUARD_ROUTE("/free",
		"jwt: { keys = \"secret\"; form = \"secret\"; skew = 0; };"));
}

/* A token of `claims`, in which @ is so many seconds from now. */
static const char *
bearer(const char *claims, int seconds)
{
	static char header[4096];
	size_t n = strcspn(claims, "@");
	char text[1024], *token;

	snprintf(text, sizeof text, "%.*s%d%s", (int)n, claims,
	    (int)time(NULL) + seconds, claims + n + 1);
	token = rig_sign(HS, "{\"alg\":\"HS256\"}", text);
	snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
	free(token);
	return header;
}

#define ISSUED "\"iss\":\"https://login.example\",\"aud\":[\"room\",\"x\"],"
#define ANN    "{" ISSUED "\"email\":\"ann+x\",\"plan\":7,"
#define ADMIN  "\"realm\":{\"roles\":[\"user\",\"admin\"]},"

START_TEST(a_signed_token_says_who_it_is)
{
	struct raw r;

	enter(&r, "/room",
	    bearer(ANN ADMIN "\"secret\":\"" GUARD_MARK "\",\"exp\":@}", 900));
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ann+x");
	visit_ask(&r, "var AUTH_TYPE", "AUTH_TYPE=Bearer");
	visit_ask(&r, "var AUTH_role", "AUTH_role=user,admin");
	visit_ask(&r, "var AUTH_plan", "AUTH_plan=7");
	visit_ask(&r, "var AUTH_secret", "AUTH_secret=(null)");
	raw_shut(&r);
	enter(&r, "/free", bearer("{\"sub\":\"bob\",\"exp\":@}", 900));
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=bob");
	raw_shut(&r);
	/* beside it those of the file are good, too */
	enter(&r, "/room", TOKEN);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=ann");
	raw_shut(&r);
}
END_TEST

static const struct {
	const char *claims;
	int seconds, status;
	const char *why;
} bad_tokens[] = {
	{ ANN ADMIN "\"exp\":@}", -10, 401, "it has expired" },
	{ ANN ADMIN "\"nbf\":@,\"exp\":9000000000}", 900, 401,
	    "it is not valid yet (nbf)" },
	{ ANN ADMIN "\"iat\":@}", -1, 401,
	    "it has no exp, so it would never expire" },
	{ "{\"email\":\"ann\"," ADMIN "\"exp\":@}", 900, 401,
	    "it is from another issuer (iss)" },
	{ "{\"iss\":\"https://login.example\",\"email\":\"ann\"," ADMIN
	  "\"exp\":@}",
	    900, 401, "it is meant for somebody else (aud)" },
	{ "{" ISSUED ADMIN "\"sub\":\"ann\",\"exp\":@}", 900, 401,
	    "the claim that is the user's name is missing, or unfit" },
	/* known, but not an admin, nor max */
	{ ANN "\"realm\":{\"roles\":[\"user\",\"administrator\"]},\"exp\":@}",
	    900, 403, "not among those in allow" },
	/* a text is no list, whatever is in it */
	{ ANN "\"realm\":{\"roles\":\"user,admin\"},\"exp\":@}", 900, 403,
	    "not among those in allow" },
	{ ANN "\"role\":\"admin\",\"exp\":@}", 900, 403,
	    "not among those in allow" },
};

START_TEST(a_signed_token_is_judged)
{
	char why[128];

	ck_assert_int_eq(
	    guard_status(&d, "/room",
		bearer(bad_tokens[_i].claims, bad_tokens[_i].seconds)),
	    bad_tokens[_i].status);
	snprintf(why, sizeof why, "login=\"%s\"", bad_tokens[_i].why);
	daemon_log(&d, " refused ", why, NULL);
}
END_TEST

START_TEST(a_token_that_nobody_has_signed_is_401)
{
	char *header = strdup(bearer(ANN ADMIN "\"exp\":@}", 900));
	char *first = strchr(header, '.');
	const char *const forged = "Authorization: Bearer "
				   "eyJhbGciOiJub25lIn0.e30.\r\n";

	ck_assert_int_eq(guard_status(&d, "/room", header), 101);
	first[20] ^= first[20] == 'A' ? 3 : 1;
	ck_assert_int_eq(guard_status(&d, "/room", header), 401);
	ck_assert_int_eq(guard_status(&d, "/room", forged), 401);
	daemon_log(&d, " refused ", "login=\"its signature is wrong\"", NULL);
	daemon_log(&d, " refused ",
	    "login=\"its algorithm is not allowed here\"", NULL);
	free(header);
}
END_TEST

START_TEST(a_signed_token_ends_and_is_renewed)
{
	struct raw r, witness;
	char command[2048];
	const char *next;
	int seconds = 2;
	char head[2048];

	/* until one is good for as long as this takes */
	while (
	    guard_knock(&d, &witness, "/free",
		bearer("{\"sub\":\"bob\",\"exp\":@}", seconds), head) != 101) {
		raw_shut(&witness);
		seconds *= 2;
	}
	enter(&r, "/free", bearer("{\"sub\":\"bob\",\"exp\":@}", seconds + 8));
	next = bearer("{\"sub\":\"bob\",\"exp\":@}", 900) +
	       strlen("Authorization: Bearer ");
	snprintf(command, sizeof command, "renew %.*s",
	    (int)strcspn(next, "\r"), next);
	visit_ask(&r, command, "renew=0");
	next = bearer("{\"sub\":\"eve\",\"exp\":@}", 900) +
	       strlen("Authorization: Bearer ");
	snprintf(command, sizeof command, "renew %.*s",
	    (int)strcspn(next, "\r"), next);
	visit_ask(&r, command, "renew=-3");
	raw_expect_close(&witness, 4419, "expired");
	raw_shut(&witness);
	visit_ask(&r, "var REMOTE_USER", "REMOTE_USER=bob");
	raw_shut(&r);
}
END_TEST

/* --- certificates --------------------------------------------------------- */

static const struct tunnel_wish user = {
	.certificate = TESTS_TLS "/user.pem",
	.key = TESTS_TLS "/user-key.pem",
};
static const struct tunnel_wish nobody;

static void
start_certificates(void)
{
	guard_prepare(&d);
	daemon_config(&d,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; tls: "
	    "{ " SECURE_FILES(
		"one") " }; client_ca = \"" TESTS_TLS "/user.pem\";"
		       " client_cert = \"ask\"; } ); routes = (" GUARD_ROUTE(
			   "/cn",
			   "certificate = \"cn\";") "," GUARD_ROUTE("/dn",
			   "certificate = \"dn\";") "," GUARD_ROUTE("/dns",
			   "certificate = \"dns\";") "," GUARD_ROUTE("/email",
			   "certificate = \"email\";"
			   " allow = [ \"user=ann@example.org\" ];") "," GUARD_ROUTE("/uri",
			   "certificate = \"uri\"; tokens = \"tokens\";") "," GUARD_ROUTE("/other",
			   "certificate = \"cn\";"
			   " allow = [ \"user=bob\" ];") "," GUARD_ROUTE("/gues"
									 "ts",
			   "certificate = \"cn\"; optional = true;") ");");
	daemon_start_as_configured(&d);
	d.port = daemon_announced(&d, "listening on https://127.0.0.1");
}

/* Who comes with this wish is told that status, and is that user. */
static void
expect(const struct tunnel_wish *wish, const char *path, const char *headers,
    int status, const char *name)
{
	char answer[128];
	struct tunnel t;

	tunnel_open(&t, d.port, wish);
	ck_assert_int_eq(raw_upgrade(&t.raw, path, headers), status);
	if (name) {
		snprintf(answer, sizeof answer, "REMOTE_USER=%s", name);
		visit_ask(&t.raw, "var REMOTE_USER", answer);
	}
	tunnel_shut(&t);
}

START_TEST(a_name_in_a_certificate_lets_in)
{
	expect(&user, "/cn", NULL, 101, "ann@desk");
	expect(&user, "/dn", NULL, 101, "CN=ann@desk,O=Rooms");
	expect(&user, "/dns", NULL, 101, "desk.example");
	expect(&user, "/email", NULL, 101, "ann@example.org");
	expect(&user, "/uri", NULL, 101, "spiffe://example.org/ann");
	expect(&user, "/guests", NULL, 101, "ann@desk");
	expect(&nobody, "/guests", NULL, 101, "(null)");
}
END_TEST

START_TEST(without_a_certificate_nobody_is_asked_for_one)
{
	char head[2048];
	struct tunnel t;

	expect(&nobody, "/cn", NULL, 403, NULL);
	daemon_log(&d, " refused ", "login=\"no certificate\"", NULL);
	expect(&nobody, "/cn", "SSL-Client-S-DN-CN: ann@desk\r\n", 403, NULL);
	expect(&nobody, "/cn", "SSL_CLIENT_S_DN_CN: ann@desk\r\n", 403, NULL);
	expect(&nobody, "/cn", TOKEN, 401, NULL);
	expect(&user, "/other", NULL, 403, NULL);
	/* A token may do as well; what is shown counts, not the certificate. */
	expect(&nobody, "/uri", NULL, 401, NULL);
	expect(&nobody, "/uri", TOKEN, 101, "ann");
	expect(&user, "/uri", TOKEN, 101, "ann");
	expect(&user, "/uri", "Authorization: Bearer x\r\n", 401, NULL);
	tunnel_open(&t, d.port, &user);
	ck_assert_int_eq(raw_request(&t.raw, "GET /cn", "", head, 2048), 426);
	tunnel_shut(&t);
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

int
main(void)
{
	Suite *s = suite_create("auth/methods");
	TCase *tc = suite_case(s, "passwords");

	tcase_add_checked_fixture(tc, start_passwords, stop);
	tcase_add_test(tc, a_wrong_password_is_401);
	tcase_add_test(tc, a_password_lets_in);
	tcase_add_test(tc, a_route_may_take_both);
	tcase_add_test(tc, a_flood_of_logins_holds_up_nobody_else);
	tcase_add_test(tc, a_stop_waits_for_no_crowd_of_logins);
	tc = suite_case(s, "jwt");
	tcase_add_checked_fixture(tc, start_jwt, stop);
	tcase_add_test(tc, a_signed_token_says_who_it_is);
	tcase_add_loop_test(tc, a_signed_token_is_judged, 0, ROWS(bad_tokens));
	tcase_add_test(tc, a_token_that_nobody_has_signed_is_401);
	tcase_add_test(tc, a_signed_token_ends_and_is_renewed);
	tc = suite_case(s, "certificates");
	tcase_add_checked_fixture(tc, start_certificates, stop);
	tcase_add_test(tc, a_name_in_a_certificate_lets_in);
	tcase_add_test(tc, without_a_certificate_nobody_is_asked_for_one);
	return suite_run_forked(s);
}
