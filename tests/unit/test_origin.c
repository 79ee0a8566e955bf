/* SPDX-License-Identifier: MIT
 *
 * test_origin.c - who may connect from a browser.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "../suite.h"
#include "wire/origin.h"

static bool
allowed(const char *origin, const char *host, const char *rule)
{
	return origin_allowed(origin, host, &rule, rule ? 1 : 0);
}

START_TEST(another_host_is_refused_by_default)
{
	ck_assert(!allowed("http://evil.com", "example.com", NULL));
	ck_assert(!allowed("http://example.com.evil.com", "example.com", NULL));
	ck_assert(!allowed("http://a.example.com", "example.com", NULL));
	ck_assert(!allowed("http://example.co", "example.com", NULL));
	ck_assert(!allowed("http://example.com", NULL, NULL));
	ck_assert(!allowed("http://[::1]", "[::2]", NULL));
}
END_TEST

START_TEST(another_port_is_refused_by_default)
{
	ck_assert(!allowed("http://localhost:3000", "localhost:8080", NULL));
	ck_assert(!allowed("http://localhost", "localhost:8080", NULL));
	ck_assert(!allowed("http://localhost:8080", "localhost", NULL));
	ck_assert(!allowed("https://localhost:80", "localhost", NULL));
	ck_assert(!allowed("https://localhost", "localhost:80", NULL));
}
END_TEST

START_TEST(null_is_refused_by_all_but_null_and_star)
{
	ck_assert(!allowed("null", "null", NULL));
	ck_assert(!allowed("null", "example.com", "https://example.com"));
	ck_assert(!allowed("NULL", "example.com", "null"));
	ck_assert(!allowed("http://null", "null", "null"));
	ck_assert(allowed("null", "example.com", "null"));
	ck_assert(allowed("null", "example.com", "*"));
}
END_TEST

START_TEST(what_is_not_an_origin_is_refused_by_all_but_star)
{
	static const char *const origins[] = { "", "example.com", "http://",
		"http:example.com", "://example.com", "http://example.com/",
		"http://example.com:", "http://example.com:0",
		"http://example.com:65616", "http://example.com:80a",
		"http://example.com:000080", "http://a@example.com",
		"http://example.com http://example.com", "http://.example.com",
		"http://[::1", "http://[]", "1http://example.com",
		"http://*.example.com", "http://ex\xc3\xa4mple.com" };

	for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
		const char *rules[] = { "self", "null", origins[i],
			"http://*.example.com", "http://example.com" };

		ck_assert_msg(
		    !origin_allowed(origins[i], "example.com", rules, 5), "%s",
		    origins[i]);
		ck_assert(allowed(origins[i], "example.com", "*"));
	}
}
END_TEST

START_TEST(a_list_replaces_the_default)
{
	const char *rules[] = { "https://partner.com", "self" };

	ck_assert(!origin_allowed("https://a.com", "a.com", rules, 1));
	ck_assert(origin_allowed("https://a.com", "a.com", rules, 2));
	ck_assert(origin_allowed("https://partner.com", "a.com", rules, 2));
	ck_assert(!origin_allowed("https://b.com", "a.com", rules, 2));
}
END_TEST

START_TEST(an_exact_rule_means_scheme_host_and_port)
{
	const char *rule = "https://example.com";

	ck_assert(!allowed("http://example.com", "x", rule));
	ck_assert(!allowed("http://example.com:443", "x", rule));
	ck_assert(!allowed("https://example.com:8443", "x", rule));
	ck_assert(!allowed("https://a.example.com", "x", rule));
	ck_assert(!allowed("https://example.comx", "x", rule));
	ck_assert(allowed("https://example.com", "x", rule));
	ck_assert(allowed("https://example.com:443", "x", rule));
	ck_assert(allowed("HTTPS://EXAMPLE.com", "x", rule));
	ck_assert(!allowed("https://h", "x", "https://h:8443"));
	ck_assert(allowed("https://h:8443", "x", "https://h:8443"));
	ck_assert(allowed("app://page", "x", "app://page"));
	ck_assert(!allowed("app://page", "page", "self"));
}
END_TEST

START_TEST(a_wildcard_means_one_or_more_labels)
{
	const char *rule = "https://*.example.com";

	ck_assert(!allowed("https://example.com", "x", rule));
	ck_assert(!allowed("https://evilexample.com", "x", rule));
	ck_assert(!allowed("https://.example.com", "x", rule));
	ck_assert(!allowed("https://a.example.com.evil.com", "x", rule));
	ck_assert(!allowed("http://a.example.com", "x", rule));
	ck_assert(!allowed("https://a.example.com:8443", "x", rule));
	ck_assert(allowed("https://a.example.com", "x", rule));
	ck_assert(allowed("https://a.b.EXAMPLE.com:443", "x", rule));
	ck_assert(allowed("https://a.b.c:8443", "x", "https://*.b.c:8443"));
}
END_TEST

START_TEST(no_origin_and_the_same_origin_are_allowed_by_default)
{
	ck_assert(allowed(NULL, "example.com", NULL));
	ck_assert(allowed(NULL, "example.com", "https://partner.com"));
	ck_assert(allowed("http://localhost:8080", "localhost:8080", NULL));
	ck_assert(allowed("http://example.com", "EXAMPLE.com", NULL));
	ck_assert(allowed("https://example.com", "example.com", NULL));
	ck_assert(allowed("http://example.com", "example.com:80", NULL));
	ck_assert(allowed("https://example.com", "example.com:443", NULL));
	ck_assert(allowed("http://[::1]:8080", "[::1]:8080", NULL));
	ck_assert(allowed("http://127.0.0.1", "127.0.0.1", NULL));
}
END_TEST

START_TEST(rules_that_could_never_match_are_named)
{
	static const char *const bad[] = { "", "example.com", "*.example.com",
		"https://", "https://*", "https://*.", "https://a/",
		"https://a:x", "https://a.*.com", "https://*.[::1]",
		"https://*..com", "https://.com", "Self", "**" };
	static const char *const good[] = { "*", "null", "self",
		"https://example.com", "http://localhost:3000",
		"https://*.example.com:8443", "http://[::1]:80", "app://x" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(origin_rule_error(bad[i]) != NULL, "%s", bad[i]);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(
		    origin_rule_error(good[i]) == NULL, "%s", good[i]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("origin");
	TCase *tc = suite_case(suite, "origin");

	tcase_add_test(tc, another_host_is_refused_by_default);
	tcase_add_test(tc, another_port_is_refused_by_default);
	tcase_add_test(tc, null_is_refused_by_all_but_null_and_star);
	tcase_add_test(tc, what_is_not_an_origin_is_refused_by_all_but_star);
	tcase_add_test(tc, a_list_replaces_the_default);
	tcase_add_test(tc, an_exact_rule_means_scheme_host_and_port);
	tcase_add_test(tc, a_wildcard_means_one_or_more_labels);
	tcase_add_test(
	    tc, no_origin_and_the_same_origin_are_allowed_by_default);
	tcase_add_test(tc, rules_that_could_never_match_are_named);
	return suite_run_forked(suite);
}
