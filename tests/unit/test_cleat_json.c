/* SPDX-License-Identifier: MIT
 *
 * test_cleat_json.c - what cleat_json.h takes and refuses, and what it hands
 * to the host, which is played here.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>

#include "../suite.h"
#include "cleat_json.h"

/* What the host was given last. */
static struct {
	char topic[64], text[512];
	size_t len;
	bool options;
	cleat_pub how;
	int answer;
} given;

static void
note(const void *data, size_t len)
{
	ck_assert_uint_lt(len, sizeof(given.text));
	memcpy(given.text, data, len);
	given.text[len] = '\0';
	given.len = len;
}

static int
host_send(cleat_conn *c, int kind, const void *data, size_t len)
{
	(void)c;
	ck_assert_int_eq(kind, CLEAT_TEXT);
	note(data, len);
	return given.answer;
}

static int
host_publish(cleat_route *r, const char *topic, int kind, const void *data,
    size_t len, const cleat_pub *how)
{
	(void)r;
	ck_assert_int_eq(kind, CLEAT_TEXT);
	snprintf(given.topic, sizeof(given.topic), "%s", topic);
	note(data, len);
	given.options = how != NULL;
	if (how)
		given.how = *how;
	return given.answer;
}

static const cleat_api api = {
	.size = sizeof(api), .send = host_send, .publish = host_publish
};
const cleat_api *cleat = &api;

static bool
parses(const char *text, const cj_limits *l)
{
	json_t *o = cj_parse(text, strlen(text), l);
	bool is = o != NULL;

	json_decref(o);
	return is;
}

static const char *const refused[] = { "", " ", "null", "1", "\"s\"", "[]",
	"[{}]", "{", "{}{}", "{} x", "{a:1}", "{'a':1}", "{\"a\":1,}",
	"{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":NaN}",
	"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
	"{\"x\":{\"a\":1,\"a\":1}}", "{\"a\":\"\\u0000\"}", "{\"a\\u0000b\":1}",
	"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}",
	"{\"a\":\"\\ud800\"}", "{\"\xff\":1}", "{\"a\":\"\n\"}",
	"{\"a\":9223372036854775808}", "{\"a\":1e999}", "\xef\xbb\xbf{}",
	"{\"a\":\"\\", "{\"a\":\"" };

START_TEST(what_is_no_plain_object_is_refused)
{
	ck_assert_msg(!parses(refused[_i], NULL), "%s", refused[_i]);
}
END_TEST

START_TEST(an_object_is_taken)
{
	static const char *const taken[] = { "{}", " {\"a\":1} ",
		"{\"a\":9223372036854775807,\"b\":-9223372036854775808}",
		"{\"a\":1e308}", "{\"a\":\"\\ud83d\\ude00 \xf0\x9f\x98\x80\"}",
		"{\"a\":[[[null,true,false]]]}", "{\"\":\"\"}" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		ck_assert_msg(parses(taken[i], NULL), "%s", taken[i]);
}
END_TEST

START_TEST(each_limit_is_reached_and_not_passed)
{
	const cj_limits bytes = { .bytes = 7 }, depth = { .depth = 2 },
			values = { .values = 3 };

	ck_assert(parses("{\"a\":1}", &bytes));
	ck_assert(!parses("{\"a\":1} ", &bytes));
	ck_assert(parses("{\"a\":[1],\"b\":[]}", &depth));
	ck_assert(!parses("{\"a\":[[]]}", &depth));
	ck_assert(!parses("{\"a\":{\"b\":{}}}", &depth));
	ck_assert(parses("{\"a\":1,\"b\":2,\"c\":3}", &values));
	ck_assert(!parses("{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", &values));
	ck_assert(parses("{\"a\":[1,2]}", &values));
	ck_assert(!parses("{\"a\":[1,2,3]}", &values));
	/* What stands in strings does not count. */
	ck_assert(parses("{\"[[[,,,\":\"\\\"[{{,,,\"}", &depth));
	ck_assert(parses("{\"[[[,,,\":\"\\\\\",\"b\":\"{,,\"}", &values));
}
END_TEST

START_TEST(the_limits_by_default_are_as_written)
{
	char text[20064];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text), "{\"a\":");
	for (int i = 1; i < 16; i++)
		text[n++] = '[';
	for (int i = 1; i < 16; i++)
		text[n++] = ']';
	text[n] = '}';
	ck_assert(cj_within(text, n + 1, NULL));
	text[4] = '[';
	ck_assert(!cj_within(text, n + 1, NULL));
	n = (size_t)snprintf(text, sizeof(text), "{\"a\":[0");
	for (int i = 2; i < 10000; i++) {
		text[n++] = ',';
		text[n++] = '0';
	}
	memcpy(text + n, "]}", 3);
	ck_assert(parses(text, NULL));
	memcpy(text + n, ",0]}", 5);
	ck_assert(!parses(text, NULL));
}
END_TEST

START_TEST(members_are_had_by_type)
{
	json_t *o =
	    json_pack("{s:s,s:i,s:f,s:n}", "s", "text", "i", 7, "f", 1.5, "n");

	ck_assert_str_eq(cj_str(o, "s"), "text");
	ck_assert_ptr_null(cj_str(o, "i"));
	ck_assert_ptr_null(cj_str(o, "none"));
	ck_assert_ptr_null(cj_str(NULL, "s"));
	ck_assert_int_eq(cj_int(o, "i", 1), 7);
	ck_assert_int_eq(cj_int(o, "f", 1), 1);
	ck_assert_int_eq(cj_int(o, "s", 1), 1);
	ck_assert_int_eq(cj_int(NULL, "i", 1), 1);
	json_decref(o);
}
END_TEST

START_TEST(text_is_one_line_of_utf8)
{
	char *s = cj_text(json_pack("{s:s}", "a", "\n\xc3\xa4"));

	ck_assert_str_eq(s, "{\"a\":\"\\n\xc3\xa4\"}");
	free(s);
	ck_assert_ptr_null(cj_text(NULL));
	ck_assert_ptr_null(cj_text(json_pack("{s:s}", "a", "\xff")));
	s = cj_text(json_integer(3));
	ck_assert_str_eq(s, "3");
	free(s);
}
END_TEST

START_TEST(send_says_what_the_host_says)
{
	given.answer = CLEAT_BUSY;
	ck_assert_int_eq(cj_send(NULL, json_pack("{s:b}", "a", 1)), CLEAT_BUSY);
	ck_assert_str_eq(given.text, "{\"a\":true}");
	ck_assert_int_eq(cj_send(NULL, NULL), CLEAT_ENOMEM);
}
END_TEST

/* A stamp stands at the offset, right behind its key. */
static void
expect_stamp(size_t at, const char *key)
{
	size_t n = strlen(key);

	ck_assert_uint_gt(at, n);
	ck_assert_mem_eq(given.text + at - n, key, n);
	ck_assert_mem_eq(given.text + at, CLEAT_STAMP, CLEAT_STAMP_LEN);
}

START_TEST(what_is_stored_carries_stamps)
{
	static const char *const texts[] = { "{}", "{\"a\":[1]}",
		"{\"a\":1,\"seq\":5,\"epoch\":\"x\"}" };
	const cleat_pub how = { .store = 1, .from = 9, .stamp = 3 };

	given.answer = CLEAT_OK;
	for (size_t i = 0; i < 3; i++) {
		json_t *o = cj_parse(texts[i], strlen(texts[i]), NULL);

		ck_assert_int_eq(cj_publish(NULL, "t", o, &how), CLEAT_OK);
		ck_assert(given.options && given.how.from == 9);
		expect_stamp(given.how.stamp_epoch, "\"epoch\":");
		expect_stamp(given.how.stamp, ",\"seq\":");
		o = cj_parse(given.text, given.len, NULL);
		ck_assert_msg(o != NULL, "%s", given.text);
		ck_assert_int_eq(cj_int(o, "seq", 1), 0);
		ck_assert_int_eq(cj_int(o, "epoch", 1), 0);
		ck_assert_uint_eq(json_object_size(o), i ? 3 : 2);
		json_decref(o);
	}
}
END_TEST

START_TEST(what_is_not_stored_goes_as_it_is)
{
	const cleat_pub how = { .lose = CLEAT_LOSE_NEXT };

	given.answer = CLEAT_ELIMIT;
	ck_assert_int_eq(
	    cj_publish(NULL, "t", json_pack("{s:i}", "seq", 1), &how),
	    CLEAT_ELIMIT);
	ck_assert_str_eq(given.topic, "t");
	ck_assert_str_eq(given.text, "{\"seq\":1}");
	ck_assert_int_eq(given.how.lose, CLEAT_LOSE_NEXT);
	given.answer = CLEAT_OK;
	ck_assert_int_eq(cj_publish(NULL, "t", json_object(), NULL), CLEAT_OK);
	ck_assert(!given.options);
	given.text[0] = '\0';
	ck_assert_int_eq(
	    cj_publish(NULL, "t", json_array(), NULL), CLEAT_EINVAL);
	ck_assert_int_eq(cj_publish(NULL, "t", NULL, &how), CLEAT_ENOMEM);
	ck_assert_str_eq(given.text, "");
}
END_TEST

START_TEST(names_of_clients_are_checked)
{
	static const char *const bad[] = { NULL, "", "a/b", "a b", "a*",
		"\xc3\xa4", "a\n",
		"0123456789012345678901234567890123456789012345678901234567890"
		"123" };
	char out[80];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cj_name(out, sizeof(out), "r/", bad[i]), -1);
	ck_assert_int_eq(cj_name(out, sizeof(out), "r/", bad[7] + 1), 0);
	ck_assert_int_eq(cj_name(out, sizeof(out), "r/", "A-z_0.9"), 0);
	ck_assert_str_eq(out, "r/A-z_0.9");
	ck_assert_int_eq(cj_name(out, 6, "r/", "abc"), 0);
	ck_assert_int_eq(cj_name(out, 5, "r/", "abc"), -1);
	ck_assert_int_eq(cj_name(out, 2, "r/", "abc"), -1);
}
END_TEST

START_TEST(a_line_has_no_control_characters)
{
	static const char *const bad[] = { NULL, "", "12345", "a\n", "\x1f",
		"\x7f", "\xc2\x80", "\xc2\x9f", "\xc2" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cj_line(bad[i], 1, 4), 0);
	ck_assert_int_eq(cj_line("", 0, 4), 1);
	ck_assert_int_eq(cj_line("a", 1, 4), 1);
	ck_assert_int_eq(cj_line(" ~\xc2\xa0", 1, 4), 1);
}
END_TEST

START_TEST(a_role_is_a_list_of_words)
{
	ck_assert(cj_word("mod", "mod"));
	ck_assert(cj_word("user, mod", "mod"));
	ck_assert(cj_word("mod user", "mod"));
	ck_assert(!cj_word("mods", "mod"));
	ck_assert(!cj_word("mo", "mod"));
	ck_assert(!cj_word("", "mod"));
	ck_assert(!cj_word(NULL, "mod"));
}
END_TEST

START_TEST(a_header_has_a_variable)
{
	static const char *const bad[] = { NULL, "", "X_User", "X User",
		"X-User:", "\xc3\xa4" };
	char var[12];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cj_header(var, sizeof(var), bad[i]), -1);
	ck_assert_int_eq(cj_header(var, sizeof(var), "x-User"), 0);
	ck_assert_str_eq(var, "HTTP_X_USER");
	ck_assert_int_eq(cj_header(var, sizeof(var), "X-User1"), -1);
	ck_assert_int_eq(cj_header(var, 5, "X"), -1);
	ck_assert_int_eq(cj_header(var, 6, "X"), -1);
	ck_assert_int_eq(cj_header(var, 7, "Z9"), -1);
	ck_assert_int_eq(cj_header(var, 8, "z9"), 0);
	ck_assert_str_eq(var, "HTTP_Z9");
}
END_TEST

START_TEST(a_bucket_fills_at_its_rate_up_to_its_burst)
{
	cj_bucket b = { 0 };

	ck_assert_int_eq(cj_take(&b, 10, 2, 1000), 1);
	ck_assert_int_eq(cj_take(&b, 10, 2, 1000), 1);
	ck_assert_int_eq(cj_take(&b, 10, 2, 1000), 0);
	ck_assert_int_eq(cj_take(&b, 10, 2, 1099), 0);
	ck_assert_int_eq(cj_take(&b, 10, 2, 1100), 1);
	ck_assert_int_eq(cj_take(&b, 10, 2, 1100), 0);
	/* A clock that went back gives nothing and takes nothing. */
	ck_assert_int_eq(cj_take(&b, 10, 2, 900), 0);
	ck_assert_int_eq(cj_take(&b, 10, 2, 1200), 1);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(cj_take(&b, 10, 2, 1000000), 1);
	ck_assert_int_eq(cj_take(&b, 10, 2, 1000000), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cleat_json");
	TCase *c = suite_case(s, "all");

	tcase_add_loop_test(c, what_is_no_plain_object_is_refused, 0,
	    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(c, an_object_is_taken);
	tcase_add_test(c, each_limit_is_reached_and_not_passed);
	tcase_add_test(c, the_limits_by_default_are_as_written);
	tcase_add_test(c, members_are_had_by_type);
	tcase_add_test(c, text_is_one_line_of_utf8);
	tcase_add_test(c, send_says_what_the_host_says);
	tcase_add_test(c, what_is_stored_carries_stamps);
	tcase_add_test(c, what_is_not_stored_goes_as_it_is);
	tcase_add_test(c, names_of_clients_are_checked);
	tcase_add_test(c, a_line_has_no_control_characters);
	tcase_add_test(c, a_role_is_a_list_of_words);
	tcase_add_test(c, a_header_has_a_variable);
	tcase_add_test(c, a_bucket_fills_at_its_rate_up_to_its_burst);
	return suite_run_forked(s);
}
