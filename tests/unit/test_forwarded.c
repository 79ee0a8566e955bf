/* SPDX-License-Identifier: MIT
 *
 * test_forwarded.c - whom a request comes from, proxies between.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "http/forwarded.h"
#include "http/head.h"
#include "net/address.h"
#include "net/proxies.h"
#include "../suite.h"

static const char *const names[] = { "10.0.0.0/8", "2001:db8::/32", "unix" };

struct trust {
	enum config_forwarded header;
	struct proxies *proxies;
};

struct row {
	const char *header; /* of the name that the config says */
	const char *client; /* NULL: the peer speaks for itself */
};

/* Behind 10.0.0.1, which is trusted. */
static const struct row x_rows[] = {
	{ NULL, "10.0.0.1" },
	{ "", "10.0.0.1" },
	{ "192.0.2.7", "192.0.2.7" },
	{ "192.0.2.7:4711", "192.0.2.7" },
	{ "2001:db9::7", "2001:db9::7" },
	{ "[2001:db9::7]:80", "2001:db9::7" },
	{ "::ffff:192.0.2.7", "192.0.2.7" },
	{ "198.51.100.9, 192.0.2.7", "192.0.2.7" }, /* the left one is said */
	{ "192.0.2.7, 10.0.0.2", "192.0.2.7" },
	{ "198.51.100.9, 192.0.2.7 , 10.9.9.9,10.0.0.2", "192.0.2.7" },
	{ "10.0.0.3, 10.0.0.2", "10.0.0.3" }, /* all are trusted */
	{ "192.0.2.7, unknown", "10.0.0.1" },
	{ "192.0.2.7, unknown, 10.0.0.2", "10.0.0.2" },
	{ "192.0.2.7,", "10.0.0.1" },
	{ "[192.0.2.7]", "10.0.0.1" },
	{ "192.0.2.7 198.51.100.9", "10.0.0.1" },
};

static const struct row rfc_rows[] = {
	{ NULL, "10.0.0.1" },
	{ "for=192.0.2.7", "192.0.2.7" },
	{ "For=\"192.0.2.7:4711\"", "192.0.2.7" },
	{ "proto=https;for=\"[2001:db9::7]:80\";by=10.0.0.1", "2001:db9::7" },
	{ "for=198.51.100.9, for=192.0.2.7;proto=http", "192.0.2.7" },
	{ "for=192.0.2.7, for=10.0.0.2", "192.0.2.7" },
	{ "for=_hidden, for=10.0.0.2", "10.0.0.2" },
	{ "for=unknown", "10.0.0.1" },
	{ "by=192.0.2.7", "10.0.0.1" },
	{ "for=192.0.2.7;x=\"a,b\"", "10.0.0.1" },
};

static void
set_up(struct trust *t, enum config_forwarded header, bool by_unix)
{
	*t = (struct trust){ header, proxies_new(names, 2 + by_unix, 0, 0) };
	ck_assert_ptr_nonnull(t->proxies);
}

static void
tear_down(struct trust *t)
{
	proxies_unref(&t->proxies);
}

static void
add(struct head *h, const char *name, const char *value)
{
	ck_assert_int_eq(
	    head_add(h, name, strlen(name), value, strlen(value)), 0);
}

/* The client's address, "" for none, NULL: the peer speaks for itself. */
static const char *
ask(const struct trust *t, const char *peer, const struct head *h, bool *https)
{
	static char text[INET6_ADDRSTRLEN];
	struct sockaddr_storage s;
	struct forwarded f;
	struct address a;

	if (peer) {
		ck_assert(address_parse(&a, peer, strlen(peer)));
		address_write(&a, 80, &s);
	}
	if (!forwarded_read(t->header, t->proxies,
		peer ? (struct sockaddr *)&s : NULL, h, &f))
		return NULL;
	*https = f.https;
	if (f.client.ss_family == AF_UNSPEC)
		return "";
	address_read(&a, (struct sockaddr *)&f.client);
	return inet_ntop(f.client.ss_family, a.bytes, text, sizeof text);
}

static void
expect(enum config_forwarded header, const char *name, const struct row *row)
{
	struct trust t;
	struct head h;
	bool https;

	set_up(&t, header, false);
	head_init(&h, "GET", "HTTP/1.1");
	if (row->header)
		add(&h, name, row->header);
	ck_assert_pstr_eq(ask(&t, "10.0.0.1", &h, &https), row->client);
	head_fini(&h);
	tear_down(&t);
}

START_TEST(x_forwarded_for_is_read_from_the_right)
{
	expect(FORWARDED_X, "X-Forwarded-For", &x_rows[_i]);
}
END_TEST

START_TEST(forwarded_is_read_from_the_right)
{
	expect(FORWARDED_RFC, "Forwarded", &rfc_rows[_i]);
}
END_TEST

START_TEST(nothing_is_believed_of_strangers)
{
	struct trust t;
	struct head h;
	bool https;

	set_up(&t, FORWARDED_X, false);
	head_init(&h, "GET", "HTTP/1.1");
	add(&h, "X-Forwarded-For", "192.0.2.7");
	add(&h, "X-Forwarded-Proto", "https");
	ck_assert_ptr_null(ask(&t, "192.0.2.9", &h, &https));
	ck_assert_ptr_null(ask(&t, NULL, &h, &https));
	tear_down(&t);
	set_up(&t, FORWARDED_X, true);
	ck_assert_str_eq(ask(&t, NULL, &h, &https), "192.0.2.7");
	ck_assert(https);
	head_fini(&h);
	head_init(&h, "GET", "HTTP/1.1");
	ck_assert_str_eq(ask(&t, NULL, &h, &https), "");
	tear_down(&t);
}
END_TEST

/* A header that the proxy does not write is the client's to forge. */
START_TEST(the_other_header_is_not_looked_at)
{
	struct trust t;
	struct head h;
	bool https;

	set_up(&t, FORWARDED_X, false);
	head_init(&h, "GET", "HTTP/1.1");
	add(&h, "Forwarded", "for=192.0.2.7;proto=https");
	ck_assert_str_eq(ask(&t, "10.0.0.1", &h, &https), "10.0.0.1");
	ck_assert(!https);
	tear_down(&t);
	set_up(&t, FORWARDED_RFC, false);
	add(&h, "X-Forwarded-For", "198.51.100.9");
	add(&h, "X-Forwarded-Proto", "http");
	ck_assert_str_eq(ask(&t, "10.0.0.1", &h, &https), "192.0.2.7");
	ck_assert(https);
	head_fini(&h);
	tear_down(&t);
}
END_TEST

START_TEST(several_headers_are_one_list)
{
	struct trust t;
	struct head h;
	bool https;

	set_up(&t, FORWARDED_X, false);
	head_init(&h, "GET", "HTTP/1.1");
	add(&h, "X-Forwarded-For", "198.51.100.9");
	add(&h, "x-forwarded-for", "192.0.2.7");
	add(&h, "X-Forwarded-For", "10.0.0.2");
	add(&h, "X-Forwarded-Proto", "http");
	add(&h, "X-Forwarded-Proto", "https");
	ck_assert_str_eq(ask(&t, "10.0.0.1", &h, &https), "192.0.2.7");
	ck_assert(https);
	head_fini(&h);
	tear_down(&t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("forwarded");
	TCase *c = suite_case(s, "forwarded");

	tcase_add_loop_test(c, x_forwarded_for_is_read_from_the_right, 0,
	    sizeof x_rows / sizeof x_rows[0]);
	tcase_add_loop_test(c, forwarded_is_read_from_the_right, 0,
	    sizeof rfc_rows / sizeof rfc_rows[0]);
	tcase_add_test(c, nothing_is_believed_of_strangers);
	tcase_add_test(c, the_other_header_is_not_looked_at);
	tcase_add_test(c, several_headers_are_one_list);
	return suite_run_forked(s);
}
