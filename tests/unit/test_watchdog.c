/* SPDX-License-Identifier: MIT
 *
 * test_watchdog.c - does every worker still come round?
 *
 * The worker has no thread of its own here: a round of it is run when the
 * test wants one, and time passes when the test says so.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/callsite.h"
#include "net/worker.h"
#include "../suite.h"
#include "watchdog.h"

static uint64_t now_ms = 1000;
static struct worker *worker;
static struct watchdog *watchdog;
static char log_file[64];

static uint64_t
fake_clock(void)
{
	return __atomic_load_n(&now_ms, __ATOMIC_RELAXED) * 1000000;
}

/* Lets time pass; the log's thread looks at the clock, too. */
static void
pass(uint64_t ms)
{
	__atomic_add_fetch(&now_ms, ms, __ATOMIC_RELAXED);
}

static void
start(void)
{
	static const struct worker_calls calls;

	snprintf(
	    log_file, sizeof(log_file), "test_watchdog.%d.log", (int)getpid());
	ck_assert_int_eq(log_start(&(struct log_options){
			     .level = LOG_LEVEL_INFO, .file = log_file }),
	    0);
	clock_replace(fake_clock);
	ck_assert_int_eq(worker_new(&worker, 0, &calls), 0);
	ck_assert_int_eq(watchdog_new(&watchdog, &worker, 1), 0);
}

static void
stop(void)
{
	worker_stop(worker);
	watchdog_free(&watchdog);
	worker_free(&worker);
	log_stop();
	unlink(log_file);
}

/* How many lines of the log contain `what`; no more can be logged. */
static int
logged(const char *what)
{
	char line[1024];
	int n = 0;
	FILE *f;

	log_stop();
	f = fopen(log_file, "r");
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, what) != NULL;
	fclose(f);
	return n;
}

START_TEST(a_worker_that_does_not_come_round_is_told_once)
{
	ck_assert(watchdog_tick(watchdog, 100));
	pass(99);
	ck_assert(watchdog_tick(watchdog, 100));
	pass(1);
	ck_assert(!watchdog_tick(watchdog, 100));
	pass(50);
	ck_assert(!watchdog_tick(watchdog, 100));
	ck_assert_int_eq(logged(" warn stalled worker=0 ms=100\n"), 1);
	ck_assert_int_eq(logged("stalled"), 1);
}
END_TEST

START_TEST(the_handler_that_holds_it_is_named_and_its_end_too)
{
	struct callsite at = { .handler = "slow",
		.version = "1",
		.path = "/slow",
		.callback = "on_message",
		.conn = 7 };

	worker_set_doing(worker, &at);
	pass(100);
	ck_assert(!watchdog_tick(watchdog, 100));
	worker_set_doing(worker, NULL);
	pass(20);
	worker_round(worker, false);
	pass(5);
	ck_assert(watchdog_tick(watchdog, 100));
	ck_assert_int_eq(logged("stalled worker=0 ms=100 handler=slow "
				"callback=on_message route=/slow conn=7\n"),
	    1);
	ck_assert_int_eq(logged("freed worker=0 ms=120 handler=slow "
				"callback=on_message route=/slow conn=7\n"),
	    1);
}
END_TEST

START_TEST(a_worker_that_comes_round_is_not_told)
{
	for (int i = 0; i < 10; i++) {
		pass(99);
		worker_round(worker, false);
		ck_assert(watchdog_tick(watchdog, 100));
	}
	ck_assert_int_eq(logged("worker="), 0);
}
END_TEST

START_TEST(a_watchdog_that_is_off_never_barks)
{
	pass(1000000);
	ck_assert(watchdog_tick(watchdog, 0));
	ck_assert_int_eq(logged("worker="), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *tc = suite_case(suite, "watchdog");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, a_worker_that_does_not_come_round_is_told_once);
	tcase_add_test(tc, the_handler_that_holds_it_is_named_and_its_end_too);
	tcase_add_test(tc, a_worker_that_comes_round_is_not_told);
	tcase_add_test(tc, a_watchdog_that_is_off_never_barks);
	return suite_run_forked(suite);
}
