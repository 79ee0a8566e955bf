/* SPDX-License-Identifier: MIT
 *
 * test_url.c - the URLs that cleat(1) takes, and those it does not.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "url.h"

static const struct bad {
	const char *text, *why;
} bad[] = {
	{ "", "it must begin with ws:// or wss://" },
	{ "localhost:80/x", "it must begin with ws:// or wss://" },
	{ "ws:/localhost", "it must begin with ws:// or wss://" },
	{ "ws://", "the host is missing" },
	{ "ws://:80/", "the host is missing" },
	{ "ws://[]/", "the host is missing" },
	{ "ws://[::1/", "the bracket after the IPv6 address is missing" },
	{ "ws://[evil host]/", "a byte that is not visible ASCII must be "
			       "percent-encoded" },
	{ "ws://h:0/", "the port is not a number from 1 to 65535" },
	{ "ws://h:65536/", "the port is not a number from 1 to 65535" },
	{ "ws://h:99999999999999999999/",
	    "the port is not a number from 1 to 65535" },
	{ "ws://h:/", "the port is not a number from 1 to 65535" },
	{ "ws://h:80x/", "a path must begin with /" },
	{ "ws://u@h/", "a user name has no place in a WebSocket URL" },
	{ "ws://h/#top", "a fragment (#) has no place in a WebSocket URL" },
	{ "ws://h/a b", "a byte that is not visible ASCII must be "
			"percent-encoded" },
	{ "ws://h/\r\nX: 1", "a byte that is not visible ASCII must be "
			     "percent-encoded" },
	{ "ws://h/\xc3\xa4", "a byte that is not visible ASCII must be "
			     "percent-encoded" },
};

START_TEST(a_bad_url_is_refused_with_its_reason)
{
	struct url u;
	const char *why = url_parse(&u, bad[_i].text);

	ck_assert_ptr_nonnull(why);
	ck_assert_str_eq(why, bad[_i].why);
}
END_TEST

static const struct good {
	const char *text;
	bool tls;
	const char *host;
	uint16_t port;
	const char *target, *authority;
} good[] = {
	{ "ws://h", false, "h", 80, "/", "h" },
	{ "ws://h/", false, "h", 80, "/", "h" },
	{ "ws://h:80/x", false, "h", 80, "/x", "h" },
	{ "ws://h:8080/x?a=b@c", false, "h", 8080, "/x?a=b@c", "h:8080" },
	{ "ws://h?q", false, "h", 80, "/?q", "h" },
	{ "wss://h", true, "h", 443, "/", "h" },
	{ "wss://h:80", true, "h", 80, "/", "h:80" },
	{ "WS://h:65535", false, "h", 65535, "/", "h:65535" },
	{ "http://127.0.0.1:43211", false, "127.0.0.1", 43211, "/",
	    "127.0.0.1:43211" },
	{ "https://h/x", true, "h", 443, "/x", "h" },
	{ "ws://[::1]:81/e", false, "::1", 81, "/e", "[::1]:81" },
	{ "ws://[::1]", false, "::1", 80, "/", "[::1]" },
};

START_TEST(a_good_url_falls_into_its_parts)
{
	const struct good *g = &good[_i];
	struct url u;

	ck_assert_ptr_null(url_parse(&u, g->text));
	ck_assert(u.tls == g->tls);
	ck_assert_str_eq(u.host, g->host);
	ck_assert_uint_eq(u.port, g->port);
	ck_assert_str_eq(u.target, g->target);
	ck_assert_str_eq(u.authority, g->authority);
}
END_TEST

/* "ws://" and n times `fill`, behind `between`. */
static const char *
long_url(char *out, size_t n, const char *between, char fill)
{
	int at = snprintf(out, URL_TARGET_MAX, "ws://%s", between);

	memset(out + at, fill, n);
	out[(size_t)at + n] = '\0';
	return out;
}

START_TEST(host_and_path_have_their_longest)
{
	static char text[2 * URL_TARGET_MAX];
	struct url u;

	ck_assert_ptr_null(
	    url_parse(&u, long_url(text, URL_HOST_MAX, "", 'h')));
	ck_assert_str_eq(
	    url_parse(&u, long_url(text, URL_HOST_MAX + 1, "", 'h')),
	    "the host is too long");
	ck_assert_ptr_null(
	    url_parse(&u, long_url(text, URL_TARGET_MAX, "h", '/')));
	ck_assert_str_eq(
	    url_parse(&u, long_url(text, URL_TARGET_MAX + 1, "h", '/')),
	    "the path is too long");
	ck_assert_str_eq(
	    url_parse(&u, long_url(text, URL_TARGET_MAX, "h", '?')),
	    "the path is too long");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("url");
	TCase *tc = suite_case(suite, "url");

	tcase_add_loop_test(tc, a_bad_url_is_refused_with_its_reason, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tc, a_good_url_falls_into_its_parts, 0,
	    sizeof(good) / sizeof(good[0]));
	tcase_add_test(tc, host_and_path_have_their_longest);
	return suite_run_forked(suite);
}
