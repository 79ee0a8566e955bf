/* SPDX-License-Identifier: MIT
 *
 * test_json_topic.c - topics, templates and patterns of json-router, and its
 * rates.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "../suite.h"
#include "limits.h"
#include "topic.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* limits.c asks it for what these tests do not reach. */
const cleat_api *cleat;

#define NAME_31 "1234567890123456789012345678901"
#define NAME_63 NAME_31 NAME_31 "3"

START_TEST(topics_are_names_with_slashes_between)
{
	static const char *const good[] = { "a", "a/b", "A-z_0.9/x", NAME_63,
		"1/2/3/4/5/6/7/8",
		NAME_63 "/" NAME_63 "/" NAME_63 "/" NAME_63 };
	static const char *const no[] = { "", "/", "a/", "/a", "a//b", "a b",
		"a/*", "${user}", "\xc3\xa4", "a\n", NAME_63 "4",
		"1/2/3/4/5/6/7/8/9",
		NAME_63 "/" NAME_63 "/" NAME_63 "/" NAME_63 "/a",
		/* 256 bytes */
		"a/" NAME_63 "/" NAME_63 "/" NAME_63 "/" NAME_31 NAME_31 };

	for (size_t i = 0; i < LENGTH(good); i++)
		ck_assert_msg(topic_ok(good[i]), "%s", good[i]);
	for (size_t i = 0; i < LENGTH(no); i++)
		ck_assert_msg(!topic_ok(no[i]), "%s", no[i]);
}
END_TEST

START_TEST(templates_and_patterns_are_checked)
{
	static const char *const templates[] = { "a", "room/${payload.room}",
		"u-${user}/${payload.a}.${payload.b}" };
	static const char *const no_templates[] = { "", "a/", "${payload}",
		"${payload.}", "${payload.a", "${payload.a b}", "${other}", "$",
		"a/*", "${payload.a/b}" };
	static const char *const patterns[] = { "a", "*", "a/*/b",
		"in/${user}" };
	static const char *const no_patterns[] = { "", "a*", "**", "a/",
		"x${user}", "${payload.a}" };

	for (size_t i = 0; i < LENGTH(templates); i++)
		ck_assert_msg(template_ok(templates[i]), "%s", templates[i]);
	for (size_t i = 0; i < LENGTH(no_templates); i++)
		ck_assert_msg(
		    !template_ok(no_templates[i]), "%s", no_templates[i]);
	for (size_t i = 0; i < LENGTH(patterns); i++)
		ck_assert_msg(pattern_ok(patterns[i]), "%s", patterns[i]);
	for (size_t i = 0; i < LENGTH(no_patterns); i++)
		ck_assert_msg(
		    !pattern_ok(no_patterns[i]), "%s", no_patterns[i]);
}
END_TEST

/* What a template makes of a payload and a user. */
static enum topic_result
make(const char *template, const char *payload, const char *user, char *out)
{
	char member[TOPIC_NAME_MAX + 1] = "";
	json_t *o = payload ? json_loads(payload, 0, NULL) : NULL;
	enum topic_result result =
	    topic_make(out, TOPIC_MAX + 1, template, o, user, member);

	ck_assert(!payload || o);
	if (result == TOPIC_NO_MEMBER)
		snprintf(out, TOPIC_MAX + 1, "%s", member);
	json_decref(o);
	return result;
}

START_TEST(a_template_is_filled)
{
	char out[TOPIC_MAX + 1];

	ck_assert_int_eq(make("a/b", NULL, NULL, out), TOPIC_MADE);
	ck_assert_str_eq(out, "a/b");
	ck_assert_int_eq(make("${user}/${payload.a}-${payload.b}",
			     "{\"a\":\"x\",\"b\":-7}", "ann", out),
	    TOPIC_MADE);
	ck_assert_str_eq(out, "ann/x--7");
}
END_TEST

START_TEST(nothing_but_a_name_gets_into_a_topic)
{
	static const char *const payloads[] = { NULL, "{}", "[]", "{\"a\":1.5}",
		"{\"a\":null}", "{\"a\":\"\"}", "{\"a\":\"x/y\"}",
		"{\"a\":\"*\"}", "{\"a\":\"\xc3\xa4\"}", "{\"a\":\"x y\"}",
		"{\"a\":\"" NAME_63 "4\"}", "{\"a\":{\"b\":\"c\"}}" };
	static const char *const users[] = { NULL, "", "a/b", "a b", "*" };
	char out[TOPIC_MAX + 1];

	for (size_t i = 0; i < LENGTH(payloads); i++) {
		ck_assert_int_eq(make("r/${payload.a}", payloads[i], "u", out),
		    TOPIC_NO_MEMBER);
		ck_assert_str_eq(out, "a");
	}
	for (size_t i = 0; i < LENGTH(users); i++)
		ck_assert_int_eq(
		    make("r/${user}", NULL, users[i], out), TOPIC_NO_USER);
	/* Two names that are good, and one that is too long. */
	ck_assert_int_eq(
	    make("r/${payload.a}x", "{\"a\":\"" NAME_63 "\"}", NULL, out),
	    TOPIC_TOO_LONG);
	ck_assert_int_eq(
	    make("1/" NAME_63 "/" NAME_63 "/" NAME_63 "/${payload.a}",
		"{\"a\":\"" NAME_63 "\"}", NULL, out),
	    TOPIC_TOO_LONG);
}
END_TEST

START_TEST(patterns_match_name_by_name)
{
	ck_assert(topic_matches("a/b", "a/b", NULL));
	ck_assert(topic_matches("a/b", "a/*", NULL));
	ck_assert(topic_matches("a/b", "*/b", NULL));
	ck_assert(topic_matches("in/ann", "in/${user}", "ann"));
	ck_assert(!topic_matches("a", "b", NULL));
	ck_assert(!topic_matches("ab", "a", NULL));
	ck_assert(!topic_matches("a", "ab", NULL));
	ck_assert(!topic_matches("a/b/c", "a/*", NULL));
	ck_assert(!topic_matches("a", "a/*", NULL));
	ck_assert(!topic_matches("a/b", "*", NULL));
	ck_assert(!topic_matches("in/ann", "in/${user}", "bob"));
	ck_assert(!topic_matches("in/ann", "in/${user}", "ann2"));
	ck_assert(!topic_matches("in/ann", "in/${user}", NULL));
}
END_TEST

START_TEST(rates_are_a_number_for_a_time)
{
	static const char *const no[] = { "", "5", "5/", "/s", "0/s", "5/d",
		"5/ss", "-5/s", "1.5/s", " 5/s", "1000001/s", "99999999/s",
		"00000005/s" };
	struct rate r;

	ck_assert(rate_read("5/s", &r) && r.burst == 5 && r.per_s == 5);
	ck_assert(rate_read("6/m", &r) && r.burst == 6 && r.per_s == 0.1);
	ck_assert(rate_read("3600/h", &r) && r.burst == 3600 && r.per_s == 1);
	ck_assert(rate_read("1000000/s", &r) && r.burst == 1000000);
	for (size_t i = 0; i < LENGTH(no); i++)
		ck_assert_msg(!rate_read(no[i], &r), "%s", no[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_topic");
	TCase *c = suite_case(s, "all");

	tcase_add_test(c, topics_are_names_with_slashes_between);
	tcase_add_test(c, templates_and_patterns_are_checked);
	tcase_add_test(c, a_template_is_filled);
	tcase_add_test(c, nothing_but_a_name_gets_into_a_topic);
	tcase_add_test(c, patterns_match_name_by_name);
	tcase_add_test(c, rates_are_a_number_for_a_time);
	return suite_run_forked(s);
}
