/* SPDX-License-Identifier: MIT
 *
 * test_examples.c - the handlers of sdk/examples, run by the real host, do
 * what their first comments promise, also to those who read too slowly, send
 * too much, or find nobody behind.
 */
#include "config.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static const char routes[] =
    "workers = 2;\n"
    "sandbox: { allow_write = [ \"%s/in\" ]; };\n"
    "routes = ( { path = \"/counter\"; handler = \"counter\"; },\n"
    "  { path = \"/hub\"; handler = \"hub\"; queue_bytes = \"256 KiB\"; },\n"
    "  { path = \"/me\"; handler = \"late_auth\";\n"
    "    config: { sessions = \"%s/sessions\"; }; },\n"
    "  { path = \"/upload\"; handler = \"upload\";\n"
    "    max_message = \"256 KiB\"; config: { dir = \"%s/in\"; }; },\n"
    "  { path = \"/relay\"; handler = \"relay\"; queue_bytes = \"1 MiB\";\n"
    "    config: { socket = \"%s/sock\"; }; } );\n";

static void
start(void)
{
	static const char *const names[] = { "counter", "hub", "late_auth",
		"upload", "relay" };
	char from[64], as[32], in[160], more[2048];

	daemon_prepare(&d);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(from, sizeof from, "sdk/examples/%s.so", names[i]);
		snprintf(as, sizeof as, "%s.so", names[i]);
		daemon_install(&d, from, as);
	}
	snprintf(in, sizeof in, "%s/in", d.dir);
	ck_assert_int_eq(mkdir(in, 0755), 0);
	snprintf(more, sizeof more, routes, d.dir, d.dir, d.dir, d.dir);
	daemon_start(&d, more);
}

static void
stop(void)
{
	daemon_end(&d);
}

START_TEST(counter_counts_for_one_and_for_all)
{
	struct raw r[2];

	raw_ws(&r[0], d.port, "/counter");
	raw_text(&r[0], "x");
	raw_expect(&r[0], "1 of 1");
	raw_ws(&r[1], d.port, "/counter");
	raw_text(&r[1], "x");
	raw_expect(&r[1], "1 of 2");
	raw_shut(&r[0]);
	raw_shut(&r[1]);
}
END_TEST

/* --- hub ------------------------------------------------------------------ */

START_TEST(the_hub_tells_all_who_are_there)
{
	struct raw r[3];

	for (int i = 0; i < 3; i++)
		raw_ws(&r[i], d.port, "/hub");
	daemon_await(&d, "cleat_connections{route=\"/hub\"}", 3);
	raw_text(&r[1], "one");
	for (int i = 0; i < 3; i++)
		raw_expect(&r[i], "one");
	/* From the middle, and from either end. */
	static const int leaving[] = { 1, 0, 2 };
	for (int i = 0; i < 3; i++) {
		raw_close(&r[leaving[i]], 1000, "");
		raw_expect_close(&r[leaving[i]], 1000, "");
		raw_shut(&r[leaving[i]]);
		daemon_await(&d, "cleat_connections{route=\"/hub\"}", 2 - i);
		for (int j = i + 1; j < 3; j++) {
			raw_text(&r[leaving[j]], "left");
			for (int k = i + 1; k < 3; k++)
				raw_expect(&r[leaving[k]], "left");
		}
	}
}
END_TEST

START_TEST(the_hub_sends_a_slow_one_away_and_the_others_hear_all)
{
	enum { MESSAGES = 400, SIZE = 65000 };
	static char bytes[SIZE];
	struct raw fast, slow;
	struct raw_frame f;
	int n = 0;

	raw_ws(&slow, d.port, "/hub");
	raw_ws(&fast, d.port, "/hub");
	daemon_await(&d, "cleat_connections{route=\"/hub\"}", 2);
	for (int i = 0; i < MESSAGES; i++) {
		raw_frame(&fast, 0x82, bytes, SIZE);
		f = raw_next(&fast);
		ck_assert(f.opcode == 2 && f.len == SIZE);
	}
	while ((f = raw_next(&slow)).opcode == 2)
		n++;
	ck_assert_int_eq(f.opcode, 8);
	ck_assert_int_eq(f.code, 1013);
	ck_assert_str_eq(f.reason, "too slow");
	ck_assert_int_lt(n, MESSAGES);
	raw_shut(&slow);
	raw_shut(&fast);
}
END_TEST

/* --- late_auth ------------------------------------------------------------ */

static int
knock(struct raw *r, const char *headers)
{
	raw_open(r, d.port);
	return raw_upgrade(r, "/me", headers);
}

START_TEST(late_auth_lets_in_whom_the_file_knows)
{
	struct raw r;

	daemon_write(&d, "sessions", "s1 ada\ns2 bob\n", 14);
	ck_assert_int_eq(knock(&r, ""), 401);
	raw_shut(&r);
	ck_assert_int_eq(knock(&r, "Cookie: sid=s3\r\n"), 401);
	raw_shut(&r);
	ck_assert_int_eq(knock(&r, "Cookie: sid=s2\r\n"), 101);
	raw_expect(&r, "hello, bob");
	raw_shut(&r);
}
END_TEST

START_TEST(late_auth_says_503_when_nobody_can_be_asked)
{
	struct raw r;

	ck_assert_int_eq(knock(&r, "Cookie: sid=s1\r\n"), 503);
	raw_shut(&r);
	daemon_log(&d, " error ", "late_auth", "cannot read", NULL);
}
END_TEST

/* --- upload --------------------------------------------------------------- */

static int
files_in(void)
{
	char dir[160];
	int n = 0;

	snprintf(dir, sizeof dir, "%s/in", d.dir);
	DIR *all = opendir(dir);
	ck_assert_ptr_nonnull(all);
	for (struct dirent *e; (e = readdir(all)) != NULL;)
		n += *e->d_name != '.';
	closedir(all);
	return n;
}

START_TEST(an_upload_is_a_file_each_time)
{
	static char bytes[200000];
	struct raw r;

	raw_ws(&r, d.port, "/upload");
	raw_frame(&r, 0x82, bytes, sizeof bytes);
	raw_expect(&r, "stored 200000 bytes");
	raw_frame(&r, 0x02, "12", 2);
	raw_frame(&r, 0x80, "345", 3);
	raw_expect(&r, "stored 5 bytes");
	ck_assert_int_eq(files_in(), 2);
	raw_text(&r, "text");
	raw_expect_close(&r, 1003, "binary");
	raw_shut(&r);
}
END_TEST

START_TEST(of_an_upload_too_large_nothing_stays)
{
	static char bytes[200000];
	struct raw r;

	raw_ws(&r, d.port, "/upload");
	raw_frame(&r, 0x02, bytes, sizeof bytes);
	raw_frame(&r, 0x80, bytes, sizeof bytes);
	raw_expect_close(&r, 1009, "");
	raw_shut(&r);
	daemon_await(&d, "cleat_connections{route=\"/upload\"}", 0);
	ck_assert_int_eq(files_in(), 0);
}
END_TEST

START_TEST(of_an_upload_that_breaks_off_nothing_stays)
{
	time_t until = time(NULL) + PATIENCE_MS / 1000;
	struct raw r;

	raw_ws(&r, d.port, "/upload");
	raw_frame(&r, 0x02, "12345", 5);
	while (files_in() == 0)
		ck_assert_int_lt(time(NULL), until);
	raw_shut(&r);
	daemon_await(&d, "cleat_connections{route=\"/upload\"}", 0);
	ck_assert_int_eq(files_in(), 0);
}
END_TEST

START_TEST(an_upload_that_cannot_be_written_is_said_so)
{
	char dir[160];
	struct raw r;

	snprintf(dir, sizeof dir, "%s/in", d.dir);
	ck_assert_int_eq(rmdir(dir), 0);
	raw_ws(&r, d.port, "/upload");
	raw_frame(&r, 0x82, "12345", 5);
	raw_expect_close(&r, 1011, "cannot write");
	raw_shut(&r);
}
END_TEST

/* --- relay ---------------------------------------------------------------- */

/* What stands behind the relay. */
static int
listen_behind(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_lt(
	    snprintf(to.sun_path, sizeof to.sun_path, "%s/sock", d.dir),
	    (int)sizeof to.sun_path);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&to, sizeof to), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	return fd;
}

static void
expect_packet(struct raw *r, const char *text)
{
	struct raw_frame f = raw_next(r);

	ck_assert_int_eq(f.opcode, 2);
	ck_assert_str_eq((char *)f.data, text);
}

START_TEST(the_relay_carries_both_ways_until_the_other_end_has_said_all)
{
	int listener = listen_behind();
	char packet[16];
	struct raw r;

	raw_ws(&r, d.port, "/relay");
	int other = accept(listener, NULL, NULL);
	raw_text(&r, ""); /* stands for nothing */
	raw_text(&r, "ping");
	ck_assert_int_eq(recv(other, packet, sizeof packet, 0), 4);
	ck_assert_int_eq(send(other, "pong", 4, 0), 4);
	ck_assert_int_eq(send(other, "last", 4, 0), 4);
	ck_assert_int_eq(shutdown(other, SHUT_WR), 0);
	expect_packet(&r, "pong");
	expect_packet(&r, "last");
	raw_expect_close(&r, 1001, "has gone");
	raw_shut(&r);
	close(other);
	close(listener);
}
END_TEST

START_TEST(the_relay_says_that_nobody_is_there)
{
	struct raw r;

	raw_ws(&r, d.port, "/relay");
	raw_expect_close(&r, 1014, "cannot be reached");
	raw_shut(&r);
}
END_TEST

START_TEST(the_relay_notices_that_the_other_end_is_lost)
{
	int listener = listen_behind();
	char byte;
	struct raw r;

	raw_ws(&r, d.port, "/relay");
	int other = accept(listener, NULL, NULL);
	raw_text(&r, "not read");
	ck_assert_int_eq(recv(other, &byte, 1, MSG_PEEK), 1);
	close(other); /* with what it has not read: a reset */
	raw_expect_close(&r, 1014, "is lost");
	raw_shut(&r);
	close(listener);
}
END_TEST

START_TEST(the_relay_waits_for_another_end_that_is_slow)
{
	enum { MESSAGES = 200, SIZE = 4096 };
	int listener = listen_behind();
	static char bytes[SIZE];
	struct raw r;

	raw_ws(&r, d.port, "/relay");
	int other = accept(listener, NULL, NULL);
	for (int i = 0; i < MESSAGES; i++) {
		memset(bytes, 'a' + i % 26, SIZE);
		raw_frame(&r, 0x82, bytes, SIZE);
	}
	for (int i = 0; i < MESSAGES; i++) {
		ck_assert_int_eq(recv(other, bytes, SIZE, 0), SIZE);
		ck_assert_int_eq(bytes[0], 'a' + i % 26);
	}
	ck_assert_int_eq(send(other, "done", 4, 0), 4);
	expect_packet(&r, "done");
	raw_shut(&r);
	close(other);
	close(listener);
}
END_TEST

enum { PACKETS = 600, PACKET = 32000 };

static void *
pour(void *arg)
{
	static char bytes[PACKET];
	const int *other = arg;

	for (int i = 0; i < PACKETS; i++) {
		bytes[0] = (char)('a' + i % 26);
		if (send(*other, bytes, PACKET, MSG_NOSIGNAL) != PACKET)
			break;
	}
	return NULL;
}

START_TEST(the_relay_waits_for_a_visitor_who_is_slow)
{
	int listener = listen_behind();
	struct raw r;
	pthread_t pourer;

	raw_ws(&r, d.port, "/relay");
	int other = accept(listener, NULL, NULL);
	ck_assert_int_eq(pthread_create(&pourer, NULL, pour, &other), 0);
	daemon_await(&d, "cleat_sends_busy_total{route=\"/relay\"}", 1);
	for (int i = 0; i < PACKETS; i++) {
		struct raw_frame f = raw_next(&r);
		ck_assert(f.opcode == 2 && f.len == PACKET);
		ck_assert_int_eq(f.data[0], 'a' + i % 26);
	}
	pthread_join(pourer, NULL);
	raw_shut(&r);
	close(other);
	close(listener);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("examples");
	TCase *c = suite_case(s, "of the SDK");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, counter_counts_for_one_and_for_all);
	tcase_add_test(c, the_hub_tells_all_who_are_there);
	tcase_add_test(
	    c, the_hub_sends_a_slow_one_away_and_the_others_hear_all);
	tcase_add_test(c, late_auth_lets_in_whom_the_file_knows);
	tcase_add_test(c, late_auth_says_503_when_nobody_can_be_asked);
	tcase_add_test(c, an_upload_is_a_file_each_time);
	tcase_add_test(c, of_an_upload_too_large_nothing_stays);
	tcase_add_test(c, of_an_upload_that_breaks_off_nothing_stays);
	tcase_add_test(c, an_upload_that_cannot_be_written_is_said_so);
	tcase_add_test(
	    c, the_relay_carries_both_ways_until_the_other_end_has_said_all);
	tcase_add_test(c, the_relay_says_that_nobody_is_there);
	tcase_add_test(c, the_relay_notices_that_the_other_end_is_lost);
	tcase_add_test(c, the_relay_waits_for_another_end_that_is_slow);
	tcase_add_test(c, the_relay_waits_for_a_visitor_who_is_slow);
	return suite_run(s);
}
