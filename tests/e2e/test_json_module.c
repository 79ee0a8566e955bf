/* SPDX-License-Identifier: MIT
 *
 * test_json_module.c - json-router with modules: answers at once, from other
 * threads, late, twice, to nobody; the example of the SDK; and the one in
 * cleat_router.h.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "backend.h"
#include "suite.h"

static struct daemon d;

static void
prepare(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/oracle.so", "oracle.so");
}

static void
finish(void)
{
	daemon_end(&d);
}

/* A route to a type of the oracle. */
#define CALL(name, keys)                                                 \
	"{ type = \"" name "\"; do = \"call\"; call = \"oracle.so:" name \
	"\"; " keys " }"

static void
start(struct raw *r, const char *routes)
{
	char config[2048];

	snprintf(config, sizeof(config),
	    "modules = ( { file = \"oracle.so\"; word = \"perhaps\"; } ); "
	    "user_header = \"X-User\"; routes = ( %s );",
	    routes);
	api_start(&d, config, "");
	api_open(&d, r, "X-User: ann\r\n");
}

START_TEST(a_module_is_given_the_request_and_answers)
{
	struct raw r;

	start(
	    &r, CALL("now", "") "," CALL("nothing", "") "," CALL("thread", ""));
	api_ask(&r, "{\"type\":\"now\",\"id\":\"1\",\"payload\":[1]}",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":{\"word\":"
	    "\"perhaps\","
	    "\"type\":\"now\",\"user\":\"ann\",\"payload\":[1]}}");
	api_ask(&r, "{\"type\":\"now\"}",
	    "{\"type\":\"reply\",\"payload\":{\"word\":\"perhaps\","
	    "\"type\":\"now\",\"user\":\"ann\"}}");
	api_ask(&r, "{\"type\":\"nothing\",\"id\":\"2\"}",
	    "{\"type\":\"reply\",\"id\":\"2\"}");
	api_ask(&r, "{\"type\":\"thread\",\"id\":\"3\"}",
	    "{\"type\":\"reply\",\"id\":\"3\",\"payload\":\"from a thread\"}");
	raw_shut(&r);
}
END_TEST

START_TEST(the_first_answer_counts)
{
	struct raw r;

	start(&r, CALL("twice", "") "," CALL("invent", ""));
	api_ask(&r, "{\"type\":\"twice\",\"id\":\"1\"}",
	    "{\"type\":\"reply\",\"id\":\"1\",\"payload\":1}");
	api_ask(&r, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	api_await(&d, "cleat_handler_late_answers", 2);
	api_ask(&r, "{\"type\":\"invent\"}", "{\"type\":\"reply\"}");
	api_await(&d, "cleat_handler_late_answers", 5);
	raw_shut(&r);
}
END_TEST

START_TEST(a_module_answers_what_it_was_asked_and_nothing_else)
{
	struct backend back;
	char routes[512];
	struct raw r;
	int fd;

	backend_open(&back);
	snprintf(routes, sizeof(routes),
	    CALL("invent", "") ", { type = \"ask\"; do = \"forward\"; "
			       "url = \"http://127.0.0.1:%d/\"; }",
	    back.port);
	start(&r, routes);
	raw_text(&r, "{\"type\":\"ask\",\"id\":\"1\"}");
	fd = backend_take(&back);
	api_ask(&r, "{\"type\":\"invent\"}", "{\"type\":\"reply\"}");
	close(fd);
	raw_expect(&r,
	    API_ERROR_TO("1", "unavailable", "The service is not available"));
	raw_shut(&r);
	backend_shut(&back);
}
END_TEST

START_TEST(an_answer_after_its_time_is_dropped)
{
	struct raw r;

	start(&r, CALL("keep", "timeout = \"50 ms\";") "," CALL("release", ""));
	api_ask(&r, "{\"type\":\"keep\",\"id\":\"1\"}",
	    API_ERROR_TO("1", "timeout", "The answer took too long"));
	api_ask(&r, "{\"type\":\"release\",\"id\":\"2\"}",
	    "{\"type\":\"reply\",\"id\":\"2\"}");
	api_await(&d, "cleat_handler_late_answers", 1);
	raw_shut(&r);
}
END_TEST

START_TEST(an_answer_in_its_time_is_not)
{
	struct raw r;

	start(&r, CALL("keep", "") "," CALL("release", ""));
	raw_text(&r, "{\"type\":\"keep\",\"id\":\"1\"}");
	raw_text(&r, "{\"type\":\"release\",\"id\":\"2\"}");
	raw_expect(
	    &r, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":\"late\"}");
	raw_expect(&r, "{\"type\":\"reply\",\"id\":\"2\"}");
	raw_shut(&r);
}
END_TEST

START_TEST(an_answer_to_a_client_that_has_gone_is_dropped)
{
	struct raw r, others[4];

	start(&r, CALL("keep", "") "," CALL("release", ""));
	raw_text(&r, "{\"type\":\"keep\",\"id\":\"1\"}");
	api_ask(&r, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	raw_shut(&r);
	api_await(&d, "cleat_connections", 0);
	/* One of them comes to the router that keeps the request. */
	for (int i = 0; i < 4; i++) {
		api_open(&d, &others[i], NULL);
		api_ask(&others[i], "{\"type\":\"release\"}",
		    "{\"type\":\"reply\"}");
	}
	daemon_await(&d, "cleat_handler_requests{route=\"/api\"}", 6);
	ck_assert(daemon_metric(
		      &d, "cleat_handler_late_answers{route=\"/api\"}") >= 1);
	for (int i = 0; i < 4; i++)
		raw_shut(&others[i]);
}
END_TEST

START_TEST(codes_are_the_module_s_own_and_checked)
{
	struct raw r;

	start(&r, CALL("fail", "") "," CALL("no_utf8", ""));
	api_ask(&r,
	    "{\"type\":\"fail\",\"payload\":{\"code\":\"sold_out\","
	    "\"message\":\"There are none left\"}}",
	    API_ERROR("sold_out", "There are none left"));
	/* 40 letters, and one more. */
	api_ask(&r,
	    "{\"type\":\"fail\",\"payload\":{\"code\":"
	    "\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\",\"message\":\"m\"}}",
	    API_ERROR("aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", "m"));
	api_ask(&r,
	    "{\"type\":\"fail\",\"payload\":{\"code\":"
	    "\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde\",\"message\":\"m\"}}",
	    "{\"type\":\"reply\",\"payload\":-3}");
	api_ask(&r,
	    "{\"type\":\"fail\",\"payload\":{\"code\":\"A\","
	    "\"message\":\"m\"}}",
	    "{\"type\":\"reply\",\"payload\":-3}");
	api_ask(&r, "{\"type\":\"fail\",\"payload\":{\"code\":\"a\"}}",
	    "{\"type\":\"reply\",\"payload\":-3}");
	api_ask(&r, "{\"type\":\"no_utf8\",\"id\":\"1\"}",
	    API_ERROR_TO("1", "internal", "An internal error"));
	raw_shut(&r);
}
END_TEST

START_TEST(requests_that_wait_have_a_bound)
{
	struct raw r;

	api_start(&d,
	    "modules = ( { file = \"oracle.so\"; } ); max_waiting = 1; "
	    "routes = ( " CALL("keep", "") "," CALL("now", "") " );",
	    "");
	api_open(&d, &r, NULL);
	raw_text(&r, "{\"type\":\"keep\",\"id\":\"1\"}");
	api_ask(&r, "{\"type\":\"now\",\"id\":\"2\"}",
	    API_ERROR_TO(
		"2", "too_many", "Too many requests wait for their answer"));
	raw_shut(&r);
}
END_TEST

START_TEST(a_reload_leaves_old_requests_to_the_old_router)
{
	static const char config[] =
	    "workers = 2; routes = ( { path = \"/api\"; "
	    "handler = \"json-router\"; config: { modules = "
	    "( { file = \"oracle.so\"; word = \"new\"; } ); "
	    "routes = ( " CALL("now", "") " ); }; } );";
	struct raw r, other;

	start(&r, CALL("keep", "") "," CALL("release", ""));
	raw_text(&r, "{\"type\":\"keep\",\"id\":\"1\"}");
	api_ask(&r, "{\"type\":\"ping\"}", "{\"type\":\"pong\"}");
	daemon_config(&d, config);
	daemon_signal(&d, 1);
	daemon_log(&d, "reloaded", NULL);
	api_open(&d, &other, NULL);
	api_ask(&other, "{\"type\":\"now\"}",
	    "{\"type\":\"reply\",\"payload\":{\"word\":\"new\","
	    "\"type\":\"now\"}}");
	raw_text(&r, "{\"type\":\"release\",\"id\":\"2\"}");
	raw_expect(
	    &r, "{\"type\":\"reply\",\"id\":\"1\",\"payload\":\"late\"}");
	raw_expect(&r, "{\"type\":\"reply\",\"id\":\"2\"}");
	raw_shut(&r);
	raw_shut(&other);
}
END_TEST

START_TEST(the_sdk_s_orders_are_written_down)
{
	char config[512], top[256], file[200], line[64] = "", expected[64];
	unsigned long long number;
	struct raw r;
	FILE *f;

	daemon_install(&d, "sdk/examples/orders.so", "orders.so");
	snprintf(file, sizeof(file), "%s/book", d.dir);
	snprintf(config, sizeof(config),
	    "modules = ( { file = \"orders.so\"; book = \"%s\"; } ); "
	    "routes = ( { type = \"order\"; do = \"call\"; "
	    "call = \"orders.so:create\"; } );",
	    file);
	snprintf(
	    top, sizeof(top), "sandbox: { allow_write = [ \"%s\" ]; };", d.dir);
	api_start_with(&d, top, config, "");
	api_open(&d, &r, NULL);
	raw_text(&r, "{\"type\":\"order\",\"payload\":{\"item\":\"tea\"}}");
	number = strtoull(
	    strrchr(api_hear(&r, "{\"type\":\"reply\","), ':') + 1, NULL, 10);
	f = fopen(file, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	fclose(f);
	snprintf(
	    expected, sizeof(expected), "%llu {\"item\":\"tea\"}\n", number);
	ck_assert_str_eq(line, expected);
	raw_shut(&r);
	remove(file);
}
END_TEST

START_TEST(the_header_s_example_greets)
{
	struct raw r;

	daemon_install(&d, "tests/plugins/header/greet.so", "greet.so");
	api_start(&d,
	    "modules = ( { file = \"greet.so\"; word = \"ahoy\"; } ); "
	    "routes = ( { type = \"greet\"; do = \"call\"; "
	    "call = \"greet.so:greet\"; } );",
	    "");
	api_open(&d, &r, NULL);
	api_ask(&r, "{\"type\":\"greet\",\"payload\":{\"name\":\"ann\"}}",
	    "{\"type\":\"reply\",\"payload\":{\"word\":\"ahoy\","
	    "\"name\":\"ann\"}}");
	api_ask(&r, "{\"type\":\"greet\"}",
	    API_ERROR("bad_payload", "payload.name: is missing"));
	raw_shut(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_module");
	TCase *c = suite_case(s, "modules");

	tcase_add_checked_fixture(c, prepare, finish);
	tcase_add_test(c, a_module_is_given_the_request_and_answers);
	tcase_add_test(c, the_first_answer_counts);
	tcase_add_test(c, a_module_answers_what_it_was_asked_and_nothing_else);
	tcase_add_test(c, an_answer_after_its_time_is_dropped);
	tcase_add_test(c, an_answer_in_its_time_is_not);
	tcase_add_test(c, an_answer_to_a_client_that_has_gone_is_dropped);
	tcase_add_test(c, codes_are_the_module_s_own_and_checked);
	tcase_add_test(c, requests_that_wait_have_a_bound);
	tcase_add_test(c, a_reload_leaves_old_requests_to_the_old_router);
	tcase_add_test(c, the_sdk_s_orders_are_written_down);
	tcase_add_test(c, the_header_s_example_greets);
	return suite_run(s);
}
