/* SPDX-License-Identifier: MIT
 *
 * test_json_clock.c - json-router while time passes: rates fill again, errors
 * are forgiven, requests are given up, each at its moment and not before.
 */
#include "config.h"

#include <stdio.h>
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
visit(const char *config)
{
	char text[2048];
	struct guest *g;
	unsigned opcode;

	snprintf(text, sizeof(text),
	    "routes = ( { path = \"/x\"; handler = \"%s\"; "
	    "ping_every = 0; pong_within = 0; config: { %s }; } );",
	    JSON_ROUTER, config);
	if (host_rig_load(&rig, text) != 0)
		ck_abort_msg("%s", rig.err.text);
	g = host_rig_open(&rig, "/x");
	ck_assert_ptr_nonnull(strstr(guest_hear(g, &opcode), "hello"));
	return g;
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

int
main(void)
{
	const TTest *const tests[] = { a_rate_fills_again,
		errors_are_forgiven_after_a_minute,
		errors_are_not_forgiven_within_a_minute,
		a_request_is_given_up_at_its_time };

	return host_rig_main("json_clock", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
