/* SPDX-License-Identifier: MIT
 *
 * test_crowd.c - connections are counted by where they come from.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "net/crowd.h"
#include "net/address.h"
#include "../suite.h"

static struct crowd crowd;

static void
start(void)
{
	ck_assert_int_eq(crowd_init(&crowd), 0);
}

/* Whoever has not left stops the test here. */
static void
end(void)
{
	crowd_fini(&crowd);
}

static struct address
at(const char *text)
{
	struct address a;

	ck_assert(address_parse(&a, text, strlen(text)));
	return a;
}

static enum crowd_answer
enter(const char *from, size_t most)
{
	struct address a = at(from);

	return crowd_enter(&crowd, &a, most);
}

static void
leave(const char *from)
{
	struct address a = at(from);

	crowd_leave(&crowd, &a);
}

START_TEST(each_address_has_its_own_count)
{
	ck_assert_int_eq(enter("192.0.2.1", 2), CROWD_IN);
	ck_assert_int_eq(enter("192.0.2.1", 2), CROWD_IN);
	ck_assert_int_eq(enter("192.0.2.1", 2), CROWD_FULL);
	ck_assert_int_eq(enter("192.0.2.2", 2), CROWD_IN);
	leave("192.0.2.1");
	ck_assert_int_eq(enter("192.0.2.1", 2), CROWD_IN);
	leave("192.0.2.1");
	leave("192.0.2.1");
	leave("192.0.2.2");
}
END_TEST

START_TEST(an_ipv6_address_counts_as_its_first_64_bits)
{
	ck_assert_int_eq(enter("2001:db8:1:2::1", 1), CROWD_IN);
	ck_assert_int_eq(enter("2001:db8:1:2:ffff::9", 1), CROWD_FULL);
	ck_assert_int_eq(enter("2001:db8:1:3::1", 1), CROWD_IN);
	leave("2001:db8:1:2:abcd::7");
	leave("2001:db8:1:3::1");
}
END_TEST

START_TEST(an_ipv4_address_within_ipv6_is_that_address)
{
	ck_assert_int_eq(enter("::ffff:192.0.2.1", 1), CROWD_IN);
	ck_assert_int_eq(enter("192.0.2.1", 1), CROWD_FULL);
	ck_assert_int_eq(enter("::ffff:192.0.2.2", 1), CROWD_IN);
	leave("192.0.2.1");
	leave("192.0.2.2");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("crowd");
	TCase *c = suite_case(s, "crowd");

	tcase_add_checked_fixture(c, start, end);
	tcase_add_test(c, each_address_has_its_own_count);
	tcase_add_test(c, an_ipv6_address_counts_as_its_first_64_bits);
	tcase_add_test(c, an_ipv4_address_within_ipv6_is_that_address);
	return suite_run_forked(s);
}
