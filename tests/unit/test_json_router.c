/* SPDX-License-Identifier: MIT
 *
 * test_json_router.c - json-router driven by hand. While time passes rates
 * fill again, errors are forgiven, requests are given up, each at its moment
 * and not before; without memory, and when another worker does not keep up,
 * nobody waits for an answer that never comes.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_rig.h"

static struct host_rig rig;

static void
set_up(void)
{
	host_rig_init(&rig, 1);
}

static void
tear_down(void)
{
	host_rig_fini(&rig);
}

static struct guest *
come(void)
{
	struct guest *g = host_rig_open(&rig, "/x");
	unsigned opcode;

	ck_assert_ptr_nonnull(strstr(guest_hear(g, &opcode), "hello"));
	return g;
}

static struct guest *
visit(const char *config)
{
	char text[2048];

	snprintf(text, sizeof(text),
	    "routes = ( { path = \"/x\"; handler = \"%s\"; "
	    "ping_every = 0; pong_within = 0; config: { %s }; } );",
	    JSON_ROUTER, config);
	if (host_rig_load(&rig, text) != 0)
		ck_abort_msg("%s", rig.err.text);
	return come();
}

static void
ask(struct guest *g, const char *message, const char *answer)
{
	guest_say(g, message);
	guest_expect(g, answer);
}

#define HI   "{\"type\":\"hi\"}"
#define DONE "{\"type\":\"reply\"}"
#define SLOWER                                           \
	"{\"type\":\"error\",\"code\":\"rate_limited\"," \
	"\"message\":\"Too many messages, slow down\"}"
#define BAD_FORMAT                                     \
	"{\"type\":\"error\",\"code\":\"bad_format\"," \
	"\"message\":\"Invalid message format\"}"

START_TEST(a_rate_fills_again)
{
	struct guest *g = visit("routes = ( { type = \"hi\"; do = \"reply\"; "
				"rate = \"2/m\"; } );");

	ask(g, HI, DONE);
	ask(g, HI, DONE);
	ask(g, HI, SLOWER);
	host_rig_advance(&rig, 29000);
	ask(g, HI, SLOWER);
	host_rig_advance(&rig, 1001);
	ask(g, HI, DONE);
	ask(g, HI, SLOWER);
	host_rig_advance(&rig, 600000);
	ask(g, HI, DONE);
	ask(g, HI, DONE);
	ask(g, HI, SLOWER);
}
END_TEST

START_TEST(errors_are_forgiven_after_a_minute)
{
	struct guest *g = visit("max_errors = 3;");

	ask(g, "x", BAD_FORMAT);
	ask(g, "x", BAD_FORMAT);
	host_rig_advance(&rig, 60000);
	ask(g, "x", BAD_FORMAT);
	ask(g, "x", BAD_FORMAT);
	host_rig_advance(&rig, 59900);
	ask(g, "x", BAD_FORMAT);
	guest_expect_close(g, 1008, "too many errors");
}
END_TEST

START_TEST(errors_are_not_forgiven_within_a_minute)
{
	struct guest *g = visit("max_errors = 2;");

	ask(g, "x", BAD_FORMAT);
	host_rig_advance(&rig, 59999);
	ask(g, "x", BAD_FORMAT);
	guest_expect_close(g, 1008, "too many errors");
}
END_TEST

START_TEST(a_request_is_given_up_at_its_time)
{
	struct guest *g = visit(
	    "timeout = \"3 s\"; modules = ( { file = \"oracle.so\"; } ); "
	    "routes = ( { type = \"keep\"; do = \"call\"; "
	    "call = \"oracle.so:keep\"; }, { type = \"quick\"; do = \"call\"; "
	    "call = \"oracle.so:keep\"; timeout = \"1 s\"; } );");
	static const char ping[] = "{\"type\":\"ping\"}";
	static const char pong[] = "{\"type\":\"pong\"}";

	guest_say(g, "{\"type\":\"keep\",\"id\":\"a\"}");
	guest_say(g, "{\"type\":\"quick\",\"id\":\"b\"}");
	host_rig_advance(&rig, 900);
	ask(g, ping, pong);
	host_rig_advance(&rig, 100);
	guest_expect(g, "{\"type\":\"error\",\"id\":\"b\",\"code\":\"timeout\","
			"\"message\":\"The answer took too long\"}");
	host_rig_advance(&rig, 1900);
	ask(g, ping, pong);
	host_rig_advance(&rig, 100);
	guest_expect(g, "{\"type\":\"error\",\"id\":\"a\",\"code\":\"timeout\","
			"\"message\":\"The answer took too long\"}");
}
END_TEST

/* A back end that is down is no reason for a log full of it. */
START_TEST(what_a_back_end_does_wrong_is_logged_now_and_then)
{
	struct guest *g =
	    visit("routes = ( { type = \"hi\"; do = \"forward\"; "
		  "url = \"http://app/\"; unix = \"/nowhere/app.sock\"; } );");
	static const char down[] =
	    "{\"type\":\"error\",\"code\":\"unavailable\","
	    "\"message\":\"The service is not available\"}";

	host_rig_log(&rig);
	for (int i = 0; i < 10; i++)
		ask(g, HI, down);
	ck_assert_int_eq(host_rig_logged(&rig, "No such file"), 5);
	host_rig_log(&rig);
	host_rig_advance(&rig, 999);
	ask(g, HI, down);
	ck_assert_int_eq(host_rig_logged(&rig, "No such file"), 0);
	host_rig_log(&rig);
	host_rig_advance(&rig, 1);
	ask(g, HI, down);
	ask(g, HI, down);
	ck_assert_int_eq(host_rig_logged(&rig, "No such file"), 1);
}
END_TEST

static void *
no_memory(size_t n)
{
	(void)n;
	return NULL;
}

START_TEST(without_memory_for_a_payload_it_is_an_internal_error)
{
	struct guest *g = visit("routes = ( { type = \"hi\"; do = \"reply\"; "
				"payload = \"[\\\"${payload}\\\"]\"; }, "
				"{ type = \"ok\"; do = \"reply\"; } );");
	static const char say[] =
	    "{\"type\":\"hi\",\"id\":\"1\",\"payload\":{}}";
	static const char hint[] = "{\"type\":\"ok\",\"payload\":[1]}";

	json_set_alloc_funcs(no_memory, free);
	ask(g, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	ask(g, say,
	    "{\"type\":\"error\",\"id\":\"1\",\"code\":\"internal\","
	    "\"message\":\"An internal error\"}");
	/* Nor is there any for the payload of an answer, or for one that the
	 * answer does not need but a schema might have. */
	ask(g, HI,
	    "{\"type\":\"error\",\"code\":\"internal\","
	    "\"message\":\"An internal error\"}");
	ask(g, hint,
	    "{\"type\":\"error\",\"code\":\"internal\","
	    "\"message\":\"An internal error\"}");
	json_set_alloc_funcs(malloc, free);
	ask(g, say, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":[{}]}");
}
END_TEST

/* A worker that stands still has 65536 events to read: what more is published
 * is refused, to whom it is the store that is full. */
START_TEST(what_cannot_be_published_now_is_unavailable)
{
	static const char say[] = "{\"type\":\"say\"}";
	struct guest *g, *other;
	unsigned opcode;

	host_rig_fini(&rig);
	host_rig_init(&rig, 2);
	other =
	    visit("subscribe = ( { topic = \"a\"; } ); routes = ( "
		  "{ type = \"say\"; do = \"publish\"; topic = \"a\"; } );");
	g = come();
	ck_assert_uint_ne(g->worker, other->worker);
	guest_say(
	    other, "{\"type\":\"subscribe\",\"payload\":{\"topic\":\"a\"}}");
	ck_assert_ptr_nonnull(strstr(guest_hear(other, &opcode), "complete"));
	rig.asleep[other->worker] = true;
	for (int i = 0; i < 65536; i++) {
		guest_say(g, say);
		if (i % 256 == 255)
			host_rig_run(&rig);
	}
	ask(g, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	ask(g, say,
	    "{\"type\":\"error\",\"code\":\"unavailable\","
	    "\"message\":\"The service is not available\"}");
	rig.asleep[other->worker] = false;
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { a_rate_fills_again,
		errors_are_forgiven_after_a_minute,
		errors_are_not_forgiven_within_a_minute,
		a_request_is_given_up_at_its_time,
		what_a_back_end_does_wrong_is_logged_now_and_then,
		without_memory_for_a_payload_it_is_an_internal_error,
		what_cannot_be_published_now_is_unavailable };

	return host_rig_main("json_router", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
