/* SPDX-License-Identifier: MIT
 *
 * test_cleat_scan.c - what cleat_scan.h reads and what it leaves to jansson,
 * and what cleat_out.h writes. That both agree with jansson on whatever there
 * is is fuzz_json's to show.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>

#include "cleat_json.h"

#include "../suite.h"

/* --- the host, of which one function is used ------------------------------ */

static char sent[4096];

static int
host_send(cleat_conn *c, int kind, const void *data, size_t len)
{
	(void)c;
	ck_assert_int_eq(kind, CLEAT_TEXT);
	ck_assert_uint_lt(len, sizeof(sent));
	memcpy(sent, data, len);
	sent[len] = '\0';
	return CLEAT_BUSY;
}

static const cleat_api api = { .size = sizeof(api), .send = host_send };
const cleat_api *cleat = &api;

/* --- reading --------------------------------------------------------------- */

/* In a block of its own size, so that reading on is noticed. */
static int
scan(const char *text, const cj_limits *l)
{
	size_t n = strlen(text);
	char *copy = malloc(n + 1);
	cj_scan s;
	int rc;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy + 1, text, n);
	rc = cj_scan_object(&s, copy + 1, n, l);
	free(copy);
	return rc;
}

static const char *const no_objects[] = { "", " ", "null", "1", "\"s\"", "[]",
	"[{}]", "{", "{}{}", "{} x", "{a:1}", "{'a':1}", "{\"a\":1,}",
	"{\"a\":1,,\"b\":1}", "{,\"a\":1}", "{\"a\"}", "{\"a\" 1}", "{\"a\":}",
	"{\"a\":1 \"b\":1}", "{\"a\":01}", "{\"a\":-01}", "{\"a\":-}",
	"{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":1e+}",
	"{\"a\":NaN}", "{\"a\":tru}", "{\"a\":truex}", "{\"a\":nul",
	"{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[1}",
	"{\"a\":[1}]", "{\"a\":{]}", "{\"a\":1,\"a\":2}",
	"{\"x\":{\"a\":1,\"a\":1}}",
	"{\"x\":[{\"b\":[]},{\"a\":1,\"b\":{\"a\":0},\"a\":1}]}",
	"{\"a\":\"\n\"}", "{\"a\":\"\x1f\"}", "{\"a\n\":1}", "{\"a\":\"\\x\"}",
	"{\"a\":\"\\", "{\"a\":\"\\\"", "{\"a\":\"", "{\"a", "{\"a\":1",
	"\xef\xbb\xbf{}", "{\"a\":9223372036854775808}", "{\"a\":1e999}" };

START_TEST(what_jansson_refuses_is_refused)
{
	const char *text = no_objects[_i];

	ck_assert_ptr_null(cj_parse(text, strlen(text), NULL));
	ck_assert_msg(!scan(text, NULL), "%s", text);
}
END_TEST

static const char *const objects[] = { "{}", " \t\r\n{ \n} ", "{\"\":\"\"}",
	"{\"a\":1}", "{ \"a\" : -0 , \"b\" : [ ] , \"c\" : { } }",
	"{\"a\":999999999999999999,\"b\":-999999999999999999}",
	"{\"a\":0.000000000000000000000000000000000000000000000000000001}",
	"{\"a\":1e99,\"b\":-1.5E+10,\"c\":0e-9}",
	"{\"a\":[[[null,true,false]]]}",
	"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"b\":\"\\\\\"}",
	"{\"a\":\"\x7f \xc3\xa4 \xf0\x9f\x98\x80\",\"\xc3\xa4\":1}",
	"{\"a\":{\"a\":{\"a\":1},\"b\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}",
	"{\"seven_7\":\"seven_7\",\"eight__8\":\"eight__8\",\"nine____9\":"
	"\"n\"}" };

START_TEST(what_is_usual_is_read_without_jansson)
{
	const char *text = objects[_i];
	json_t *o = cj_parse(text, strlen(text), NULL), *v;
	cj_scan s;

	ck_assert_ptr_nonnull(o);
	ck_assert_msg(cj_scan_object(&s, text, strlen(text), NULL), "%s", text);
	ck_assert_uint_eq(s.n, json_object_size(o));
	for (unsigned i = 0; i < s.n; i++) {
		const cj_member *m = &s.members[i];

		v = json_loadb(m->value.p, m->value.n, JSON_DECODE_ANY, NULL);
		ck_assert_ptr_nonnull(v);
		ck_assert(
		    json_equal(v, json_object_getn(o, m->key.p, m->key.n)));
		json_decref(v);
	}
	json_decref(o);
}
END_TEST

/* An object of n keys, within one of as many as are left to 33. */
static const char *
keys(int n)
{
	static char text[1000];
	int len = snprintf(text, sizeof(text), "{\"k\":{\"x\":0");

	for (int i = 2; i < n; i++)
		len += snprintf(
		    text + len, sizeof(text) - (size_t)len, ",\"%d\":%d", i, i);
	snprintf(text + len, sizeof(text) - (size_t)len, "},\"l\":{\"x\":0}}");
	return text;
}

START_TEST(what_is_rare_is_left_to_jansson)
{
	static const char *const rare[] = { "{\"\\n\":1}",
		"{\"a\":\"\\u0041\"}", "{\"a\":1000000000000000000}",
		"{\"a\":-1000000000000000000}", "{\"a\":1e100}",
		"{\"a\":1e-100}", "{\"a\":1e001}" };

	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++) {
		json_t *o = cj_parse(rare[i], strlen(rare[i]), NULL);

		ck_assert_ptr_nonnull(o);
		ck_assert_msg(!scan(rare[i], NULL), "%s", rare[i]);
		json_decref(o);
	}
	ck_assert(scan(keys(CJ_MEMBERS), NULL));
	ck_assert(!scan(keys(CJ_MEMBERS + 1), NULL));
}
END_TEST

START_TEST(each_limit_is_reached_and_not_passed)
{
	const cj_limits bytes = { .bytes = 7 }, depth = { .depth = 2 },
			values = { .values = 3 };

	ck_assert(scan("{\"a\":1}", &bytes));
	ck_assert(!scan("{\"a\":1} ", &bytes));
	ck_assert(scan("{\"a\":[1],\"b\":[]}", &depth));
	ck_assert(scan("{\"a\":{},\"b\":{}}", &depth));
	ck_assert(!scan("{\"a\":[[]]}", &depth));
	ck_assert(!scan("{\"a\":{\"b\":{}}}", &depth));
	ck_assert(scan("{\"a\":1,\"b\":2,\"c\":3}", &values));
	ck_assert(!scan("{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", &values));
	ck_assert(scan("{\"a\":[1,2]}", &values));
	ck_assert(!scan("{\"a\":[1,2,3]}", &values));
	ck_assert(!scan("{\"a\":[[[]]]}", &values));
	ck_assert(scan("{\"[[[,,,\":\"\\\"[{{,,,\"}", &values));
}
END_TEST

START_TEST(strings_are_copied_where_they_fit)
{
	static const char text[] =
	    "{\"s\":\"four\",\"e\":\"a\\n\",\"i\":7,\"n\":\"\"}";
	char out[5];
	cj_scan s;

	ck_assert(cj_scan_object(&s, text, strlen(text), NULL));
	ck_assert_int_eq(cj_scan_str(&s, "s", out, 5), 1);
	ck_assert_str_eq(out, "four");
	ck_assert_int_eq(cj_scan_str(&s, "s", out, 4), -1);
	ck_assert_int_eq(cj_scan_str(&s, "n", out, 1), 1);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(cj_scan_str(&s, "e", out, 5), -1);
	ck_assert_int_eq(cj_scan_str(&s, "i", out, 5), -1);
	ck_assert_int_eq(cj_scan_str(&s, "x", out, 5), 0);
	ck_assert_int_eq(cj_scan_str(&s, "fou", out, 5), 0);
	ck_assert_ptr_null(cj_scan_find(&s, "").p);
	ck_assert_uint_eq(cj_scan_find(&s, "i").n, 1);
	ck_assert_int_eq(*cj_scan_find(&s, "i").p, '7');
}
END_TEST

/* --- writing --------------------------------------------------------------- */

START_TEST(strings_are_written_as_jansson_writes_them)
{
	char text[300];
	json_t *v;
	cj_out o;
	char *as;

	for (int i = 1; i < 128; i++)
		snprintf(text + i - 1, sizeof(text), "%c", i);
	snprintf(text + 127, sizeof(text) - 127, "\xc3\xa4\xf0\x9f\x98\x80/");
	v = json_string(text);
	as = cj_text(v);
	ck_assert_ptr_nonnull(as);
	cj_out_begin(&o);
	cj_put_str(&o, text);
	ck_assert_int_eq(cj_out_send(NULL, &o), CLEAT_BUSY);
	ck_assert_str_eq(sent, as);
	free(as);
}
END_TEST

START_TEST(what_is_long_is_whole)
{
	static const char item[] = "{\"a\":[1,null]},";
	char expected[sizeof(sent)] = "[", *at = expected + 1;
	json_t *v = json_pack("{s:[i,n]}", "a", 1);
	cj_out o;

	cj_out_begin(&o);
	cj_put(&o, "[");
	for (int i = 0; i < 250; i++) {
		cj_put_value(&o, v);
		cj_put(&o, ",");
		memcpy(at, item, sizeof(item));
		at += sizeof(item) - 1;
	}
	cj_put_str(&o, "");
	cj_put(&o, "]");
	memcpy(at, "\"\"]", 4);
	ck_assert_uint_gt(strlen(expected), 3 * sizeof(o.small));
	ck_assert_int_eq(cj_out_send(NULL, &o), CLEAT_BUSY);
	ck_assert_str_eq(sent, expected);
	json_decref(v);
}
END_TEST

START_TEST(without_a_value_nothing_is_sent_whatever_follows)
{
	cj_out o;

	sent[0] = '\0';
	cj_out_begin(&o);
	cj_put(&o, "{\"a\":");
	cj_put_value(&o, NULL);
	cj_put(&o, ",\"b\":");
	cj_put_str(&o, "text");
	for (int i = 0; i < 1000; i++)
		cj_put(&o, "}");
	ck_assert_int_eq(cj_out_send(NULL, &o), CLEAT_ENOMEM);
	ck_assert_str_eq(sent, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cleat_scan");
	TCase *c = suite_case(s, "json");

	tcase_add_loop_test(c, what_jansson_refuses_is_refused, 0,
	    sizeof(no_objects) / sizeof(no_objects[0]));
	tcase_add_loop_test(c, what_is_usual_is_read_without_jansson, 0,
	    sizeof(objects) / sizeof(objects[0]));
	tcase_add_test(c, what_is_rare_is_left_to_jansson);
	tcase_add_test(c, each_limit_is_reached_and_not_passed);
	tcase_add_test(c, strings_are_copied_where_they_fit);
	tcase_add_test(c, strings_are_written_as_jansson_writes_them);
	tcase_add_test(c, what_is_long_is_whole);
	tcase_add_test(c, without_a_value_nothing_is_sent_whatever_follows);
	return suite_run(s);
}
