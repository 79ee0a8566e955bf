/* SPDX-License-Identifier: MIT
 *
 * test_latency.c - what is told of workers that keep their sockets waiting, and
 * workers that look instead of sleeping.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

#define ROUTES                                                      \
	"routes = ( { path = \"/probe\"; handler = \"probe\"; },\n" \
	"  { path = \"/echo\"; handler = \"echo\"; } );\n"

static struct daemon d;

static void
set_up(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/probe.so", "probe.so");
	daemon_start(&d, "workers = 1;\n" ROUTES);
}

static void
tear_down(void)
{
	daemon_end(&d);
}

/* Rounds that took longer than the bucket that ends there. */
static double
longer_than(const char *seconds)
{
	char name[128];

	snprintf(name, sizeof name,
	    "cleat_worker_stall_seconds_bucket{worker=\"0\",le=\"%s\"}",
	    seconds);
	return daemon_metric(
		   &d, "cleat_worker_stall_seconds_count{worker=\"0\"}") -
	       daemon_metric(&d, name);
}

START_TEST(a_handler_that_holds_its_worker_is_counted)
{
	double before;
	struct raw r;

	raw_ws(&r, d.port, "/probe");
	before = longer_than("0.1");
	raw_text(&r, "hold 120");
	raw_expect(&r, "held");
	/* That round is over when the next one has answered. */
	raw_text(&r, "echo next");
	(void)raw_next(&r);
	ck_assert_double_ge(longer_than("0.1"), before + 1);
	raw_shut(&r);
}
END_TEST

START_TEST(a_worker_sleeps_unless_it_is_told_to_look)
{
	struct raw r;

	raw_ws(&r, d.port, "/echo");
	raw_text(&r, "one");
	raw_expect(&r, "one");
	ck_assert_double_eq(daemon_metric(&d, "cleat_worker_spins_total"), 0);
	daemon_config(&d, "workers = 1; busy_poll = \"1 ms\";\n" ROUTES);
	daemon_reload(&d);
	raw_text(&r, "two");
	raw_expect(&r, "two");
	raw_text(&r, "three");
	raw_expect(&r, "three");
	ck_assert_double_gt(daemon_metric(&d, "cleat_worker_spins_total"), 0);
	raw_shut(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("latency");
	TCase *c = suite_case(s, "workers");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_handler_that_holds_its_worker_is_counted);
	tcase_add_test(c, a_worker_sleeps_unless_it_is_told_to_look);
	return suite_run(s);
}
