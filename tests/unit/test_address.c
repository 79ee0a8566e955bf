/* SPDX-License-Identifier: MIT
 *
 * test_address.c - addresses and ranges of them.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"
#include "../suite.h"

static struct address
parse(const char *text)
{
	struct address a;

	ck_assert_msg(address_parse(&a, text, strlen(text)), "%s", text);
	return a;
}

static bool
in(const char *address, const char *range)
{
	struct address a = parse(address);
	struct address_range r;
	const char *why = address_range_parse(&r, range);

	ck_assert_msg(!why, "%s: %s", range, why);
	return address_in(&a, &r);
}

START_TEST(what_is_no_address_is_refused)
{
	static const char *const no[] = { "", "a", "1.2.3", "1.2.3.256",
		"1.2.3.4 ", "::1::", "[::1]", "1.2.3.4.5", "fe80::1%lo",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:aaaa:bbbb" };
	struct address a;

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		ck_assert_msg(
		    !address_parse(&a, no[i], strlen(no[i])), "%s", no[i]);
	ck_assert(!address_parse(&a, "::1\0x", 5));
}
END_TEST

START_TEST(what_is_no_range_is_refused)
{
	static const char *const no[] = { "a", "1.2.3.4/", "1.2.3.4/33",
		"1.2.3.4/-1", "1.2.3.4/+8", "1.2.3.4/08", "1.2.3.4/8x",
		"::1/129", "10.1.0.0/8", "10.0.0.1/31", "2001:db8::1/64" };
	struct address_range r;

	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		ck_assert_msg(address_range_parse(&r, no[i]), "%s", no[i]);
}
END_TEST

START_TEST(a_range_has_what_agrees_in_its_prefix)
{
	ck_assert(in("10.255.0.1", "10.0.0.0/8"));
	ck_assert(!in("11.0.0.0", "10.0.0.0/8"));
	ck_assert(in("192.0.2.129", "192.0.2.128/25"));
	ck_assert(!in("192.0.2.127", "192.0.2.128/25"));
	ck_assert(in("192.0.2.1", "192.0.2.1"));
	ck_assert(!in("192.0.2.2", "192.0.2.1"));
	ck_assert(in("203.0.113.9", "0.0.0.0/0"));
	ck_assert(in("2001:db8:1::5", "2001:db8::/32"));
	ck_assert(!in("2001:db9::5", "2001:db8::/32"));
	ck_assert(!in("::a00:1", "10.0.0.0/8"));
	ck_assert(!in("10.0.0.1", "::/0"));
}
END_TEST

START_TEST(an_ipv4_address_within_ipv6_is_the_ipv4_address)
{
	struct sockaddr_storage s;
	struct address a = parse("::ffff:192.0.2.1"), b;

	ck_assert_uint_eq(a.bits, 32);
	ck_assert(in("::ffff:10.0.0.1", "10.0.0.0/8"));
	address_write(&a, 80, &s);
	ck_assert_int_eq(s.ss_family, AF_INET);
	address_read(&b, (const struct sockaddr *)&s);
	ck_assert_mem_eq(&a, &b, sizeof a);
	a = parse("2001:db8::1");
	address_write(&a, 0, &s);
	address_read(&b, (const struct sockaddr *)&s);
	ck_assert_mem_eq(&a, &b, sizeof a);
	address_read(&b, NULL);
	ck_assert_uint_eq(b.bits, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("address");
	TCase *c = suite_case(s, "address");

	tcase_add_test(c, what_is_no_address_is_refused);
	tcase_add_test(c, what_is_no_range_is_refused);
	tcase_add_test(c, a_range_has_what_agrees_in_its_prefix);
	tcase_add_test(c, an_ipv4_address_within_ipv6_is_the_ipv4_address);
	return suite_run_forked(s);
}
