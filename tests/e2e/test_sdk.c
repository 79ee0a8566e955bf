/* SPDX-License-Identifier: MIT
 *
 * test_sdk.c - every function of the SDK through the real host, with two
 * workers; what only reaches from one worker to the other is across.c's. The
 * handshake and the request are test_requests.c's, slow readers test_queue.c's.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;

static void
start(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "tests/plugins/across.so", "across.so");
	daemon_install(&d, "tests/plugins/module.so", "module.so");
	daemon_install(&d, "tests/plugins/header/sum.so", "sum.so");
	visit_start(&d, "job_threads = 1; job_queue = 1;",
	    "slow_ms = 20;\n"
	    "config: { word = \"w\"; limits: { size = \"2 KiB\"; };\n"
	    "  on = true; ratio = 2; items = [ \"a\", \"b\" ];\n"
	    "  module = \"module\"; };",
	    ", { path = \"/plain\"; handler = \"probe\"; slow_ms = 60000; },\n"
	    "{ path = \"/across/*\"; handler = \"across\"; },\n"
	    "{ path = \"/sum\"; handler = \"sum\"; }");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- sending, closing ---------------------------------------------------- */

START_TEST(what_cannot_be_sent_is_refused)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(&r, "bad", "text=-3 kind=-3 close=-3 part=-3");
	visit_ask(&r, "close 1006", "close=-3");
	visit_ask(&r, "close 999", "close=-3");
	visit_ask(&r, "close 5000", "close=-3");
	visit_ask(&r, "has", "has=1 null=-3");
	raw_shut(&r);
}
END_TEST

START_TEST(messages_leave_as_they_are)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(
	    &r, "echo gr\xc3\xbc\xc3\x9f dich", "gr\xc3\xbc\xc3\x9f dich");
	raw_text(&r, "binary \x01\x02");
	struct raw_frame f = raw_next(&r);
	ck_assert_int_eq(f.opcode, 2);
	ck_assert_mem_eq(f.data, "\x01\x02", 2);
	raw_text(&r, "sendf 70000");
	f = raw_next(&r);
	ck_assert_int_eq(f.opcode, 1);
	ck_assert_uint_eq(f.len, 70000);
	raw_shut(&r);
}
END_TEST

START_TEST(nothing_comes_between_the_parts_of_a_message)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	raw_text(&r, "part \xc3\xa4"); /* cut inside the character */
	struct raw_frame f = raw_next(&r);
	ck_assert(f.opcode == 1 && f.fin == 0 && f.len == 1);
	f = raw_next(&r);
	ck_assert(f.opcode == 0 && f.fin == 1 && f.len == 1);
	raw_expect(&r, "first=0 between=-3 to=0 last=0");
	raw_expect(&r, "after");
	raw_shut(&r);
}
END_TEST

START_TEST(a_close_has_its_code_and_reason_and_nothing_follows)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	raw_text(&r, "close 4000 good bye");
	raw_expect_close(&r, 4000, "good bye");
	raw_close(&r, 4000, "");
	raw_expect_end(&r);
	raw_shut(&r);
	visit_await(&d, "cleat_handler_probe_close_ok", visit_bases[_i], 1);
	daemon_log(&d, "on_close 4000", NULL);
}
END_TEST

START_TEST(on_open_on_close_and_on_free_pair)
{
	const struct linger reset = { 1, 0 };
	const char *base = visit_bases[_i];
	struct raw closed, lost, refused;

	visit_open(&d, &closed, base);
	visit_open(&d, &lost, base);
	ck_assert_int_eq(
	    visit_enter(&d, &refused, base, "/?mode=refuse", ""), 403);
	raw_close(&closed, 1000, "");
	raw_expect_close(&closed, 1000, "");
	setsockopt(lost.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	raw_shut(&lost);
	raw_shut(&closed);
	raw_shut(&refused);
	visit_await(&d, "cleat_handler_probe_freed", base, 3);
	ck_assert(visit_counted(&d, "cleat_handler_probe_opened", base) == 2);
	ck_assert(visit_counted(&d, "cleat_handler_probe_closed", base) == 2);
	visit_await(&d, "cleat_connections", base, 0);
}
END_TEST

START_TEST(a_pause_holds_back_what_has_been_read_already)
{
	uint8_t bytes[128];
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	/* In one segment: the second has been read when the first is heard. */
	size_t n = raw_build(bytes, 0x81, "pause 100", 9);
	n += raw_build(bytes + n, 0x81, "echo held", 9);
	raw_put(&r, bytes, n);
	raw_expect(&r, "pause=0");
	raw_expect(&r, "resume=0");
	raw_expect(&r, "held");
	raw_shut(&r);
}
END_TEST

START_TEST(parts_of_a_message_come_as_they_arrive)
{
	static char ones[1000000];
	struct raw r;

	memset(ones, 1, sizeof ones);
	raw_ws(&r, d.port, "/sum");
	raw_frame(&r, 0x01, "a", 1);
	raw_frame(&r, 0x00, "b", 1);
	raw_frame(&r, 0x80, "c", 1);
	raw_expect(&r, "294");
	raw_frame(&r, 0x82, ones, sizeof ones);
	raw_expect(&r, "1000000");
	raw_frame(&r, 0x82, "", 0);
	raw_expect(&r, "0");
	raw_shut(&r);
}
END_TEST

START_TEST(the_config_of_a_route_is_read)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(
	    &r, "conf", "word=w size=2048 on=1 ratio=2 items=2 answer=42");
	raw_shut(&r);
	raw_ws(&r, d.port, "/plain");
	visit_ask(
	    &r, "conf", "word=default size=-1 on=0 ratio=0.5 items=0 answer=0");
	raw_shut(&r);
}
END_TEST

/* --- time, threads, descriptors ------------------------------------------ */

START_TEST(time_passes_and_timers_fire)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(&r, "time", "now=1 wall=1 random=1");
	visit_ask(&r, "after 5", "called 0");
	visit_ask(&r, "every 5", "tick 1");
	raw_expect(&r, "tick 2");
	raw_expect(&r, "cancel=0 again=-7");
	raw_shut(&r);
}
END_TEST

START_TEST(a_timer_of_a_connection_dies_with_it)
{
	struct raw r, other;

	visit_open(&d, &r, visit_bases[_i]);
	visit_open(&d, &other, visit_bases[_i]);
	visit_ask(&r, "pause 300", "pause=0");
	raw_shut(&r);
	visit_await(&d, "cleat_handler_probe_freed", visit_bases[_i], 1);
	/* Under ASan a timer that fires now would be seen. */
	visit_ask(&other, "hold 400", "held");
	visit_ask(&other, "after 1", "called 0");
	raw_shut(&other);
}
END_TEST

START_TEST(posts_jobs_and_descriptors_come_back_to_the_worker)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(&r, "post", "post=0");
	raw_expect(&r, "called 0");
	visit_ask(&r, "job 5", "called 17");
	visit_ask(&r, "watch", "none=-7 bad=-3 watch=0");
	raw_expect(&r, "ready=1 n=1 byte=w off=0");
	raw_shut(&r);
}
END_TEST

START_TEST(jobs_beyond_job_queue_are_refused)
{
	enum { JOBS = 4 };
	struct raw r;
	int done = 0, refused = 0;

	visit_open(&d, &r, visit_bases[_i]);
	for (int i = 0; i < JOBS; i++)
		raw_text(&r, "job 300");
	while (done + refused < JOBS) {
		struct raw_frame f = raw_next(&r);
		ck_assert_int_eq(f.opcode, 1);
		if (strcmp((char *)f.data, "job=-6") == 0)
			refused++;
		else if (strcmp((char *)f.data, "called 17") == 0)
			done++;
		else
			ck_abort_msg("%s", (char *)f.data);
	}
	/* One at work, if it was taken in time, and one that waits. */
	ck_assert_int_ge(done, 1);
	ck_assert_int_le(done, 2);
	raw_shut(&r);
}
END_TEST

static unsigned
count_in_log(const char *what)
{
	unsigned n = 0;

	for (const char *at = d.log; (at = strstr(at, what)); at++)
		n++;
	return n;
}

START_TEST(a_call_on_a_wrong_thread_does_nothing_and_is_named_once)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(&r, "thread", "called -5");
	visit_ask(&r, "thread", "called -5");
	visit_ask(&r, "job 1", "called 17");
	raw_shut(&r);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(count_in_log("on a wrong thread"), 1);
	ck_assert_uint_eq(count_in_log("handler probe called send()"), 1);
}
END_TEST

/* --- telling ------------------------------------------------------------- */

START_TEST(a_handler_counts_and_logs)
{
	struct raw r[2];

	/* With two instances: they count together. */
	for (int i = 0; i < 2; i++) {
		visit_open(&d, &r[i], visit_bases[_i]);
		visit_ask(&r[i], "metric own_count", "counted");
		visit_ask(&r[i], "metric Not-A-Name", "counted");
	}
	ck_assert(
	    visit_counted(&d, "cleat_handler_own_count", visit_bases[_i]) == 4);
	ck_assert(visit_counted(
		      &d, "cleat_handler_Not-A-Name", visit_bases[_i]) == -1);
	ck_assert(visit_counted(&d, "cleat_connections", visit_bases[_i]) == 2);
	visit_ask(&r[0], "log one line", "logged");
	daemon_log(&d, " warn ", "one line", "probe", visit_bases[_i], NULL);
	for (int i = 0; i < 2; i++)
		raw_shut(&r[i]);
}
END_TEST

START_TEST(a_slow_callback_is_logged)
{
	struct raw r;

	visit_open(&d, &r, visit_bases[_i]);
	visit_ask(&r, "hold 60", "held");
	raw_shut(&r);
	daemon_log(&d, " warn slow ", "handler=probe", "callback=on_message",
	    visit_bases[_i], " conn=", " ms=", NULL);
	raw_ws(&r, d.port, "/plain"); /* slow_ms = 60000 */
	visit_ask(&r, "hold 150", "held");
	raw_shut(&r);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_uint_eq(count_in_log("slow handler=probe route=/plain"), 0);
}
END_TEST

/* --- from worker to worker ----------------------------------------------- */

static unsigned long long
id_of(struct raw *r)
{
	raw_text(r, "id");
	struct raw_frame f = raw_next(r);
	ck_assert_int_eq(f.opcode, 1);
	ck_assert_ptr_nonnull(strstr((char *)f.data, "find=1 none=1"));
	return strtoull((char *)f.data + 3, NULL, 10);
}

START_TEST(ids_reach_connections_on_any_worker)
{
	char command[128];
	struct raw r[4];

	for (int i = 0; i < 4; i++)
		visit_open(&d, &r[i], visit_bases[_i]);
	visit_await(&d, "cleat_handler_probe_opened", visit_bases[_i], 4);
	/* Each of two instances has half of them. */
	visit_ask(&r[0], "state",
	    _i == 0 ? "messages=1 open=4" : "messages=1 open=2");
	for (int i = 1; i < 4; i++) {
		snprintf(command, sizeof command, "send_to %llu to %d",
		    id_of(&r[i]), i);
		visit_ask(&r[0], command, "send_to=0 bad=-3 none=-2");
		snprintf(command, sizeof command, "to %d", i);
		raw_expect(&r[i], command);
	}
	for (int i = 1; i < 4; i++) {
		snprintf(
		    command, sizeof command, "close_id %llu", id_of(&r[i]));
		visit_ask(&r[0], command, "close_id=0");
		raw_expect_close(&r[i], 4001, "from afar");
		raw_shut(&r[i]);
	}
	raw_shut(&r[0]);
}
END_TEST

START_TEST(posts_reach_the_instances_of_all_workers)
{
	struct raw r[2];
	int seen = 0;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    visit_enter(&d, &r[i], "/across", "/", ""), 101);
	for (int i = 0; i < 2; i++) {
		raw_text(&r[i], "everywhere");
		for (int j = 0; j < 2; j++) {
			struct raw_frame f = raw_next(&r[i]);
			int instance, find;
			ck_assert_int_eq(
			    sscanf((char *)f.data, "instance=%d find=%d",
				&instance, &find),
			    2);
			seen += 1 << (8 * instance + 4 * find);
		}
	}
	/* Of each instance: one client is its own, the other is not. */
	ck_assert_int_eq(seen, 0x1111);
	for (int i = 0; i < 2; i++)
		raw_shut(&r[i]);
}
END_TEST

START_TEST(decisions_reach_handshakes_on_any_worker)
{
	char head[4096];
	struct raw speaker, r[2];

	ck_assert_int_eq(visit_enter(&d, &speaker, "/across", "/", ""), 101);
	for (int i = 0; i < 2; i++)
		visit_knock(&d, &r[i], "/across/?wait=1&show=REMOTE_USER", "");
	visit_await(&d, "cleat_handler_across_waiting", "/across", 2);
	visit_ask(&speaker, "decide 0", "decide=0");
	visit_ask(&speaker, "decide 0", "decide=0");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(raw_head(&r[i], head, sizeof head), 101);
		raw_expect(&r[i], "REMOTE_USER=across");
		raw_shut(&r[i]);
	}
	raw_shut(&speaker);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sdk");
	TCase *c = suite_case(s, "of handlers");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_loop_test(c, what_cannot_be_sent_is_refused, 0, VISIT_BASES);
	tcase_add_loop_test(c, messages_leave_as_they_are, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, nothing_comes_between_the_parts_of_a_message, 0, VISIT_BASES);
	tcase_add_loop_test(c,
	    a_close_has_its_code_and_reason_and_nothing_follows, 0,
	    VISIT_BASES);
	tcase_add_loop_test(
	    c, on_open_on_close_and_on_free_pair, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, a_pause_holds_back_what_has_been_read_already, 0, VISIT_BASES);
	tcase_add_test(c, parts_of_a_message_come_as_they_arrive);
	tcase_add_loop_test(c, the_config_of_a_route_is_read, 0, VISIT_BASES);
	tcase_add_loop_test(c, time_passes_and_timers_fire, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, a_timer_of_a_connection_dies_with_it, 0, VISIT_BASES);
	tcase_add_loop_test(c,
	    posts_jobs_and_descriptors_come_back_to_the_worker, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, jobs_beyond_job_queue_are_refused, 0, VISIT_BASES);
	tcase_add_loop_test(c,
	    a_call_on_a_wrong_thread_does_nothing_and_is_named_once, 0,
	    VISIT_BASES);
	tcase_add_loop_test(c, a_handler_counts_and_logs, 0, VISIT_BASES);
	tcase_add_loop_test(c, a_slow_callback_is_logged, 0, VISIT_BASES);
	tcase_add_loop_test(
	    c, ids_reach_connections_on_any_worker, 0, VISIT_BASES);
	tcase_add_test(c, posts_reach_the_instances_of_all_workers);
	tcase_add_test(c, decisions_reach_handshakes_on_any_worker);
	return suite_run(s);
}
