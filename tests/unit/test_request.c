/* SPDX-License-Identifier: MIT
 *
 * test_request.c - what a request answers, and what is kept of it.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "host/details.h"
#include "host/kept.h"
#include "host/request.h"
#include "host_rig.h"

static struct request *
request(const char *query, const struct request_header *headers, size_t n)
{
	struct request_parts parts = { .method = "GET",
		.target = "/room/a%20b?x",
		.version = "HTTP/1.1",
		.path = "/room/a b",
		.script_len = 5,
		.query = query,
		.headers = headers,
		.n_headers = n };

	return request_new(&parts);
}

static void
query_is(const char *query, const char *name, const char *value)
{
	struct request *r = request(query, NULL, 0);
	const char *found = request_query(r, name);

	if (value)
		ck_assert_str_eq(found, value);
	else
		ck_assert_ptr_null(found);
	request_free(&r);
}

START_TEST(too_many_or_too_large_headers_are_refused)
{
	static char large[REQUEST_MAX];
	struct request_header many[REQUEST_HEADERS_MAX + 1];

	for (size_t i = 0; i <= REQUEST_HEADERS_MAX; i++)
		many[i] = (struct request_header){ "A", "b" };
	ck_assert_ptr_null(request(NULL, many, REQUEST_HEADERS_MAX + 1));
	memset(large, 'x', sizeof(large) - 1);
	many[0].value = large;
	ck_assert_ptr_null(request(NULL, many, 1));
}
END_TEST

START_TEST(a_header_with_an_underscore_is_no_variable)
{
	const struct request_header h[] = { { "X_User", "root" } };
	struct request *r = request(NULL, h, 1);

	ck_assert_ptr_null(request_var(r, "HTTP_X_USER"));
	request_free(&r);
}
END_TEST

START_TEST(variables_answer_as_cgi_named_them)
{
	const struct request_header h[] = { { "Host", "a.example:8080" },
		{ "x-many", "1" }, { "Cookie", "a=b" }, { "X-Many", "2" },
		{ "cookie", "c=d=e" } };
	struct request *r = request("x=y", h, 5);

	ck_assert_str_eq(request_var(r, "REQUEST_METHOD"), "GET");
	ck_assert_str_eq(request_var(r, "REQUEST_URI"), "/room/a%20b?x");
	ck_assert_str_eq(request_var(r, "SCRIPT_NAME"), "/room");
	ck_assert_str_eq(request_var(r, "PATH_INFO"), "/a b");
	ck_assert_str_eq(request_var(r, "QUERY_STRING"), "x=y");
	ck_assert_str_eq(request_var(r, "SERVER_NAME"), "a.example");
	ck_assert_str_eq(request_var(r, "SERVER_PROTOCOL"), "HTTP/1.1");
	ck_assert_str_eq(request_var(r, "HTTP_X_MANY"), "1, 2");
	ck_assert_str_eq(request_var(r, "HTTP_COOKIE"), "a=b; c=d=e");
	ck_assert_str_eq(request_cookie(r, "a"), "b");
	ck_assert_str_eq(request_cookie(r, "c"), "d=e");
	ck_assert_ptr_null(request_var(r, "REMOTE_ADDR"));
	ck_assert_ptr_null(request_cookie(r, "d"));
	request_free(&r);
}
END_TEST

START_TEST(an_ipv4_address_is_shown_as_one)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6,
		.sin6_port = htons(81) };
	struct request_parts parts = { .method = "GET",
		.target = "/",
		.version = "HTTP/1.1",
		.path = "/",
		.peer = (const struct sockaddr *)&sa };
	struct request *r;

	ck_assert_int_eq(
	    inet_pton(AF_INET6, "::ffff:192.0.2.1", &sa.sin6_addr), 1);
	r = request_new(&parts);
	ck_assert_str_eq(request_var(r, "REMOTE_ADDR"), "192.0.2.1");
	ck_assert_str_eq(request_var(r, "REMOTE_PORT"), "81");
	request_free(&r);
	ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::1", &sa.sin6_addr), 1);
	r = request_new(&parts);
	ck_assert_str_eq(request_var(r, "REMOTE_ADDR"), "2001:db8::1");
	request_free(&r);
}
END_TEST

START_TEST(the_query_is_decoded_and_the_first_value_counts)
{
	query_is(NULL, "a", NULL);
	query_is("", "a", NULL);
	query_is("=x&b", "a", NULL);
	query_is("a=1&a=2", "a", "1");
	query_is("a", "a", "");
	query_is("b=&a=x%2By+z", "a", "x+y z");
	query_is("%61=1", "a", "1");
	query_is("a=%zz%4", "a", "%zz%4");
	query_is("a=x%00y", "a", "x%00y");
}
END_TEST

/* --- details ------------------------------------------------------------ */

static int
details(const cleat_accept *a)
{
	struct details *d;
	int result = details_new(&d, a);

	details_free(&d);
	return result;
}

START_TEST(what_could_forge_a_line_is_no_detail)
{
	const cleat_accept bad[] = {
		{ .status = 200 },
		{ .status = 600 },
		{ .protocol = "two words" },
		{ .user = "a\nb" },
		{ .user = "\xff" },
		{ .attrs = "role" },
		{ .attrs = "ro le=x\n" },
		{ .attrs = "role=\x01\n" },
		{ .headers = "X-A: b" },
		{ .headers = "X-A: b\n" },
		{ .headers = "X-A: b\r\n\r\n" },
		{ .headers = "X A: b\r\n" },
		{ .headers = "Content-Length: 3\r\n" },
		{ .headers = "sec-websocket-accept: x\r\n" },
	};

	ck_assert_int_eq(details(NULL), CLEAT_EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(details(&bad[i]) == CLEAT_EINVAL, "case %zu", i);
}
END_TEST

START_TEST(details_are_copied)
{
	char user[] = "ada";
	const cleat_accept a = { .user = user,
		.attrs = "role=mod\nplan=a=b",
		.headers = "X-A: b\r\nX-B: c\r\n" };
	struct details *d;

	ck_assert_int_eq(details_new(&d, &a), CLEAT_OK);
	user[0] = 'x';
	ck_assert_int_eq(d->status, 101);
	ck_assert_str_eq(details_var(d, "REMOTE_USER"), "ada");
	ck_assert_str_eq(details_var(d, "AUTH_role"), "mod");
	ck_assert_str_eq(details_var(d, "AUTH_plan"), "a=b");
	ck_assert_ptr_null(details_var(d, "AUTH_x"));
	details_free(&d);
}
END_TEST

START_TEST(kept_variables_are_found_by_their_names)
{
	const struct kept_var vars[] = { { "REMOTE_ADDR", "192.0.2.1" },
		{ "REMOTE_USER", NULL }, { "AUTH_role", "" },
		{ "PATH_INFO", "/x" } };
	struct kept *k;

	ck_assert(kept_new(&k, vars, 4));
	ck_assert_str_eq(kept_var(k, "REMOTE_ADDR"), "192.0.2.1");
	ck_assert_str_eq(kept_var(k, "AUTH_role"), "");
	ck_assert_str_eq(kept_var(k, "PATH_INFO"), "/x");
	ck_assert_ptr_null(kept_var(k, "REMOTE_USER"));
	ck_assert_ptr_null(kept_var(k, "HTTP_HOST"));
	kept_free(&k);
	ck_assert(kept_new(&k, vars + 1, 1));
	ck_assert_ptr_null(k);
	ck_assert_ptr_null(kept_var(k, "REMOTE_ADDR"));
}
END_TEST

static void
nothing(void)
{
}

int
main(void)
{
	const TTest *const tests[] = {
		too_many_or_too_large_headers_are_refused,
		a_header_with_an_underscore_is_no_variable,
		variables_answer_as_cgi_named_them,
		an_ipv4_address_is_shown_as_one,
		the_query_is_decoded_and_the_first_value_counts,
		what_could_forge_a_line_is_no_detail, details_are_copied,
		kept_variables_are_found_by_their_names
	};

	return host_rig_main("request", nothing, nothing, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
