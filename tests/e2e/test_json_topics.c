/* SPDX-License-Identifier: MIT
 *
 * test_json_topics.c - subscriptions and publications of json-router, with
 * two workers: who may have which topic, what is answered, what others see,
 * and how a client that was away gets what it has missed.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "suite.h"

#define ROUTES                                                          \
	"routes = ( { type = \"say\"; do = \"publish\"; store = true; " \
	"topic = \"room/${payload.room}\"; },"                          \
	"{ type = \"wave\"; do = \"publish\"; lose = \"first\"; "       \
	"topic = \"room/${payload.room}\"; user = true; },"             \
	"{ type = \"enter\"; do = \"subscribe\"; "                      \
	"topic = \"hall/${payload.hall}\"; },"                          \
	"{ type = \"note\"; do = \"publish\"; topic = \"in/${user}\"; } );"
#define SUBSCRIBE                                                             \
	"subscribe = ( { topic = \"room/*\"; }, { topic = \"in/${user}\"; }," \
	"{ topic = \"staff\"; allow = \"role:mod\"; } );"
#define HEADERS "user_header = \"X-User\"; role_header = \"X-Role\";"

static struct daemon d;
static struct raw a, b; /* in different workers, as a rule */

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

static void
start(const char *config, const char *limits)
{
	char all[4096];

	snprintf(all, sizeof(all), ROUTES SUBSCRIBE HEADERS "%s", config);
	api_start(&d, all, limits);
	api_open(&d, &a, "X-User: ann\r\n");
	api_open(&d, &b, "X-User: bob\r\nX-Role: mod\r\n");
}

static void
stop(void)
{
	raw_shut(&a);
	raw_shut(&b);
}

/* The number behind a key of a message. */
static unsigned long long
number(const char *text, const char *key)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(text, quoted);
	ck_assert_msg(at != NULL, "no %s in %s", key, text);
	return strtoull(at + strlen(quoted), NULL, 10);
}

/* Subscribes; the answer, until the next call. */
static const char *
subscribe(struct raw *r, const char *topic, const char *since)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "{\"type\":\"subscribe\",\"id\":\"s\",\"payload\":{"
	    "\"topic\":\"%s\"%s}}",
	    topic, since);
	raw_text(r, text);
	snprintf(text, sizeof(text),
	    "{\"type\":\"reply\",\"id\":\"s\",\"payload\":{\"topic\":\"%s\","
	    "\"epoch\":",
	    topic);
	return api_hear(r, text);
}

/* --- who may ------------------------------------------------------------- */

#define SUB(topic) "{\"type\":\"subscribe\",\"payload\":{\"topic\":" topic "}}"

START_TEST(only_topics_of_the_list_are_had)
{
	static const char *const bad[] = { "\"\"", "\"room/\"", "\"/room/a\"",
		"\"room/*\"", "\"room/a b\"", "\"room/\xc3\xa4\"" };
	static const char *const forbidden[] = { "\"room\"", "\"room/a/b\"",
		"\"news\"", "\"in/bob\"", "\"staff\"" };
	char text[256];

	start("max_errors = 1000;", "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), SUB("%s"), bad[i]);
		api_ask(&a, text,
		    API_ERROR(
			"bad_payload", "payload.topic: is no name of a topic"));
	}
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		snprintf(text, sizeof(text), SUB("%s"), forbidden[i]);
		api_ask(&a, text, API_FORBIDDEN);
	}
	api_ask(&a, SUB("7"),
	    API_ERROR("bad_payload", "payload.topic: is missing"));
	api_ask(&a, "{\"type\":\"subscribe\"}",
	    API_ERROR("bad_payload", "payload.topic: is missing"));
	subscribe(&a, "in/ann", "");
	subscribe(&b, "staff", "");
	subscribe(&b, "room/a", "");
	stop();
}
END_TEST

START_TEST(without_a_list_there_are_none)
{
	api_start(&d, "", "");
	api_open(&d, &a, NULL);
	api_ask(&a, SUB("\"news\""), API_FORBIDDEN);
	raw_shut(&a);
}
END_TEST

START_TEST(a_template_makes_only_names)
{
	start("max_errors = 1000;", "");
	api_ask(&a, "{\"type\":\"say\",\"payload\":{\"room\":\"a/b\"}}",
	    API_ERROR("bad_payload",
		"payload.room: must be a name of A-Z a-z 0-9 . _ -"));
	api_ask(&a, "{\"type\":\"say\"}",
	    API_ERROR("bad_payload",
		"payload.room: must be a name of A-Z a-z 0-9 . _ -"));
	api_ask(&a, "{\"type\":\"enter\",\"payload\":{\"hall\":{}}}",
	    API_ERROR("bad_payload",
		"payload.hall: must be a name of A-Z a-z 0-9 . _ -"));
	stop();
	api_open(&d, &a, NULL);
	api_open(&d, &b, "X-User: a/b\r\n");
	api_ask(&a, "{\"type\":\"note\"}", API_FORBIDDEN);
	api_ask(&b, "{\"type\":\"note\"}", API_FORBIDDEN);
	stop();
}
END_TEST

/* --- events -------------------------------------------------------------- */

START_TEST(what_is_published_is_heard_by_all)
{
	const char *text;
	unsigned long long epoch;

	start("", "");
	epoch = number(subscribe(&a, "room/x", ""), "epoch");
	ck_assert_uint_eq(number(subscribe(&b, "room/x", ""), "epoch"), epoch);
	raw_text(&a,
	    "{\"type\":\"say\",\"id\":\"1\",\"payload\":{\"room\":\"x\","
	    "\"text\":\"hello\"}}");
	text = api_hear(&b,
	    "{\"type\":\"event\",\"topic\":\"room/x\",\"payload\":{"
	    "\"room\":\"x\",\"text\":\"hello\"},\"epoch\":");
	ck_assert_uint_eq(number(text, "epoch"), epoch);
	ck_assert_uint_eq(number(text, "seq"), 1);
	api_hear(&a, "{\"type\":\"event\",\"topic\":\"room/x\",");
	text = api_hear(&a, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":{"
			    "\"topic\":\"room/x\",\"epoch\":");
	ck_assert_uint_eq(number(text, "epoch"), epoch);
	ck_assert_uint_eq(number(text, "seq"), 1);
	/* Without an id it is not answered, and not stored it has no seq. */
	raw_text(&a, "{\"type\":\"wave\",\"payload\":{\"room\":\"x\"}}");
	raw_expect(&b, "{\"type\":\"event\",\"topic\":\"room/x\",\"payload\":{"
		       "\"room\":\"x\"},\"user\":\"ann\"}");
	raw_expect(&a, "{\"type\":\"event\",\"topic\":\"room/x\",\"payload\":{"
		       "\"room\":\"x\"},\"user\":\"ann\"}");
	api_ask(&a, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	api_await(&d, "cleat_handler_published", 2);
	stop();
}
END_TEST

START_TEST(an_answer_tells_where_it_went)
{
	start("", "");
	api_ask(&a,
	    "{\"type\":\"wave\",\"id\":\"1\",\"payload\":{\"room\":\"x\"}}",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":{"
	    "\"topic\":\"room/x\"}}");
	api_ask(&a, "{\"type\":\"note\",\"id\":\"2\"}",
	    "{\"type\":\"reply\",\"id\":\"2\",\"payload\":{"
	    "\"topic\":\"in/ann\"}}");
	subscribe(&b, "in/bob", "");
	raw_text(&b, "{\"type\":\"note\"}");
	raw_expect(&b, "{\"type\":\"event\",\"topic\":\"in/bob\"}");
	stop();
}
END_TEST

START_TEST(answers_to_publications_of_a_turn_keep_their_ids)
{
	uint8_t bytes[2048];
	char text[128];
	size_t n = 0;

	start("", "");
	for (int i = 0; i < 8; i++) {
		snprintf(text, sizeof(text),
		    "{\"type\":\"say\",\"id\":\"%d\",\"payload\":{"
		    "\"room\":\"r%d\"}}",
		    i, i % 2);
		n += raw_build(bytes + n, 0x81, text, strlen(text));
	}
	raw_put(&a, bytes, n);
	for (int i = 0; i < 8; i++) {
		const char *heard =
		    api_hear(&a, "{\"type\":\"reply\",\"id\":\"");
		int id = heard[22] - '0';

		snprintf(text, sizeof(text), "\"topic\":\"room/r%d\"", id % 2);
		ck_assert_ptr_nonnull(strstr(heard, text));
		ck_assert_uint_eq(
		    number(heard, "seq"), (unsigned long long)id / 2 + 1);
	}
	stop();
}
END_TEST

/* --- who was away -------------------------------------------------------- */

START_TEST(what_was_missed_follows_the_answer)
{
	unsigned long long epoch;
	char since[128];
	const char *text;

	start("", "");
	epoch = number(subscribe(&a, "room/x", ""), "epoch");
	for (int i = 0; i < 3; i++) {
		raw_text(&a, "{\"type\":\"say\",\"payload\":{\"room\":\"x\"}}");
		api_hear(&a, "{\"type\":\"event\",");
	}
	snprintf(since, sizeof(since), ",\"since\":{\"epoch\":%llu,\"seq\":1}",
	    epoch);
	text = subscribe(&b, "room/x", since);
	ck_assert_ptr_nonnull(
	    strstr(text, "\"seq\":3,\"complete\":true,\"missed\":2}"));
	ck_assert_uint_eq(
	    number(api_hear(&b, "{\"type\":\"event\","), "seq"), 2);
	ck_assert_uint_eq(
	    number(api_hear(&b, "{\"type\":\"event\","), "seq"), 3);
	api_ask(&b, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	raw_shut(&b);
	/* Of another time: all there is, and it is not complete. */
	api_open(&d, &b, NULL);
	text = subscribe(&b, "room/x", ",\"since\":{\"epoch\":7,\"seq\":3}");
	ck_assert_ptr_nonnull(strstr(text, "\"complete\":false,\"missed\":3}"));
	raw_shut(&b);
	/* Who does not ask gets nothing old. */
	api_open(&d, &b, NULL);
	text = subscribe(&b, "room/x", "");
	ck_assert_ptr_nonnull(strstr(text, "\"complete\":true,\"missed\":0}"));
	api_ask(&b, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	stop();
}
END_TEST

START_TEST(since_is_two_numbers_or_nothing)
{
	static const char *const bad[] = { "null", "1", "{}", "{\"epoch\":1}",
		"{\"seq\":1}", "{\"epoch\":-1,\"seq\":1}",
		"{\"epoch\":1.5,\"seq\":1}", "{\"epoch\":\"1\",\"seq\":1}",
		"{\"epoch\":1,\"seq\":9007199254740992}",
		"{\"epoch\":9007199254740992,\"seq\":1}" };
	char text[256];

	start("max_errors = 1000;", "");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
		    "{\"type\":\"subscribe\",\"payload\":{"
		    "\"topic\":\"room/a\",\"since\":%s}}",
		    bad[i]);
		api_ask(&a, text,
		    API_ERROR("bad_payload", "payload.since: must be "
					     "{\\\"epoch\\\", \\\"seq\\\"}"));
	}
	subscribe(
	    &a, "room/a", ",\"since\":{\"epoch\":9007199254740991,\"seq\":0}");
	subscribe(
	    &a, "room/b", ",\"since\":{\"epoch\":0,\"seq\":9007199254740991}");
	stop();
}
END_TEST

/* --- ends and bounds ----------------------------------------------------- */

#define UNSUB(topic)                                           \
	"{\"type\":\"unsubscribe\",\"id\":\"u\",\"payload\":{" \
	"\"topic\":\"" topic "\"}}"

START_TEST(a_subscription_ends_when_asked_to)
{
	start("", "");
	subscribe(&a, "room/x", "");
	api_ask(&a, UNSUB("room/x"),
	    "{\"type\":\"reply\",\"id\":\"u\",\"payload\":{"
	    "\"topic\":\"room/x\"}}");
	api_ask(&a,
	    "{\"type\":\"wave\",\"id\":\"1\",\"payload\":{\"room\":\"x\"}}",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":{"
	    "\"topic\":\"room/x\"}}");
	api_ask(&a, UNSUB("room/x"),
	    API_ERROR_TO(
		"u", "bad_payload", "payload.topic: is not subscribed to"));
	api_ask(&a, "{\"type\":\"unsubscribe\"}",
	    API_ERROR("bad_payload", "payload.topic: is missing"));
	subscribe(&a, "room/x", "");
	api_ask(&a, SUB("\"room/x\""),
	    API_ERROR(
		"bad_payload", "payload.topic: is subscribed to already"));
	stop();
}
END_TEST

START_TEST(a_subscription_may_end_before_it_begins)
{
	static const char first[] = SUB("\"room/x\""), then[] = UNSUB("room/x");
	uint8_t bytes[512];
	size_t n;

	start("", "");
	n = raw_build(bytes, 0x81, first, sizeof(first) - 1);
	n += raw_build(bytes + n, 0x81, then, sizeof(then) - 1);
	raw_put(&a, bytes, n);
	raw_expect(&a, API_ERROR("bad_payload",
			   "payload.topic: was unsubscribed from before"));
	raw_expect(&a, "{\"type\":\"reply\",\"id\":\"u\",\"payload\":{"
		       "\"topic\":\"room/x\"}}");
	subscribe(&a, "room/x", "");
	stop();
}
END_TEST

START_TEST(a_type_may_subscribe_too)
{
	start("", "");
	raw_text(
	    &a, "{\"type\":\"enter\",\"id\":\"1\",\"payload\":{\"hall\":7}}");
	api_hear(&a, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":{"
		     "\"topic\":\"hall/7\",\"epoch\":");
	api_ask(&a, UNSUB("hall/7"),
	    "{\"type\":\"reply\",\"id\":\"u\",\"payload\":{"
	    "\"topic\":\"hall/7\"}}");
	api_ask(&a, SUB("\"hall/7\""), API_FORBIDDEN);
	stop();
}
END_TEST

#define TOO_MANY API_ERROR("too_many", "Too many topics")

START_TEST(topics_of_a_connection_have_a_bound)
{
	start("max_topics = 2;", "");
	subscribe(&a, "room/1", "");
	subscribe(&a, "room/2", "");
	api_ask(&a, SUB("\"room/3\""), TOO_MANY);
	api_ask(&a, "{\"type\":\"enter\",\"payload\":{\"hall\":1}}", TOO_MANY);
	api_ask(&a, UNSUB("room/1"),
	    "{\"type\":\"reply\",\"id\":\"u\",\"payload\":{"
	    "\"topic\":\"room/1\"}}");
	subscribe(&a, "room/3", "");
	stop();
}
END_TEST

START_TEST(the_host_s_bound_is_told_as_well)
{
	start("", "max_topics = 1;");
	subscribe(&a, "room/1", "");
	api_ask(&a, SUB("\"room/2\""), TOO_MANY);
	stop();
}
END_TEST

START_TEST(when_the_store_is_full_the_service_is_not_available)
{
	char more[2048];

	daemon_install(&d, "plugins/json-router.so", "json-router.so");
	snprintf(more, sizeof(more),
	    "workers = 2; topics: { max = 1; };\n"
	    "routes = ( { path = \"/api\"; handler = \"json-router\"; "
	    "config: { %s }; } );",
	    ROUTES SUBSCRIBE HEADERS);
	daemon_start(&d, more);
	api_open(&d, &a, NULL);
	subscribe(&a, "room/1", "");
	raw_text(&a, SUB("\"room/2\""));
	raw_expect(&a, TOO_MANY);
	api_ask(&a,
	    "{\"type\":\"say\",\"id\":\"1\",\"payload\":{\"room\":\"2\"}}",
	    API_ERROR_TO("1", "unavailable", "The service is not available"));
	raw_shut(&a);
}
END_TEST

START_TEST(a_slow_reader_misses_what_may_be_lost_and_stays)
{
	enum { WAVES = 6000, BYTES = 8000 };
	char wave[BYTES + 64];
	size_t n = (size_t)snprintf(wave, sizeof(wave),
	    "{\"type\":\"wave\",\"payload\":{\"room\":\"x\",\"text\":\"");
	const char *type;
	int heard = 0;

	memset(wave + n, 'w', BYTES - n);
	memcpy(wave + BYTES, "\"}}", 4);
	start("", "");
	subscribe(&b, "room/x", "");
	for (int i = 0; i < WAVES; i++)
		raw_text(&a, wave);
	api_ask(&a, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	raw_text(&b, "{\"type\":\"ping\"}");
	do {
		struct raw_frame f = raw_next(&b);

		ck_assert_int_eq(f.opcode, 1);
		type = strstr((const char *)f.data, "\"event\"");
		heard += type != NULL;
	} while (type);
	ck_assert_int_lt(heard, WAVES);
	stop();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_topics");
	TCase *c = suite_case(s, "topics");

	tcase_add_checked_fixture(c, prepare, finish);
	tcase_add_test(c, only_topics_of_the_list_are_had);
	tcase_add_test(c, without_a_list_there_are_none);
	tcase_add_test(c, a_template_makes_only_names);
	tcase_add_test(c, what_is_published_is_heard_by_all);
	tcase_add_test(c, an_answer_tells_where_it_went);
	tcase_add_test(c, answers_to_publications_of_a_turn_keep_their_ids);
	tcase_add_test(c, what_was_missed_follows_the_answer);
	tcase_add_test(c, since_is_two_numbers_or_nothing);
	tcase_add_test(c, a_subscription_ends_when_asked_to);
	tcase_add_test(c, a_subscription_may_end_before_it_begins);
	tcase_add_test(c, a_type_may_subscribe_too);
	tcase_add_test(c, topics_of_a_connection_have_a_bound);
	tcase_add_test(c, the_host_s_bound_is_told_as_well);
	tcase_add_test(c, when_the_store_is_full_the_service_is_not_available);
	tcase_add_test(c, a_slow_reader_misses_what_may_be_lost_and_stays);
	return suite_run(s);
}
