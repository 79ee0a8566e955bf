/* SPDX-License-Identifier: MIT
 *
 * test_metrics.c - what /metrics tells about the host.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_rig.h"

#define PROBE \
	"routes = ( { path = \"/p\"; handler = \"probe\"; slow_ms = 20; } );"

static struct host_rig rig;

static void
set_up(void)
{
	host_rig_init(&rig, 2);
	ck_assert_int_eq(host_rig_load(&rig, PROBE), 0);
}

static void
tear_down(void)
{
	host_rig_fini(&rig);
}

static void
is(const char *line, double value)
{
	ck_assert_msg(host_rig_metric(&rig, line) == value, "%s is %g", line,
	    host_rig_metric(&rig, line));
}

START_TEST(every_row_of_the_table_is_told)
{
	static const char *const types[] = {
#define METRIC(id, name, type, help) "\n# TYPE " name " " type "\n",
#include "host/metrics.def"
	};
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	ck_assert_ptr_nonnull(out);
	host_metrics(rig.host, out);
	ck_assert_int_eq(fclose(out), 0);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		ck_assert_msg(
		    strstr(text, types[i]) != NULL, "no %s", types[i]);
	free(text);
}
END_TEST

START_TEST(a_reload_that_failed_is_told)
{
	is("cleat_config_last_reload_success", 1);
	host_note_reload(rig.host, false);
	is("cleat_config_last_reload_success", 0);
	host_note_reload(rig.host, true);
	is("cleat_config_last_reload_success", 1);
}
END_TEST

START_TEST(connections_and_their_ends_are_counted)
{
	struct guest *g = host_rig_open(&rig, "/p");

	is("cleat_connections{route=\"/p\"}", 1);
	is("cleat_connections_and_handshakes", 1);
	is("cleat_connections_total{route=\"/p\",result=\"accepted\"}", 1);
	guest_say(g, "close 4000 bye");
	guest_expect_close(g, 4000, "bye");
	guest_hang_up(g);
	is("cleat_connections{route=\"/p\"}", 0);
	is("cleat_connections_and_handshakes", 0);
	is("cleat_closes_total{route=\"/p\",code=\"4000-4999\"}", 1);
	is("cleat_closes_unexpected_total{route=\"/p\"}", 1);
}
END_TEST

START_TEST(a_route_says_which_closes_it_expects)
{
	struct guest *g;

	ck_assert_int_eq(host_rig_load(&rig,
			     "routes = ( { path = \"/p\"; handler = \"probe\"; "
			     "expected_closes = [ 4000 ]; } );"),
	    0);
	g = host_rig_open(&rig, "/p");
	guest_say(g, "close 4000 bye");
	guest_expect_close(g, 4000, "bye");
	guest_hang_up(g);
	is("cleat_closes_unexpected_total{route=\"/p\"}", 0);
	g = host_rig_open(&rig, "/p");
	guest_say(g, "close 1000 bye");
	guest_expect_close(g, 1000, "bye");
	guest_hang_up(g);
	is("cleat_closes_unexpected_total{route=\"/p\"}", 1);
}
END_TEST

START_TEST(messages_count_both_ways)
{
	struct guest *g = host_rig_open(&rig, "/p");

	guest_say(g, "echo hi");
	guest_expect(g, "hi");
	is("cleat_messages_total{route=\"/p\",dir=\"in\"}", 1);
	is("cleat_messages_total{route=\"/p\",dir=\"out\"}", 1);
	is("cleat_bytes_total{route=\"/p\",dir=\"in\"}", 13);
	is("cleat_bytes_total{route=\"/p\",dir=\"out\"}", 4);
}
END_TEST

START_TEST(each_worker_tells_how_many_connections_it_has)
{
	struct guest *g;

	is("cleat_worker_connections{worker=\"0\"}", 0);
	g = host_rig_open(&rig, "/p");
	is("cleat_worker_connections{worker=\"0\"}", 1);
	guest_hang_up(g);
	is("cleat_worker_connections{worker=\"0\"}", 0);
}
END_TEST

START_TEST(counters_outlive_the_instances_that_counted)
{
	struct guest *g = host_rig_open(&rig, "/p");

	guest_say(g, "echo hi");
	guest_expect(g, "hi");
	guest_hang_up(g);
	ck_assert_int_eq(
	    host_rig_load(&rig, "routes = ( { path = \"/q\"; handler = "
				"\"header/counter.so\"; } );"),
	    0);
	is("cleat_messages_total{route=\"/p\",dir=\"in\"}", 1);
	is("cleat_handler_probe_unloaded{route=\"/p\"}", 1);
}
END_TEST

START_TEST(one_message_in_64_is_measured)
{
	struct guest *g = host_rig_open(&rig, "/p");

	for (int i = 0; i < 65; i++) {
		guest_say(g, "echo hi");
		guest_expect(g, "hi");
	}
	is("cleat_handler_callback_seconds_count{handler=\"probe\","
	   "callback=\"on_open\"}",
	    1);
	is("cleat_handler_callback_seconds_count{handler=\"probe\","
	   "callback=\"on_message\"}",
	    2);
	ck_assert_double_gt(
	    host_rig_metric(
		&rig, "cleat_handler_cpu_seconds_total{handler=\"probe\"}"),
	    0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { every_row_of_the_table_is_told,
		a_reload_that_failed_is_told,
		connections_and_their_ends_are_counted,
		a_route_says_which_closes_it_expects, messages_count_both_ways,
		each_worker_tells_how_many_connections_it_has,
		counters_outlive_the_instances_that_counted,
		one_message_in_64_is_measured };

	return host_rig_main("metrics", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
