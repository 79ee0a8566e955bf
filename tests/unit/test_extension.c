/* SPDX-License-Identifier: MIT
 *
 * test_extension.c - what of permessage-deflate is agreed on: RFC 7692, 7.1.
 * The syntax alone is test_handshake.c's.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "wire/extension.h"
#include "../suite.h"

static const struct deflate_policy off = { .bits = 15 },
				   plain = { .on = true, .bits = 15 },
				   small = { .on = true, .bits = 10 },
				   keeps = { .on = true,
					   .takeover = true,
					   .bits = 15 },
				   keeps_less = { .on = true,
					   .takeover = true,
					   .bits = 12 };

#define PMD  "permessage-deflate"
#define BOTH PMD "; server_no_context_takeover; client_no_context_takeover"

static void
expect(
    const struct deflate_policy *policy, const char *header, const char *answer)
{
	struct deflate_terms terms;
	char out[EXTENSION_ANSWER_MAX];

	ck_assert_msg(
	    !header || extension_valid(header), "not valid: %s", header);
	extension_agree(header, policy, &terms);
	extension_answer(&terms, out);
	ck_assert_msg(strcmp(out, answer) == 0, "\"%s\" is answered by \"%s\"",
	    header ? header : "(none)", out);
}

START_TEST(what_is_off_or_unknown_is_declined)
{
	static const char *const declined[] = { NULL, "foo", "x-webkit-deflate",
		"permessage-deflates", "foo; server_no_context_takeover",
		"Permessage-Deflate" };

	expect(&off, PMD, "");
	for (size_t i = 0; i < sizeof declined / sizeof declined[0]; i++)
		expect(&plain, declined[i], "");
}
END_TEST

START_TEST(an_offer_with_a_wrong_parameter_is_declined_as_a_whole)
{
	static const char *const wrong[] = { "unknown", "unknown=1",
		"server_no_context_takeover=1", "client_no_context_takeover=on",
		"server_no_context_takeover; server_no_context_takeover",
		"client_no_context_takeover; client_no_context_takeover",
		"server_max_window_bits", "server_max_window_bits=7",
		"server_max_window_bits=16", "server_max_window_bits=010",
		"server_max_window_bits=1", "server_max_window_bits=100",
		"server_max_window_bits=+9", "server_max_window_bits=x",
		"server_max_window_bits=10; server_max_window_bits=10",
		"client_max_window_bits=7", "client_max_window_bits=16",
		"client_max_window_bits=99", "client_max_window_bits=08",
		"client_max_window_bits; client_max_window_bits",
		"client_max_window_bits=10; client_max_window_bits=10" };
	char header[200];

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		snprintf(header, sizeof header, PMD "; %s", wrong[i]);
		expect(&plain, header, "");
		snprintf(header, sizeof header, PMD "; %s, " PMD, wrong[i]);
		expect(&plain, header, BOTH);
	}
}
END_TEST

START_TEST(nothing_is_remembered_unless_both_want_it)
{
	expect(&plain, PMD, BOTH);
	expect(&keeps, PMD, PMD);
	expect(&keeps, PMD "; server_no_context_takeover",
	    PMD "; server_no_context_takeover");
	expect(&keeps, PMD "; client_no_context_takeover",
	    PMD "; client_no_context_takeover");
	expect(&keeps, BOTH, BOTH);
}
END_TEST

START_TEST(our_window_is_the_smaller_of_what_both_say)
{
	expect(&keeps, PMD "; server_max_window_bits=15", PMD);
	expect(&keeps, PMD "; server_max_window_bits=12",
	    PMD "; server_max_window_bits=12");
	expect(&keeps, PMD "; server_max_window_bits=\"12\"",
	    PMD "; server_max_window_bits=12");
	expect(&keeps_less, PMD "; server_max_window_bits=14",
	    PMD "; server_max_window_bits=12");
	expect(&keeps_less, PMD, PMD "; server_max_window_bits=12");
	expect(&small, PMD "; server_max_window_bits=9",
	    BOTH "; server_max_window_bits=9");
	/* zlib has no such window */
	expect(&keeps, PMD "; server_max_window_bits=8", "");
}
END_TEST

START_TEST(the_clients_window_is_limited_only_if_it_says_that_it_can_be)
{
	expect(&keeps_less, PMD "; client_max_window_bits",
	    PMD "; server_max_window_bits=12; client_max_window_bits=12");
	expect(&keeps, PMD "; client_max_window_bits", PMD);
	expect(&keeps, PMD "; client_max_window_bits=10",
	    PMD "; client_max_window_bits=10");
	expect(&keeps, PMD "; client_max_window_bits=8",
	    PMD "; client_max_window_bits=8");
	expect(&keeps_less, PMD "; client_max_window_bits=14",
	    PMD "; server_max_window_bits=12; client_max_window_bits=12");
}
END_TEST

START_TEST(the_first_offer_that_can_be_met_is_taken)
{
	expect(&keeps,
	    "foo, " PMD "; server_max_window_bits=8, bar; x=\"y\", " PMD
	    "; server_max_window_bits=11, " PMD,
	    PMD "; server_max_window_bits=11");
	/* what Chromium and Firefox say */
	expect(&plain, PMD "; client_max_window_bits", BOTH);
	expect(&plain, PMD, BOTH);
	/* no longer answer than this exists */
	expect(&small,
	    BOTH "; server_max_window_bits=10; client_max_window_bits=10",
	    BOTH "; server_max_window_bits=10; client_max_window_bits=10");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("extension");
	TCase *tc = suite_case(s, "permessage-deflate");

	tcase_add_test(tc, what_is_off_or_unknown_is_declined);
	tcase_add_test(
	    tc, an_offer_with_a_wrong_parameter_is_declined_as_a_whole);
	tcase_add_test(tc, nothing_is_remembered_unless_both_want_it);
	tcase_add_test(tc, our_window_is_the_smaller_of_what_both_say);
	tcase_add_test(
	    tc, the_clients_window_is_limited_only_if_it_says_that_it_can_be);
	tcase_add_test(tc, the_first_offer_that_can_be_met_is_taken);
	return suite_run_forked(s);
}
