/* SPDX-License-Identifier: MIT
 *
 * test_redirect.c - where a request without TLS is sent, and which Host
 * headers get no answer that repeats them.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "http/redirect.h"
#include "http/target.h"
#include "../suite.h"

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static const char *const no_hosts[] = {
	NULL,
	"",
	" ",
	".",
	".example.org",
	"example.org ",
	" example.org",
	"example.org/",
	"example.org/evil.org",
	"example.org?x",
	"example.org#x",
	"user@example.org",
	"user:word@example.org",
	"example.org:",
	"example.org:0",
	"example.org:65536",
	"example.org:80:80",
	"example.org:8x",
	"example.org\\evil.org",
	"example.org, evil.org",
	"example.org\r\nSet-Cookie: a=b",
	"example.org\n",
	"example.org\t",
	"ex%0d%0aample.org",
	"[::1",
	"::1",
	"[]",
	"[::1]x",
	"[::1%eth0]",
	"[::1]:x",
	"ex\xc3\xa4mple.org",
	"<script>",
	"*",
};

START_TEST(a_host_that_is_none_gets_nothing_repeated)
{
	const struct target target = { .raw = "/" };
	bool refused = false;

	ck_assert_ptr_null(
	    redirect_location("https://*", no_hosts[_i], &target, &refused));
	ck_assert(refused);
}
END_TEST

static const struct {
	const char *to, *host, *raw, *where;
} sent[] = {
	{ "https://*", "example.org", "/", "https://example.org/" },
	{ "https://*", "example.org:8080", "/a?b=c&d",
	    "https://example.org/a?b=c&d" },
	{ "https://*:8443", "example.org:80", "/",
	    "https://example.org:8443/" },
	{ "https://*:8443", "[2001:db8::1]:80", "/x",
	    "https://[2001:db8::1]:8443/x" },
	{ "https://*", "[::1]", "/", "https://[::1]/" },
	{ "https://*", "A_b-c.D", "/%41", "https://A_b-c.D/%41" },
	/* whatever the path looks like, the host is what stands first */
	{ "https://*", "example.org", "//evil.org/",
	    "https://example.org//evil.org/" },
	{ "https://*", "example.org", "/@evil.org",
	    "https://example.org/@evil.org" },
	{ "https://www.example.org", "evil.org", "/a?b",
	    "https://www.example.org/a?b" },
	{ "https://www.example.org:8443", NULL, "/",
	    "https://www.example.org:8443/" },
	{ "https://[::1]:8443", "no host", "/", "https://[::1]:8443/" },
};

START_TEST(host_and_path_stay)
{
	const struct target target = { .raw = sent[_i].raw };
	bool refused = true;
	char *where =
	    redirect_location(sent[_i].to, sent[_i].host, &target, &refused);

	ck_assert(!refused);
	ck_assert_str_eq(where, sent[_i].where);
	free(where);
}
END_TEST

START_TEST(listeners_are_told_apart_by_their_number)
{
	static struct redirects all = { .n = 2,
		.v = { { .listener = 3, .to = "https://a" },
		    { .listener = 7, .to = "https://b" } } };

	ck_assert_ptr_null(redirect_find(&all, 0));
	ck_assert_ptr_null(redirect_find(&all, 4));
	ck_assert_ptr_eq(redirect_find(&all, 3), &all.v[0]);
	ck_assert_ptr_eq(redirect_find(&all, 7), &all.v[1]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("redirect");
	TCase *c = suite_case(s, "redirect");

	tcase_add_loop_test(
	    c, a_host_that_is_none_gets_nothing_repeated, 0, COUNT(no_hosts));
	tcase_add_loop_test(c, host_and_path_stay, 0, COUNT(sent));
	tcase_add_test(c, listeners_are_told_apart_by_their_number);
	return suite_run(s);
}
