/* SPDX-License-Identifier: MIT
 *
 * test_publish.c - publishing by programs that are no handlers: the private
 * listener and `cleat publish`, to subscribers of both workers.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cleat.h"
#include "forum.h"
#include "suite.h"

#define TEXT "Content-Type: text/plain\r\n"

/* Posts to /publish/ + target, on a connection of its own or an open one; the
 * status, and the body. */
static int
post_on(struct raw *r, const char *target, const char *headers,
    const void *body, size_t len, char answer[512])
{
	char head[2048];
	const char *length;
	size_t n;

	snprintf(head, sizeof head,
	    "POST /publish/%s HTTP/1.1\r\nHost: x\r\n%s"
	    "Content-Length: %zu\r\n\r\n",
	    target, headers, len);
	raw_puts(r, head);
	raw_put(r, body, len);
	int status = raw_head(r, head, sizeof head);
	length = strcasestr(head, "Content-Length: ");
	ck_assert_ptr_nonnull(length);
	n = strtoul(length + strlen("Content-Length: "), NULL, 10);
	ck_assert_uint_lt(n, 512);
	answer[raw_take(r, answer, n)] = '\0';
	return status;
}

static int
post(
    const char *target, const char *headers, const char *body, char answer[512])
{
	struct raw r;

	raw_open(&r, forum.d.status_port);
	int status = post_on(&r, target, headers, body, strlen(body), answer);
	raw_shut(&r);
	return status;
}

static void
expect(const char *target, const char *headers, const char *body, int status,
    const char *answer)
{
	char got[512];

	ck_assert_int_eq(post(target, headers, body, got), status);
	ck_assert_msg(strncmp(got, answer, strlen(answer)) == 0,
	    "\"%s\" for \"%s\"", got, answer);
}

#define PUBLISH "status: { port = 0; publish = true; };"

static void
start_with(const char *options, const char *limits)
{
	char all[512];

	snprintf(all, sizeof all, PUBLISH "%s", options);
	forum_prepare();
	forum_start_with(all, limits);
}

static void
start(void)
{
	start_with("", "");
}

static void
both_join(void)
{
	forum_join(&forum.a, "subscribe news", "status=0");
	forum_join(&forum.b, "subscribe news", "status=0");
}

/* --- over HTTP ------------------------------------------------------------ */

START_TEST(a_text_reaches_the_subscribers_of_all_workers)
{
	both_join();
	expect("t/news", TEXT, "gr\xc3\xbc\xc3\x9f euch", 202,
	    "{\"topic\":\"t/news\"}\n");
	raw_expect(&forum.a, "gr\xc3\xbc\xc3\x9f euch");
	raw_expect(&forum.b, "gr\xc3\xbc\xc3\x9f euch");
}
END_TEST

START_TEST(bytes_arrive_as_a_binary_message)
{
	static const char bytes[] = "\0\xff\r\n";
	struct raw r;
	char answer[512];

	both_join();
	raw_open(&r, forum.d.status_port);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    post_on(&r, "t/news",
			"Content-Type: application/octet-stream\r\n", bytes,
			sizeof bytes - 1, answer),
		    202);
	raw_shut(&r);
	for (int i = 0; i < 2; i++) {
		struct raw_frame f = raw_next(i ? &forum.a : &forum.b);

		ck_assert_int_eq(f.opcode, 2);
		ck_assert_uint_eq(f.len, sizeof bytes - 1);
		ck_assert_mem_eq(f.data, bytes, f.len);
	}
}
END_TEST

START_TEST(what_is_stored_is_numbered_and_missed_by_nobody)
{
	char expected[128];

	expect("t/news?store=1", TEXT, "one", 200, "{\"topic\":\"t/news\",");
	unsigned long long epoch =
	    forum_join(&forum.a, "subscribe epoch=1 news", "seq=1");
	raw_expect(&forum.a, "one");
	snprintf(expected, sizeof expected,
	    "{\"topic\":\"t/news\",\"epoch\":%llu,\"seq\":2,"
	    "\"duplicate\":false}\n",
	    epoch);
	expect("t/news?store=1", TEXT, "two", 200, expected);
	raw_expect(&forum.a, "two");
}
END_TEST

START_TEST(a_key_makes_a_second_request_harmless)
{
	static const char key[] = TEXT "Idempotency-Key: k\r\n";
	char first[512], second[512];

	both_join();
	ck_assert_int_eq(post("t/news?store=1", key, "once", first), 200);
	ck_assert_int_eq(post("t/news?store=1", key, "once", second), 200);
	ck_assert_ptr_nonnull(strstr(first, "\"seq\":1,\"duplicate\":false"));
	ck_assert_ptr_nonnull(strstr(second, "\"seq\":1,\"duplicate\":true"));
	expect("t/news", TEXT, "next", 202, "");
	raw_expect(&forum.a, "once");
	raw_expect(&forum.a, "next");
}
END_TEST

START_TEST(a_connection_may_be_left_out)
{
	both_join();
	/* The first of the second worker: 1 << 48 | 1. */
	expect("t/news?except=281474976710657", TEXT, "not you", 202, "");
	expect("t/news", TEXT, "all", 202, "");
	raw_expect(&forum.a, "not you");
	raw_expect(&forum.a, "all");
	raw_expect(&forum.b, "all");
}
END_TEST

START_TEST(stamps_are_written_and_messages_erased)
{
	char expected[64], answer[512];

	both_join();
	expect("t/news?store=1&stamp=2", TEXT, "n=" CLEAT_STAMP ".", 200, "{");
	snprintf(expected, sizeof expected, "n=%20d.", 1);
	raw_expect(&forum.a, expected);
	expect("t/news?store=1&erase=1", TEXT, "gone", 200, "{");
	ck_assert_int_eq(
	    post("t/news?store=1&erase=1", TEXT, "x", answer), 404);
	ck_assert_str_eq(answer, "The message to be erased is not there.\n");
	expect("t/news?store=1&stamp=2", TEXT, "no room", 400,
	    "The topic, the key or an option cannot be right.");
}
END_TEST

START_TEST(what_is_wrong_has_a_status)
{
	char name[400];

	expect("nowhere/news", TEXT, "x", 404, "No route has a space");
	daemon_log(&forum.d, " warn publish refused ", "topic=nowhere/news",
	    "status=404", "why=\"No route has a space", NULL);
	expect("t", TEXT, "x", 404, "No route has a space");
	expect("t/", TEXT, "x", 400, "The topic, the key or an option");
	expect("t/%ff", TEXT, "x", 400, "The topic, the key or an option");
	snprintf(name, sizeof name, "t/%0256d", 0);
	expect(name, TEXT, "x", 400, "The topic, the key or an option");
	snprintf(name, sizeof name, "t/%0255d", 0);
	expect(name, TEXT, "x", 202, "{");
	expect("t/news", TEXT, "\xff", 400, "The text is not UTF-8.");
	expect("t/news", "", "x", 415, "The Content-Type must be");
	expect("t/news", TEXT "Origin: http://x\r\n", "x", 403, "Programs");
	expect("t/news?from=1", TEXT, "x", 400, "The query knows");
}
END_TEST

START_TEST(a_message_has_at_most_max_message)
{
	start_with("", "max_message = 16;");
	forum_join(&forum.a, "subscribe news", "status=0");
	expect("t/news", TEXT, "1234567890abcdefg", 413,
	    "The message is larger than");
	expect("t/news", TEXT, "1234567890abcdef", 202, "");
	raw_expect(&forum.a, "1234567890abcdef");
}
END_TEST

START_TEST(a_full_store_is_503)
{
	start_with("topics: { max = 1; };", "");
	forum_join(&forum.a, "subscribe news", "status=0");
	expect("t/other?store=1", TEXT, "x", 503, "The server has no room");
	expect("t/news?store=1", TEXT, "x", 200, "{");
}
END_TEST

/* What is stored cannot be confirmed then, but it is not lost, and /metrics
 * does not wait for it. */
START_TEST(a_worker_that_hangs_holds_up_neither_the_answer_nor_metrics)
{
	char head[1024];
	struct raw r;

	start_with("stall = \"50 ms\";", "");
	forum_join(&forum.b, "subscribe news", "status=0");
	raw_text(&forum.a, "hold 4000");
	daemon_log(&forum.d, " stalled ", NULL);
	raw_open(&r, forum.d.status_port);
	raw_puts(&r, "POST /publish/t/news?store=1 HTTP/1.1\r\nHost: x\r\n" TEXT
		     "Content-Length: 4\r\n\r\nlate");
	ck_assert(
	    daemon_metric(&forum.d, "cleat_connections_and_handshakes") == 2);
	ck_assert_int_eq(recv(r.fd, head, 1, MSG_DONTWAIT | MSG_PEEK), -1);
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 202);
	raw_shut(&r);
	raw_expect(&forum.b, "late");
	forum_hear(&forum.a, "held");
}
END_TEST

START_TEST(nobody_publishes_unless_it_is_switched_on)
{
	forum_start();
	forum_join(&forum.a, "subscribe news", "status=0");
	expect("t/news", TEXT, "x", 403, "Nobody may publish here");
	/* It waits for a restart. */
	daemon_config(&forum.d, PUBLISH
	    "workers = 2; routes = ( { path = \"/t\"; handler = \"topics\"; "
	    "} );");
	daemon_signal(&forum.d, SIGHUP);
	daemon_log(&forum.d, "status: the change waits for a restart", NULL);
	expect("t/news", TEXT, "x", 403, "Nobody may publish here");
}
END_TEST

START_TEST(a_stop_does_not_wait_for_publishers)
{
	struct raw idle, half;

	start_with("", "");
	raw_open(&idle, forum.d.status_port);
	raw_open(&half, forum.d.status_port);
	raw_puts(&half, "POST /publish/t/news HTTP/1.1\r\nHost: x\r\n" TEXT
			"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n");
	char head[256];
	ck_assert_int_eq(raw_head(&half, head, sizeof head), 100);
	daemon_signal(&forum.d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&forum.d), 0);
	raw_shut(&idle);
	raw_shut(&half);
}
END_TEST

/* --- cleat publish --------------------------------------------------------- */

/* Runs it in the shell, with PORT in the environment; the exit status. */
static int
run(const char *command, char out[512])
{
	char port[16];

	snprintf(port, sizeof port, "%d", forum.d.status_port);
	setenv("PORT", port, 1);
	FILE *f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	out[fread(out, 1, 511, f)] = '\0';
	int status = pclose(f);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(a_script_publishes)
{
	static const char *const commands[] = {
		"./cleat publish -u http://127.0.0.1:$PORT t/news 'two words'",
		"echo more | ./cleat publish -u http://localhost:$PORT t/news",
		"./cleat publish -s -k k -u http://127.0.0.1:$PORT t/news once",
		"./cleat publish -s -k k -u http://127.0.0.1:$PORT t/news once",
		"./cleat publish -t binary -u http://127.0.0.1:$PORT t/news b",
	};
	static const char *const answers[] = { "{\"topic\":\"t/news\"}\n",
		"{\"topic\":\"t/news\"}\n", "\"duplicate\":false}\n",
		"\"duplicate\":true}\n", "{\"topic\":\"t/news\"}\n" };
	char out[512];

	both_join();
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		ck_assert_int_eq(run(commands[i], out), 0);
		ck_assert_msg(strstr(out, answers[i]) != NULL, "%s", out);
	}
	raw_expect(&forum.b, "two words");
	raw_expect(&forum.b, "more\n");
	raw_expect(&forum.b, "once");
	struct raw_frame f = raw_next(&forum.b);
	ck_assert_int_eq(f.opcode, 2);
	ck_assert_int_eq(
	    run("./cleat publish -u http://127.0.0.1:$PORT x/y z 2>&1", out),
	    2);
	ck_assert_ptr_nonnull(
	    strstr(out, "refused with 404: No route has a space"));
}
END_TEST

START_TEST(a_unix_socket_is_for_its_owner)
{
	char options[512], command[512], out[512];
	struct stat st;

	forum_prepare();
	snprintf(options, sizeof options,
	    "status: { address = \"unix:%s/status.sock\"; mode = \"0600\"; "
	    "publish = true; };",
	    forum.d.dir);
	forum_start_with(options, "");
	both_join();
	snprintf(command, sizeof command, "%s/status.sock", forum.d.dir);
	ck_assert_int_eq(stat(command, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	snprintf(command, sizeof command,
	    "./cleat publish -u unix:%s/status.sock t/news hello", forum.d.dir);
	ck_assert_int_eq(run(command, out), 0);
	raw_expect(&forum.b, "hello");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("publish");
	TCase *c = suite_case(s, "to subscribers");
	TCase *own = suite_case(s, "with a configuration of their own");

	tcase_add_checked_fixture(c, start, forum_stop);
	tcase_add_test(c, a_text_reaches_the_subscribers_of_all_workers);
	tcase_add_test(c, bytes_arrive_as_a_binary_message);
	tcase_add_test(c, what_is_stored_is_numbered_and_missed_by_nobody);
	tcase_add_test(c, a_key_makes_a_second_request_harmless);
	tcase_add_test(c, a_connection_may_be_left_out);
	tcase_add_test(c, stamps_are_written_and_messages_erased);
	tcase_add_test(c, what_is_wrong_has_a_status);
	tcase_add_test(c, a_script_publishes);
	tcase_add_checked_fixture(own, NULL, forum_stop);
	tcase_add_test(own, a_unix_socket_is_for_its_owner);
	tcase_add_test(own, a_message_has_at_most_max_message);
	tcase_add_test(own, a_full_store_is_503);
	tcase_add_test(
	    own, a_worker_that_hangs_holds_up_neither_the_answer_nor_metrics);
	tcase_add_test(own, nobody_publishes_unless_it_is_switched_on);
	tcase_add_test(own, a_stop_does_not_wait_for_publishers);
	return suite_run(s);
}
