/* SPDX-License-Identifier: MIT
 *
 * test_tls_certificates.c - which certificate is shown, how a reload changes
 * it, and which certificates clients may show.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;

static void
stop(void)
{
	daemon_end(&d);
}

/* --- certificates --------------------------------------------------------- */

static void
expect_shown(const struct tunnel_wish *wish, const char *expected)
{
	char name[64];
	struct tunnel t;

	tunnel_open(&t, d.port, wish);
	tunnel_shown(&t, name);
	ck_assert_str_eq(name, expected);
	tunnel_shut(&t);
}

static void
start_two(void)
{
	secure_start(&d,
	    "tls = ( { " SECURE_FILES("one") " }, { " SECURE_FILES(
		"two") " } );",
	    "");
}

START_TEST(the_name_asked_for_picks_the_certificate)
{
	const struct tunnel_wish one = { .name = "one.example" };
	const struct tunnel_wish two = { .name = "two.example" };
	const struct tunnel_wish other = { .name = "other.example" };

	expect_shown(&two, "two.example");
	expect_shown(&one, "one.example");
	expect_shown(&other, "one.example");
	expect_shown(NULL, "one.example");
}
END_TEST

/* The files of a name take the place of those that the daemon reads. */
static void
put_files(const char *name)
{
	static const char *const ends[] = { ".pem", "-key.pem" };

	for (size_t i = 0; i < 2; i++) {
		char from[512], to[16], text[4096];
		size_t n;
		FILE *f;

		snprintf(from, sizeof from, TESTS_TLS "/%s%s", name, ends[i]);
		snprintf(to, sizeof to, "its%s", ends[i]);
		f = fopen(from, "re");
		ck_assert_ptr_nonnull(f);
		n = fread(text, 1, sizeof text, f);
		fclose(f);
		daemon_write(&d, to, text, n);
	}
}

START_TEST(a_certificate_that_has_expired_is_said)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	put_files("old");
	daemon_config(&d,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; tls: {"
	    " certificate = \"its.pem\"; key = \"its-key.pem\"; }; } "
	    ");" SECURE_ROUTES);
	daemon_start_as_configured(&d);
	d.port = daemon_announced(&d, "listening on https://127.0.0.1");
	daemon_log(&d, "listen.tls: the certificate", "its.pem",
	    "has expired on 2021-01-01", NULL);
	put_files("one");
	daemon_reload(&d);
	expect_shown(NULL, "one.example");
	put_files("old");
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "its.pem", "has expired on 2021-01-01", NULL);
	daemon_end(&d);
}
END_TEST

static double
ends(const char *file)
{
	char name[256];

	snprintf(name, sizeof name,
	    "cleat_tls_certificate_not_after_seconds{certificate=\"%s\"}",
	    file);
	return daemon_metric(&d, name);
}

START_TEST(when_certificates_end_is_told)
{
	char file[sizeof d.dir + 16];
	double first;

	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	put_files("old");
	daemon_config(&d,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; tls: {"
	    " certificate = \"its.pem\"; key = \"its-key.pem\"; }; },"
	    "{ address = \"127.0.0.1\"; port = 0; tls: {"
	    " certificate = \"its.pem\"; key = \"its-key.pem\"; }; } "
	    ");" SECURE_ROUTES);
	daemon_start_as_configured(&d);
	snprintf(file, sizeof file, "%s/its.pem", d.dir);
	first = ends(file);
	ck_assert_double_ge(first, 1577836800); /* 2020 */
	ck_assert_double_le(first, 1640995200); /* 2022 */
	put_files("one");
	daemon_reload(&d);
	ck_assert_double_gt(ends(file), first);
	daemon_end(&d);
}
END_TEST

START_TEST(a_key_that_everybody_may_read_is_said)
{
	static const char text[] =
	    "listen = ( { address = \"127.0.0.1\"; port = 0; tls: {"
	    " certificate = \"its.pem\"; key = \"its-key.pem\"; }; } "
	    ");" SECURE_ROUTES;
	char key[sizeof d.dir + 16], conf[sizeof d.dir + 16], said[4096];
	const char *const args[] = { "-t", "-c", conf, NULL };

	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	put_files("one");
	snprintf(key, sizeof key, "%s/its-key.pem", d.dir);
	snprintf(conf, sizeof conf, "%s/cleat.conf", d.dir);
	ck_assert_int_eq(chmod(key, 0640), 0);
	daemon_config(&d, text);
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 0);
	ck_assert_ptr_null(strstr(said, "everybody may read"));
	ck_assert_int_eq(chmod(key, 0644), 0);
	ck_assert_int_eq(daemon_run(said, sizeof said, args), 0);
	ck_assert_ptr_nonnull(strstr(said, "everybody may read the key"));
	daemon_start_as_configured(&d);
	daemon_log(&d, "everybody may read the key", "its-key.pem", NULL);
	daemon_end(&d);
}
END_TEST

START_TEST(a_reload_changes_the_certificate_and_drops_nobody)
{
	static const char conf[] =
	    "listen = ( { address = \"127.0.0.1\"; port = 0; tls: {"
	    " certificate = \"its.pem\"; key = \"its-key.pem\"; }; } "
	    ");" SECURE_ROUTES;
	struct tunnel t;

	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	put_files("one");
	daemon_config(&d, conf);
	daemon_start_as_configured(&d);
	d.port = daemon_announced(&d, "listening on https://127.0.0.1");
	tunnel_ws(&t, d.port, "/echo");
	expect_shown(NULL, "one.example");
	put_files("two");
	daemon_reload(&d);
	expect_shown(NULL, "two.example");
	secure_echo(&t.raw, 70000);
	daemon_write(&d, "its.pem", "broken", 6);
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload refused", "its.pem", NULL);
	expect_shown(NULL, "two.example");
	secure_echo(&t.raw, 10);
	tunnel_shut(&t);
	daemon_end(&d);
}
END_TEST

START_TEST(a_listener_begins_and_ends_to_speak_tls)
{
	char head[1024];
	struct tunnel t;
	struct raw r;
	int plain_port;

	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	/* The certificates stand where a reload would not reach. */
	daemon_config(&d, "sandbox: { allow_read = [ \"" TESTS_TLS "\" ]; };"
			  "listen = ( { address = \"127.0.0.1\"; port = 0; } "
			  ");" SECURE_ROUTES);
	daemon_start_as_configured(&d);
	plain_port = daemon_announced(&d, "listening on http://127.0.0.1");
	daemon_config(&d,
	    "listen = ( { address = \"127.0.0.1\"; port = 0;"
	    " tls: { " SECURE_FILES("one") " }; } );" SECURE_ROUTES);
	daemon_reload(&d);
	ck_assert_int_eq(
	    daemon_announced(&d, "listening on https://127.0.0.1"), plain_port);
	tunnel_ws(&t, plain_port, "/echo");
	daemon_config(&d, "listen = ( { address = \"127.0.0.1\"; port = 0; } "
			  ");" SECURE_ROUTES);
	daemon_reload(&d);
	raw_open(&r, plain_port);
	ck_assert_int_eq(
	    raw_request(&r, "GET /none", "", head, sizeof head), 404);
	raw_shut(&r);
	secure_echo(&t.raw, 100);
	tunnel_shut(&t);
	daemon_end(&d);
}
END_TEST

START_TEST(who_gives_addresses_is_told_that_they_are_plain)
{
	daemon_prepare(&d);
	daemon_start(&d, "listen = ( { port = 0; tls: { " SECURE_FILES(
			     "one") " }; } ); " ECHO_ROUTE);
	daemon_log(&d, "speak no TLS", NULL);
	daemon_end(&d);
}
END_TEST

/* --- clients' certificates ------------------------------------------------ */

#define CLIENTS(how)                                                 \
	"tls: { " SECURE_FILES("one") " }; client_ca = \"" TESTS_TLS \
				      "/two.pem\"; client_cert = \"" how "\";"

static const struct tunnel_wish good_client = {
	.certificate = TESTS_TLS "/two.pem",
	.key = TESTS_TLS "/two-key.pem",
};
static const struct tunnel_wish bad_client = {
	.certificate = TESTS_TLS "/one.pem",
	.key = TESTS_TLS "/one-key.pem",
};

/* With TLS 1.3 a client learns only afterwards that it is refused. */
static void
expect_refused(const struct tunnel_wish *wish)
{
	struct tunnel t;

	if (tunnel_try(&t, d.port, wish) != 0)
		return;
	raw_expect_end(&t.raw);
	tunnel_shut(&t);
}

static void
expect_known(void)
{
	struct tunnel t;

	tunnel_open(&t, d.port, &good_client);
	ck_assert_int_eq(raw_upgrade(&t.raw, "/probe", ""), 101);
	visit_ask(
	    &t.raw, "var SSL_CLIENT_S_DN", "SSL_CLIENT_S_DN=CN=two.example");
	visit_ask(&t.raw, "var SSL_CLIENT_VERIFY", "SSL_CLIENT_VERIFY=SUCCESS");
	tunnel_shut(&t);
}

START_TEST(required_certificates_must_be_good)
{
	struct tunnel_wish wish = bad_client;

	secure_start(&d, CLIENTS("require"), "");
	expect_known();
	for (size_t i = 0; i < 2; i++) {
		wish.priority = secure_versions[i];
		expect_refused(&wish);
		expect_refused(
		    &(struct tunnel_wish){ .priority = secure_versions[i] });
	}
	expect_known();
	daemon_end(&d);
}
END_TEST

START_TEST(certificates_that_are_asked_for_may_be_missing_but_not_bad)
{
	struct tunnel_wish wish = bad_client;
	struct tunnel t;

	secure_start(&d, CLIENTS("ask"), "");
	expect_known();
	for (size_t i = 0; i < 2; i++) {
		wish.priority = secure_versions[i];
		expect_refused(&wish);
		tunnel_open(&t, d.port,
		    &(struct tunnel_wish){ .priority = secure_versions[i] });
		ck_assert_int_eq(raw_upgrade(&t.raw, "/probe", ""), 101);
		visit_ask(
		    &t.raw, "var SSL_CLIENT_S_DN", "SSL_CLIENT_S_DN=(null)");
		tunnel_shut(&t);
	}
	daemon_end(&d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tls certificates");
	TCase *tc = suite_case(s, "names");

	tcase_add_unchecked_fixture(tc, start_two, stop);
	tcase_add_test(tc, the_name_asked_for_picks_the_certificate);
	tc = suite_case(s, "alone");
	tcase_add_test(tc, a_certificate_that_has_expired_is_said);
	tcase_add_test(tc, when_certificates_end_is_told);
	tcase_add_test(tc, a_key_that_everybody_may_read_is_said);
	tcase_add_test(tc, a_reload_changes_the_certificate_and_drops_nobody);
	tcase_add_test(tc, a_listener_begins_and_ends_to_speak_tls);
	tcase_add_test(tc, who_gives_addresses_is_told_that_they_are_plain);
	tcase_add_test(tc, required_certificates_must_be_good);
	tcase_add_test(
	    tc, certificates_that_are_asked_for_may_be_missing_but_not_bad);
	return suite_run(s);
}
