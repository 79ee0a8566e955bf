/* SPDX-License-Identifier: MIT
 *
 * test_json_schema.c - each word of a schema: what it takes, what it refuses
 * and where it says so; and what is no schema.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../suite.h"
#include "schema.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static json_t *
parse(const char *text)
{
	json_error_t e;
	json_t *v = json_loads(text, JSON_DECODE_ANY, &e);

	ck_assert_msg(v != NULL, "%s: %s", text, e.text);
	return v;
}

/* A schema, a value, and what is said about it; NULL: it fits. */
static const struct {
	const char *schema, *value, *said;
} cases[] = {
	{ "{}", "7", NULL },
	{ "{'type':'object'}", "{}", NULL },
	{ "{'type':'object'}", "[]", "payload: must be of type object" },
	{ "{'type':'array'}", "[]", NULL },
	{ "{'type':'array'}", "{}", "payload: must be of type array" },
	{ "{'type':'string'}", "''", NULL },
	{ "{'type':'string'}", "1", "payload: must be of type string" },
	{ "{'type':'number'}", "1", NULL },
	{ "{'type':'number'}", "1.5", NULL },
	{ "{'type':'number'}", "'1'", "payload: must be of type number" },
	{ "{'type':'integer'}", "1", NULL },
	{ "{'type':'integer'}", "1.0", NULL },
	{ "{'type':'integer'}", "-9007199254740993", NULL },
	{ "{'type':'integer'}", "1.5", "payload: must be of type integer" },
	{ "{'type':'integer'}", "1e300", "payload: must be of type integer" },
	{ "{'type':'boolean'}", "true", NULL },
	{ "{'type':'boolean'}", "false", NULL },
	{ "{'type':'boolean'}", "0", "payload: must be of type boolean" },
	{ "{'type':'null'}", "null", NULL },
	{ "{'type':'null'}", "false", "payload: must be of type null" },
	{ "{'type':['string','null']}", "null", NULL },
	{ "{'type':['string','null']}", "1",
	    "payload: is of a type that is not allowed" },

	{ "{'enum':[1,'a',{'b':[1]}]}", "1.0", NULL },
	{ "{'enum':[1,'a',{'b':[1]}]}", "'a'", NULL },
	{ "{'enum':[1,'a',{'b':[1]}]}", "{'b':[1.0]}", NULL },
	{ "{'enum':[1,'a',{'b':[1]}]}", "{'b':[2]}",
	    "payload: is none of the values that are allowed" },
	{ "{'enum':[1,'a',{'b':[1]}]}", "{'b':[1],'c':1}",
	    "payload: is none of the values that are allowed" },
	{ "{'enum':[1,'a',{'b':[1]}]}", "{'b':[1,1]}",
	    "payload: is none of the values that are allowed" },
	{ "{'const':null}", "null", NULL },
	{ "{'const':9007199254740993}", "9007199254740993", NULL },
	{ "{'const':9007199254740993}", "9007199254740992",
	    "payload: is not the value that is allowed" },
	{ "{'const':true}", "1", "payload: is not the value that is allowed" },

	{ "{'minimum':2}", "2", NULL },
	{ "{'minimum':2}", "1.9", "payload: must be at least 2" },
	{ "{'minimum':2}", "'a'", NULL },
	{ "{'maximum':2.5}", "2.5", NULL },
	{ "{'maximum':2.5}", "3", "payload: must be at most 2.5" },
	{ "{'maximum':0.1}", "0.2", "payload: must be at most 0.1" },
	{ "{'minimum':1e300}", "0", "payload: must be at least 1e+300" },
	{ "{'minimum':9223372036854775807}", "0",
	    "payload: must be at least 9223372036854775807" },
	{ "{'maximum':9007199254740992}", "9007199254740993",
	    "payload: must be at most 9007199254740992" },

	{ "{'minLength':2}", "'\xc3\xa4\xf0\x9f\x98\x80'", NULL },
	{ "{'minLength':2}", "'\xf0\x9f\x98\x80'",
	    "payload: must have at least 2 characters" },
	{ "{'minLength':2}", "1", NULL },
	{ "{'maxLength':1}", "'\xf0\x9f\x98\x80'", NULL },
	{ "{'maxLength':1}", "'ab'",
	    "payload: must have at most 1 characters" },
	{ "{'minItems':1}", "[0]", NULL },
	{ "{'minItems':1}", "[]", "payload: must have at least 1 items" },
	{ "{'minItems':1}", "{}", NULL },
	{ "{'maxItems':1}", "[0]", NULL },
	{ "{'maxItems':1}", "[0,0]", "payload: must have at most 1 items" },

	{ "{'items':{'type':'string'}}", "['a','b']", NULL },
	{ "{'items':{'type':'string'}}", "{}", NULL },
	{ "{'items':{'type':'string'}}", "['a',1]",
	    "payload[1]: must be of type string" },

	{ "{'properties':{'a':{'type':'string'}}}", "{}", NULL },
	{ "{'properties':{'a':{'type':'string'}}}", "[1]", NULL },
	{ "{'properties':{'a':{'type':'string'}}}", "{'b':1}", NULL },
	{ "{'properties':{'a':{'type':'string'}}}", "{'a':1}",
	    "payload.a: must be of type string" },
	{ "{'required':['a']}", "{'a':null}", NULL },
	{ "{'required':['a']}", "[]", NULL },
	{ "{'required':['b','a']}", "{'b':1}", "payload.a: is missing" },
	{ "{'properties':{'a':{}},'additionalProperties':false}", "{'a':1}",
	    NULL },
	{ "{'properties':{'a':{}},'additionalProperties':false}", "{'b':1}",
	    "payload.b: is not known here" },
	{ "{'additionalProperties':true}", "{'b':1}", NULL },
	{ "{'additionalProperties':false}", "[1]", NULL },
	{ "{'additionalProperties':{'type':'null'}}", "{'b':null}", NULL },
	{ "{'additionalProperties':{'type':'null'}}", "{'b':1}",
	    "payload.b: must be of type null" },

	{ "{'properties':{'items':{'items':{'properties':{'count':"
	  "{'minimum':1}}}}}}",
	    "{'items':[{},{'count':1},{'count':0}]}",
	    "payload.items[2].count: must be at least 1" },
	{ "{'$schema':'x','$comment':'x','title':'x','description':'x'}", "1",
	    NULL },
};

/* The tables are easier to read with ' for ". */
static char *
quoted(const char *text)
{
	char *s = strdup(text);

	for (char *p = s; *p; p++)
		if (*p == '\'')
			*p = '"';
	return s;
}

START_TEST(a_value_fits_or_the_place_is_named)
{
	char *schema_text = quoted(cases[_i].schema);
	char *value_text = quoted(cases[_i].value);
	json_t *schema = parse(schema_text), *value = parse(value_text);
	struct place place;
	char said[512] = "";

	place_init(&place, "schema");
	ck_assert_msg(schema_ok(schema, &place), "%s", schema_text);
	ck_assert_str_eq(place.text, "schema");
	place_init(&place, "payload");
	if (!schema_fits(schema, value, &place))
		snprintf(said, sizeof(said), "%s: %s", place.text, place.wrong);
	else
		ck_assert_str_eq(place.text, "payload");
	ck_assert_str_eq(said, cases[_i].said ? cases[_i].said : "");
	json_decref(schema);
	json_decref(value);
	free(schema_text);
	free(value_text);
}
END_TEST

START_TEST(a_value_that_is_not_there_does_not_fit)
{
	json_t *schema = json_object();
	struct place place;

	place_init(&place, "payload");
	ck_assert(!schema_fits(schema, NULL, &place));
	ck_assert_str_eq(place.wrong, "is missing");
	json_decref(schema);
}
END_TEST

static const struct {
	const char *schema, *said;
} bad[] = {
	{ "[]", "schema: must be a schema" },
	{ "true", "schema: must be a schema" },
	{ "{'typ':'string'}", "schema.typ: is not a word of schemas here" },
	{ "{'pattern':'a*'}", "schema.pattern: is not a word of schemas here" },
	{ "{'type':'text'}",
	    "schema.type: must be a type, or a list of types" },
	{ "{'type':[]}", "schema.type: must be a type, or a list of types" },
	{ "{'type':['null',1]}",
	    "schema.type: must be a type, or a list of types" },
	{ "{'enum':[]}", "schema.enum: must be a list of values" },
	{ "{'enum':1}", "schema.enum: must be a list of values" },
	{ "{'properties':[]}",
	    "schema.properties: must be an object of schemas" },
	{ "{'properties':{'a':1}}", "schema.properties.a: must be a schema" },
	{ "{'properties':{'a':{'items':{'x':1}}}}",
	    "schema.properties.a.items.x: is not a word of schemas here" },
	{ "{'required':'a'}", "schema.required: must be a list of names" },
	{ "{'required':[1]}", "schema.required: must be a list of names" },
	{ "{'additionalProperties':1}",
	    "schema.additionalProperties: must be a schema" },
	{ "{'items':[]}", "schema.items: must be a schema" },
	{ "{'minimum':'1'}", "schema.minimum: must be a number" },
	{ "{'maximum':null}", "schema.maximum: must be a number" },
	{ "{'minLength':-1}",
	    "schema.minLength: must be an integer that is not negative" },
	{ "{'maxLength':1.5}",
	    "schema.maxLength: must be an integer that is not negative" },
	{ "{'minItems':'1'}",
	    "schema.minItems: must be an integer that is not negative" },
	{ "{'maxItems':-1}",
	    "schema.maxItems: must be an integer that is not negative" },
	{ "{'title':1}", "schema.title: must be a string" },
	{ "{'description':1}", "schema.description: must be a string" },
	{ "{'$schema':1}", "schema.$schema: must be a string" },
	{ "{'$comment':1}", "schema.$comment: must be a string" },
};

START_TEST(what_is_no_schema_is_refused_where_it_is_wrong)
{
	char *text = quoted(bad[_i].schema), said[512];
	json_t *schema = parse(text);
	struct place place;

	place_init(&place, "schema");
	ck_assert_msg(!schema_ok(schema, &place), "%s", text);
	snprintf(said, sizeof(said), "%s: %s", place.text, place.wrong);
	ck_assert_str_eq(said, bad[_i].said);
	json_decref(schema);
	free(text);
}
END_TEST

START_TEST(places_are_cut_at_characters_and_bounded)
{
	char name[200];
	struct place place;
	size_t before = 0, middle = 0;

	place_init(&place, "payload");
	/* 63 letters, and a character that would be cut. */
	memset(name, 'a', 63);
	memcpy(name + 63, "\xc3\xa4", 3);
	place_name(&place, name);
	ck_assert_uint_eq(place.len, strlen("payload.") + 63);
	/* 64 letters, of 65. */
	place_init(&place, "payload");
	memset(name, 'a', 65);
	name[65] = '\0';
	for (int i = 0; i < 3; i++)
		place_name(&place, name);
	ck_assert_uint_eq(place.len, strlen("payload") + 3 * (1 + 64));
	/* What fills it to 255 bytes, but not one more. */
	name[53] = '\0';
	place_name(&place, name);
	ck_assert_uint_eq(place.len, 7 + 3 * 65);
	name[52] = '\0';
	place_name(&place, name);
	ck_assert_uint_eq(place.len, 255);
	place_init(&place, "payload");
	for (int i = 0; i < 100; i++) {
		before = place_name(&place, "member");
		middle = place_index(&place, 4000000000);
	}
	ck_assert_uint_lt(place.len, sizeof(place.text));
	ck_assert_uint_eq(strlen(place.text), place.len);
	place_back(&place, middle);
	place_back(&place, before);
	ck_assert_uint_eq(strlen(place.text), before);
}
END_TEST

/* Writes a file, and reads it as a schema; what is said about it. */
static const char *
read_as(const char *bytes, size_t n)
{
	static char why[512];
	const char *tmp = getenv("TMPDIR");
	char dir[128], file[160], *start;
	json_t *schema;
	FILE *f;

	snprintf(
	    dir, sizeof(dir), "%s/cleat-schema-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/s.json", dir);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
	schema = schema_read(file, why, sizeof(why));
	unlink(file);
	rmdir(dir);
	if (schema) {
		json_decref(schema);
		return NULL;
	}
	start = strstr(why, "s.json");
	return start ? start : why;
}

START_TEST(files_are_read_within_bounds)
{
	char *big = malloc(SCHEMA_BYTES_MAX + 1);
	char deep[2 * SCHEMA_DEPTH_MAX * 16], why[256];
	size_t n = 0;

	memset(big, ' ', SCHEMA_BYTES_MAX + 1);
	memcpy(big, "{}", 2);
	ck_assert_ptr_null(read_as(big, SCHEMA_BYTES_MAX));
	ck_assert_str_eq(read_as(big, SCHEMA_BYTES_MAX + 1),
	    "s.json: has more than 65536 bytes");
	free(big);
	for (int i = 1; i < SCHEMA_DEPTH_MAX; i++)
		n +=
		    (size_t)snprintf(deep + n, sizeof(deep) - n, "{\"items\":");
	n += (size_t)snprintf(deep + n, sizeof(deep) - n, "{");
	memset(deep + n, '}', SCHEMA_DEPTH_MAX);
	ck_assert_ptr_null(read_as(deep, n + SCHEMA_DEPTH_MAX));
	memcpy(deep + n, "\"items\":{}", 10);
	memset(deep + n + 10, '}', SCHEMA_DEPTH_MAX);
	ck_assert_str_eq(read_as(deep, n + 10 + SCHEMA_DEPTH_MAX),
	    "s.json: is nested deeper than 32");
	ck_assert_str_eq(read_as("{\n\"type\":\n}", 11),
	    "s.json:3: unexpected token near '}'");
	ck_assert_ptr_nonnull(
	    strstr(read_as("{\"a\":1,\"a\":1}", 13), "duplicate object key"));
	ck_assert_str_eq(read_as("{\"typ\":1}", 9),
	    "s.json: schema.typ: is not a word of schemas here");
	ck_assert_ptr_null(schema_read("/nowhere/s.json", why, sizeof(why)));
	ck_assert_str_eq(why, "/nowhere/s.json: No such file or directory");
	ck_assert_ptr_null(schema_read("/dev/null", why, sizeof(why)));
	ck_assert_str_eq(why, "/dev/null: is not a file");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_schema");
	TCase *c = suite_case(s, "all");

	tcase_add_loop_test(
	    c, a_value_fits_or_the_place_is_named, 0, LENGTH(cases));
	tcase_add_test(c, a_value_that_is_not_there_does_not_fit);
	tcase_add_loop_test(
	    c, what_is_no_schema_is_refused_where_it_is_wrong, 0, LENGTH(bad));
	tcase_add_test(c, places_are_cut_at_characters_and_bounded);
	tcase_add_test(c, files_are_read_within_bounds);
	return suite_run_forked(s);
}
