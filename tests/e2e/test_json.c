/* SPDX-License-Identifier: MIT
 *
 * test_json.c - json-router: the envelope, what is refused of it, each limit
 * from both sides, who may and how often, and answers that stand in the
 * config. Topics, back ends and modules have suites of their own.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "suite.h"

static struct daemon d;

static void
prepare(void)
{
	daemon_prepare(&d);
}

static void
finish(void)
{
	daemon_end(&d);
}

#define ROUTES                                                                 \
	"routes = ( { type = \"hi\"; do = \"reply\"; },"                       \
	"{ type = \"all\"; do = \"reply\"; payload = \"{\\\"user\\\":"         \
	"\\\"${user}\\\",\\\"type\\\":\\\"${type}\\\",\\\"p\\\":"              \
	"[\\\"${payload}\\\"],\\\"a\\\":\\\"${payload.a}\\\",\\\"x\\\":"       \
	"\\\"x ${user}\\\",\\\"n\\\":1.5}\"; },"                               \
	"{ type = \"time\"; do = \"reply\"; payload = \"\\\"${time}\\\"\"; }," \
	"{ type = \"users\"; do = \"reply\"; allow = \"user\"; },"             \
	"{ type = \"mods\"; do = \"reply\"; allow = \"role:mod\"; },"          \
	"{ type = \"two\"; do = \"reply\"; rate = \"2/h\"; },"                 \
	"{ type = \"one\"; do = \"reply\"; rate = \"1/h\"; } );"

/* --- the envelope -------------------------------------------------------- */

START_TEST(hello_announces_types_and_limits)
{
	struct raw r;

	api_start(&d,
	    ROUTES "max_topics = 7; max_errors = 9; timeout = \"3 s\";"
		   "max_message = 1000; max_depth = 5;",
	    "");
	raw_ws(&r, d.port, "/api");
	raw_expect(&r,
	    "{\"type\":\"hello\",\"protocol\":\"cleat-json\",\"version\":1,"
	    "\"types\":[\"ping\",\"subscribe\",\"unsubscribe\",\"all\",\"hi\","
	    "\"mods\",\"one\",\"time\",\"two\",\"users\"],\"limits\":{"
	    "\"message\":1000,\"depth\":5,\"id\":64,\"topics\":7,"
	    "\"timeout_ms\":3000,\"errors\":9}}");
	raw_shut(&r);
}
END_TEST

START_TEST(limits_that_are_not_given_are_as_documented)
{
	struct raw r;

	api_start(&d, "", "");
	raw_ws(&r, d.port, "/api");
	raw_expect(&r,
	    "{\"type\":\"hello\",\"protocol\":\"cleat-json\",\"version\":1,"
	    "\"types\":[\"ping\",\"subscribe\",\"unsubscribe\"],\"limits\":{"
	    "\"message\":65536,\"depth\":16,\"id\":64,\"topics\":100,"
	    "\"timeout_ms\":5000,\"errors\":20}}");
	raw_shut(&r);
}
END_TEST

START_TEST(answers_echo_the_id_and_need_none)
{
	struct raw r;

	api_start(&d, ROUTES, "");
	api_open(&d, &r, NULL);
	api_ask(&r, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	api_ask(&r, "{\"id\":\"7\",\"type\":\"ping\",\"payload\":[]}",
	    "{\"type\":\"pong\",\"id\":\"7\"}");
	api_ask(&r, "{\"type\":\"hi\"}", "{\"type\":\"reply\"}");
	api_ask(&r, "{\"type\":\"hi\",\"id\":\"\xc3\xa4\\\"\"}",
	    "{\"type\":\"reply\",\"id\":\"\xc3\xa4\\\"\"}");
	api_ask(&r, "{\"type\":\"hi\",\"id\":\"x\",\"extra\":1}",
	    "{\"type\":\"reply\",\"id\":\"x\"}");
	raw_shut(&r);
}
END_TEST

START_TEST(what_is_no_message_is_a_bad_format)
{
	static const char *const bad[] = { "", "x", "[]", "null", "{}",
		"{\"type\":1}", "{\"type\":\"\"}", "{\"type\":\"a b\"}",
		"{\"type\":\"\xc3\xa4\"}", "{\"type\":null}",
		"{\"type\":\"ping\",\"type\":\"ping\"}",
		"{\"type\":\"ping\",\"payload\":{\"a\":1,\"a\":2}}",
		"{\"type\":\"ping\"}}", "{\"type\":\"ping\\u0000\"}",
		"{\"type\":\"ping\",\"id\":1}",
		"{\"type\":\"ping\",\"id\":\"\"}",
		"{\"type\":\"ping\",\"id\":null}",
		"{\"type\":\"ping\",\"id\":\"a\\nb\"}",
		"{\"type\":\"ping\",\"id\":\"\\u007f\"}",
		"{\"type\":\"ping\",\"id\":\"\\u009b\"}",
		"{\"type\":\"ping\",\"payload\":1e999}",
		"{\"type\":\"ping\",\"payload\":99999999999999999999}" };
	struct raw r;

	api_start(&d, "max_errors = 1000;", "");
	api_open(&d, &r, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		api_ask(&r, bad[i], API_BAD_FORMAT);
	raw_frame(&r, 0x82, "{\"type\":\"ping\"}", 15);
	raw_expect(&r, API_BAD_FORMAT);
	/* An id that is good is echoed whatever else is wrong. */
	api_ask(&r, "{\"id\":\"3\"}",
	    API_ERROR_TO("3", "bad_format", "Invalid message format"));
	api_ask(&r, "{\"type\":\"nothing\",\"id\":\"4\"}",
	    API_ERROR_TO("4", "unknown_type", "Unknown message type"));
	api_ask(&r, "{\"type\":\"nothing\"}", API_UNKNOWN_TYPE);
	api_ask(&r, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	raw_shut(&r);
}
END_TEST

START_TEST(extra_fields_are_refused_where_the_config_says_so)
{
	struct raw r;

	api_start(&d, "extra_fields = \"refuse\";", "");
	api_open(&d, &r, NULL);
	api_ask(&r, "{\"type\":\"ping\",\"x\":1}", API_BAD_FORMAT);
	api_ask(&r, "{\"type\":\"ping\",\"id\":\"1\",\"payload\":{\"x\":1}}",
	    "{\"type\":\"pong\",\"id\":\"1\"}");
	raw_shut(&r);
}
END_TEST

/* --- limits -------------------------------------------------------------- */

/* These words, with a name of n bytes between them. */
static void
say_long(struct raw *r, const char *before, size_t n, const char *after)
{
	char word[300], text[600];

	memset(word, 'i', n);
	word[n] = '\0';
	snprintf(text, sizeof(text), "%s%s%s", before, word, after);
	raw_text(r, text);
}

START_TEST(types_and_ids_have_a_length)
{
	struct raw r;

	api_start(&d, "", "");
	api_open(&d, &r, NULL);
	say_long(&r, "{\"type\":\"ping\",\"id\":\"", 64, "\"}");
	api_hear(&r, "{\"type\":\"pong\",\"id\":\"iii");
	say_long(&r, "{\"type\":\"ping\",\"id\":\"", 65, "\"}");
	raw_expect(&r, API_BAD_FORMAT);
	say_long(&r, "{\"type\":\"", 64, "\"}");
	raw_expect(&r, API_UNKNOWN_TYPE);
	say_long(&r, "{\"type\":\"", 65, "\"}");
	raw_expect(&r, API_BAD_FORMAT);
	raw_shut(&r);
}
END_TEST

START_TEST(messages_have_a_size_and_a_depth)
{
	char text[66];
	struct raw r;

	api_start(&d, "max_message = 64; max_depth = 3;", "");
	api_open(&d, &r, NULL);
	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"type\":\"ping\"}", 15);
	text[64] = '\0';
	api_ask(&r, text, "{\"type\":\"pong\"}");
	memcpy(text + 64, " ", 2);
	api_ask(&r, text, API_BAD_FORMAT);
	api_ask(
	    &r, "{\"type\":\"ping\",\"payload\":[{}]}", "{\"type\":\"pong\"}");
	api_ask(
	    &r, "{\"type\":\"ping\",\"payload\":[{\"a\":[]}]}", API_BAD_FORMAT);
	raw_shut(&r);
}
END_TEST

START_TEST(messages_have_so_many_values)
{
	static const char head[] = "{\"type\":\"ping\",\"payload\":[";
	char text[sizeof(head) + 2 * 10000 + 8];
	struct raw r;

	api_start(&d, "", "");
	api_open(&d, &r, NULL);
	/* The head's are a brace, a comma and a bracket. */
	for (int values = 10000; values <= 10001; values++) {
		char *p = memcpy(text, head, sizeof(head));

		p += sizeof(head) - 1;
		for (int i = 3; i < values; i++, p += 2)
			memcpy(p, "1,", 2);
		memcpy(p, "1]}", 4);
		api_ask(&r, text,
		    values == 10000 ? "{\"type\":\"pong\"}" : API_BAD_FORMAT);
	}
	raw_shut(&r);
}
END_TEST

START_TEST(the_host_closes_what_is_larger_still)
{
	char text[200];
	struct raw r;

	api_start(&d, "max_message = 64;", "max_message = 100;");
	api_open(&d, &r, NULL);
	memset(text, 'x', sizeof(text));
	text[100] = '\0';
	api_ask(&r, text, API_BAD_FORMAT);
	memcpy(text + 100, "x", 2);
	raw_text(&r, text);
	raw_expect_close(&r, 1009, "");
	raw_shut(&r);
}
END_TEST

START_TEST(too_many_errors_close)
{
	struct raw r;

	api_start(&d, "max_errors = 3;", "");
	api_open(&d, &r, NULL);
	for (int i = 0; i < 2; i++)
		api_ask(&r, "x", API_BAD_FORMAT);
	api_ask(&r, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	api_ask(&r, "{\"type\":\"x\"}", API_UNKNOWN_TYPE);
	raw_expect_close(&r, 1008, "too many errors");
	raw_shut(&r);
	api_await(&d, "cleat_handler_errors", 3);
	api_await(&d, "cleat_handler_requests", 2);
}
END_TEST

START_TEST(a_rate_is_for_a_type_and_a_connection)
{
	struct raw r, other;

	api_start(&d, ROUTES, "");
	api_open(&d, &r, NULL);
	api_open(&d, &other, NULL);
	for (int i = 0; i < 2; i++)
		api_ask(&r, "{\"type\":\"two\"}", "{\"type\":\"reply\"}");
	api_ask(&r, "{\"type\":\"two\"}", API_RATE_LIMITED);
	api_ask(&r, "{\"type\":\"one\"}", "{\"type\":\"reply\"}");
	api_ask(&r, "{\"type\":\"one\"}", API_RATE_LIMITED);
	api_ask(&r, "{\"type\":\"hi\"}", "{\"type\":\"reply\"}");
	api_ask(&other, "{\"type\":\"two\"}", "{\"type\":\"reply\"}");
	raw_shut(&r);
	raw_shut(&other);
}
END_TEST

START_TEST(a_rate_of_all_counts_every_type)
{
	struct raw r;

	api_start(&d, ROUTES "rate = \"3/h\";", "");
	api_open(&d, &r, NULL);
	api_ask(&r, "{\"type\":\"hi\"}", "{\"type\":\"reply\"}");
	api_ask(&r, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	api_ask(&r, "{\"type\":\"none\"}", API_UNKNOWN_TYPE);
	api_ask(&r, "{\"type\":\"ping\",\"id\":\"1\"}",
	    API_ERROR_TO("1", "rate_limited", "Too many messages, slow down"));
	raw_shut(&r);
}
END_TEST

/* --- answers and who may have them --------------------------------------- */

START_TEST(a_reply_is_filled_with_values)
{
	struct raw r;

	api_start(&d, ROUTES "user_header = \"X-User\";", "");
	api_open(&d, &r, "X-User: ann\r\n");
	api_ask(&r, "{\"type\":\"all\",\"payload\":{\"a\":[1,{}]}}",
	    "{\"type\":\"reply\",\"payload\":{\"user\":\"ann\","
	    "\"type\":\"all\",\"p\":[{\"a\":[1,{}]}],\"a\":[1,{}],"
	    "\"x\":\"x ${user}\",\"n\":1.5}}");
	raw_text(&r, "{\"type\":\"time\"}");
	ck_assert_str_ge(api_hear(&r, "{\"type\":\"reply\",\"payload\":"),
	    "{\"type\":\"reply\",\"payload\":1700000000000}");
	raw_shut(&r);
	/* Nobody, and nothing. */
	api_open(&d, &r, NULL);
	api_ask(&r, "{\"type\":\"all\"}",
	    "{\"type\":\"reply\",\"payload\":{\"user\":null,"
	    "\"type\":\"all\",\"p\":[null],\"a\":null,\"x\":\"x ${user}\","
	    "\"n\":1.5}}");
	raw_shut(&r);
}
END_TEST

START_TEST(a_type_is_for_those_who_are_allowed)
{
	struct raw r;

	api_start(&d,
	    ROUTES "user_header = \"X-User\"; role_header = \"X-Role\";", "");
	api_open(&d, &r, "X-Role: guest\r\n");
	api_ask(&r, "{\"type\":\"users\"}", API_FORBIDDEN);
	api_ask(&r, "{\"type\":\"mods\"}", API_FORBIDDEN);
	raw_shut(&r);
	api_open(&d, &r, "X-User: ann\r\nX-Role: moderator\r\n");
	api_ask(&r, "{\"type\":\"users\"}", "{\"type\":\"reply\"}");
	api_ask(&r, "{\"type\":\"mods\"}", API_FORBIDDEN);
	raw_shut(&r);
	api_open(&d, &r, "X-User: ann\r\nX-Role: user, mod\r\n");
	api_ask(&r, "{\"type\":\"mods\"}", "{\"type\":\"reply\"}");
	raw_shut(&r);
}
END_TEST

START_TEST(a_header_names_nobody_unless_the_config_says_so)
{
	struct raw r;

	api_start(&d, ROUTES, "");
	api_open(&d, &r, "X-User: ann\r\nRemote-User: ann\r\nX-Role: mod\r\n");
	api_ask(&r, "{\"type\":\"users\"}", API_FORBIDDEN);
	api_ask(&r, "{\"type\":\"mods\"}", API_FORBIDDEN);
	raw_shut(&r);
}
END_TEST

/* The status of a handshake with a header of n bytes. */
static int
knock(const char *name, size_t n)
{
	char value[400], header[500];
	struct raw r;
	int status;

	memset(value, 'x', n);
	value[n] = '\0';
	snprintf(header, sizeof(header), "%s: %s\r\n", name, value);
	raw_open(&r, d.port);
	status = raw_upgrade(&r, "/api", header);
	raw_shut(&r);
	return status;
}

START_TEST(users_and_roles_have_a_length)
{
	api_start(
	    &d, "user_header = \"X-User\"; role_header = \"X-Role\";", "");
	ck_assert_int_eq(knock("X-Role", 249), 101);
	ck_assert_int_eq(knock("X-Role", 250), 400);
	ck_assert_int_eq(knock("X-User", 256), 101);
	ck_assert_int_eq(knock("X-User", 257), 400);
}
END_TEST

/* --- schemas ------------------------------------------------------------- */

START_TEST(a_payload_must_fit_its_schema)
{
	static const char schema[] =
	    "{\"type\":\"object\",\"required\":[\"room\"],\"properties\":{"
	    "\"room\":{\"type\":\"string\",\"minLength\":1}},"
	    "\"additionalProperties\":false}";
	char config[600];
	struct raw r;

	daemon_write(&d, "say.json", schema, sizeof(schema) - 1);
	snprintf(config, sizeof(config),
	    "schemas = \"%s\"; routes = ( { type = \"say\"; do = \"reply\"; "
	    "schema = \"say.json\"; }, { type = \"too\"; do = \"reply\"; "
	    "schema = \"%s/say.json\"; } );",
	    d.dir, d.dir);
	api_start(&d, config, "");
	api_open(&d, &r, NULL);
	api_ask(&r, "{\"type\":\"say\",\"payload\":{\"room\":\"a\"}}",
	    "{\"type\":\"reply\"}");
	api_ask(&r, "{\"type\":\"say\",\"payload\":{\"room\":\"\"}}",
	    API_ERROR("bad_payload",
		"payload.room: must have at least 1 characters"));
	api_ask(&r, "{\"type\":\"too\",\"payload\":{\"room\":\"a\",\"x\":1}}",
	    API_ERROR("bad_payload", "payload.x: is not known here"));
	api_ask(&r, "{\"type\":\"too\",\"payload\":[]}",
	    API_ERROR("bad_payload", "payload: must be of type object"));
	api_ask(&r, "{\"type\":\"say\",\"id\":\"1\"}",
	    API_ERROR_TO("1", "bad_payload", "payload: is missing"));
	raw_shut(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *c = suite_case(s, "router");

	tcase_add_checked_fixture(c, prepare, finish);
	tcase_add_test(c, hello_announces_types_and_limits);
	tcase_add_test(c, limits_that_are_not_given_are_as_documented);
	tcase_add_test(c, answers_echo_the_id_and_need_none);
	tcase_add_test(c, what_is_no_message_is_a_bad_format);
	tcase_add_test(c, extra_fields_are_refused_where_the_config_says_so);
	tcase_add_test(c, types_and_ids_have_a_length);
	tcase_add_test(c, messages_have_a_size_and_a_depth);
	tcase_add_test(c, messages_have_so_many_values);
	tcase_add_test(c, the_host_closes_what_is_larger_still);
	tcase_add_test(c, too_many_errors_close);
	tcase_add_test(c, a_rate_is_for_a_type_and_a_connection);
	tcase_add_test(c, a_rate_of_all_counts_every_type);
	tcase_add_test(c, a_reply_is_filled_with_values);
	tcase_add_test(c, a_type_is_for_those_who_are_allowed);
	tcase_add_test(c, a_header_names_nobody_unless_the_config_says_so);
	tcase_add_test(c, users_and_roles_have_a_length);
	tcase_add_test(c, a_payload_must_fit_its_schema);
	return suite_run(s);
}
