/* SPDX-License-Identifier: MIT
 *
 * test_abuse.c - what somebody who takes too much is told, and that others
 * do not notice.
 *
 * Where time has to pass, or must not have passed, the test goes on asking
 * until the answer is the one that is to come sooner or later.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "holding.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static void
prepare(void)
{
	daemon_prepare(&d);
}

static void
stop(void)
{
	daemon_end(&d);
}

/* The status of a handshake that a trusted proxy passes on. */
static int
knock_for(const char *client, char *head, size_t size)
{
	char headers[256];
	struct raw r;
	int status;

	snprintf(headers, sizeof headers,
	    "X-Forwarded-For: %s\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
	    client);
	raw_open(&r, d.port);
	status = raw_request(&r, "GET /echo", headers, head, size);
	raw_shut(&r);
	return status;
}

/* --- addresses ----------------------------------------------------------- */

START_TEST(handshakes_of_an_address_come_at_a_rate)
{
	char head[4096];

	daemon_start(&d, "handshake_rate = 1; handshake_burst = 4;\n"
			 "trusted_proxies = [ \"127.0.0.1\" ];\n" ECHO_ROUTE);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
		    knock_for("203.0.113.7", head, sizeof head), 101);
	while (knock_for("203.0.113.7", head, sizeof head) == 101)
		continue;
	ck_assert_msg(strstr(head, "HTTP/1.1 429 ") == head, "%s", head);
	ck_assert_ptr_nonnull(strstr(head, "Retry-After: 1\r\n"));
	daemon_log(&d, "refused", "203.0.113.7", "429", "rate", NULL);
	ck_assert_double_ge(
	    daemon_metric(&d, "cleat_connections_total{route=\"/echo\","
			      "result=\"rate\"}"),
	    1);
	/* Others come in, and so does it, later. */
	ck_assert_int_eq(knock_for("203.0.113.8", head, sizeof head), 101);
	ck_assert_int_eq(knock_for("2001:db8::7", head, sizeof head), 101);
	while (knock_for("203.0.113.7", head, sizeof head) != 101)
		continue;
}
END_TEST

/* --- connections --------------------------------------------------------- */

/* Each is reached by what is sent at once: no clock has a say in it. */
static void
start_rates(void)
{
	daemon_prepare(&d);
	daemon_start(&d,
	    "defaults: { rate_burst = \"100 ms\"; max_fragments = 20; };\n"
	    "routes = (\n"
	    "  { path = \"/messages\"; handler = \"echo\"; message_rate = 1; "
	    "},\n"
	    "  { path = \"/bytes\"; handler = \"echo\"; byte_rate = 1;\n"
	    "    max_message = 1000; },\n"
	    "  { path = \"/controls\"; handler = \"echo\"; control_rate = 1; "
	    "},\n"
	    "  { path = \"/fragments\"; handler = \"echo\";\n"
	    "    fragment_rate = 1; },\n"
	    "  { path = \"/any\"; handler = \"echo\"; }\n"
	    ");");
}

/* It was closed for this; all hear and read of it. */
static void
expect_refused(struct raw *r, const char *path, const char *label)
{
	char metric[128];
	struct raw other;

	while (1) {
		struct raw_frame f = raw_next(r);

		if (f.opcode != 8)
			continue;
		ck_assert_uint_ge(f.len, 2);
		ck_assert_int_eq(f.data[0] << 8 | f.data[1], 1008);
		break;
	}
	raw_shut(r);
	daemon_log(&d, "closed unexpectedly", path, "code=1008", label, NULL);
	snprintf(metric, sizeof metric,
	    "cleat_closes_by_host_total{route=\"%s\",reason=\"%s\"}", path,
	    label);
	daemon_await(&d, metric, 1);
	/* Somebody else does not pay for it. */
	raw_ws(&other, d.port, path);
	raw_text(&other, "still here");
	raw_expect(&other, "still here");
	raw_shut(&other);
}

static void
say_many(struct raw *r, int n, int head, const char *text)
{
	uint8_t all[65536];
	size_t len = 0;

	ck_assert_uint_lt((size_t)n * (strlen(text) + 14), sizeof all);
	for (int i = 0; i < n; i++)
		len += raw_build(all + len, head, text, strlen(text));
	raw_put(r, all, len);
}

START_TEST(a_flood_of_messages_is_1008)
{
	struct raw r;

	raw_ws(&r, d.port, "/messages");
	say_many(&r, 1000, 0x81, "x");
	raw_expect(&r, "x");
	expect_refused(&r, "/messages", "message_rate");
}
END_TEST

START_TEST(a_flood_of_bytes_is_1008)
{
	char text[1000];
	struct raw r;

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	raw_ws(&r, d.port, "/bytes");
	raw_text(&r, text);
	raw_expect(&r, text);
	say_many(&r, 10, 0x81, text);
	expect_refused(&r, "/bytes", "byte_rate");
}
END_TEST

START_TEST(a_flood_of_pings_is_1008)
{
	struct raw r;

	raw_ws(&r, d.port, "/controls");
	say_many(&r, 1000, 0x89, "x");
	ck_assert_int_eq(raw_next(&r).opcode, 10);
	expect_refused(&r, "/controls", "control_rate");
}
END_TEST

/* Messages of 20 fragments each, all but the last of them empty or of one
 * byte, pings between. */
START_TEST(a_flood_of_fragments_is_1008)
{
	struct raw r;

	raw_ws(&r, d.port, "/fragments");
	for (int i = 0; i < 30; i++) {
		raw_frame(&r, 0x01, "a", 1);
		say_many(&r, 9, 0x00, "");
		raw_frame(&r, 0x89, "", 0);
		say_many(&r, 9, 0x00, "b");
		raw_frame(&r, 0x80, "c", 1);
	}
	ck_assert_int_eq(raw_next(&r).opcode, 10);
	raw_expect(&r, "abbbbbbbbbc");
	expect_refused(&r, "/fragments", "fragment_rate");
}
END_TEST

START_TEST(without_rates_a_flood_is_traffic)
{
	struct raw r;

	raw_ws(&r, d.port, "/any");
	say_many(&r, 1000, 0x81, "x");
	for (int i = 0; i < 1000; i++)
		raw_expect(&r, "x");
	say_many(&r, 1000, 0x89, "x");
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(raw_next(&r).opcode, 10);
	raw_shut(&r);
}
END_TEST

/* --- descriptors --------------------------------------------------------- */

enum { DESCRIPTORS = 64, CROWD = 100 };

/* One exchange; false when the server has no descriptor for it. */
static bool
is_served(void)
{
	struct raw r;
	bool served = false;

	raw_open(&r, d.port);
	if (raw_upgrade(&r, "/echo", NULL) == 101) {
		raw_text(&r, "again");
		served = raw_next(&r).opcode == 1;
	}
	raw_shut(&r);
	return served;
}

static const char UPGRADE[] =
    "GET /echo HTTP/1.1\r\nHost: localhost\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

START_TEST(running_out_of_descriptors_is_survived)
{
	struct raw crowd[CROWD];
	char head[4096];
	int before, told = 0, tries = 0;

	d.descriptors = DESCRIPTORS;
	daemon_start(&d,
	    "workers = 2; max_connections = 1000;\n"
	    "routes = ( { path = \"/echo\"; handler = \"echo\"; } );\n");
	/* Found out before it hurts. */
	daemon_log(&d, " warn ", "descriptors, the limit is 64", NULL);
	before = holding_descriptors(&d);
	for (int i = 0; i < CROWD; i++) {
		raw_open(&crowd[i], d.port);
		raw_puts(&crowd[i], UPGRADE);
	}
	/* Nobody waits for an answer, and the status is there to be read. */
	for (int i = 0; i < CROWD; i++)
		if (raw_head(&crowd[i], head, sizeof head) != 101) {
			ck_assert_msg(strstr(head, " 503 "), "%s", head);
			ck_assert_ptr_nonnull(strstr(head, "Retry-After: 5"));
			told++;
		} else {
			raw_text(&crowd[i], "in");
			raw_expect(&crowd[i], "in");
		}
	ck_assert_int_gt(told, 0);
	ck_assert_int_lt(told, CROWD);
	daemon_log(&d, " error ", "descriptors run out", NULL);
	ck_assert_double_gt(daemon_metric(&d, "cleat_turned_away_total"), 0);
	/* Sockets had no more than their part. */
	holding_await_descriptors(&d, DESCRIPTORS - DESCRIPTORS / 16);
	for (int i = 0; i < CROWD; i++)
		raw_shut(&crowd[i]);
	/* Each try is an exchange with a server that has ever more room. */
	while (!is_served())
		ck_assert_int_lt(++tries, 2000);
	daemon_await(&d, "cleat_connections{route=\"/echo\"}", 0);
	for (tries = 0; holding_descriptors(&d) > before; tries++) {
		ck_assert_int_lt(tries, 2000);
		is_served();
	}
}
END_TEST

/* The number that the daemon's next descriptor will have. */
static rlim_t
next_descriptor(void)
{
	char path[64], to[8];
	int fd = 0;

	do
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)d.pid, fd++);
	while (readlink(path, to, sizeof to) >= 0);
	return (rlim_t)fd - 1;
}

/* Somebody else, a handler perhaps, has taken the reserve, too. */
START_TEST(without_any_descriptor_left_peers_are_answered_all_the_same)
{
	struct rlimit before, none;
	struct raw r;
	char head[4096];

	daemon_start(&d, "workers = 1;\n" ECHO_ROUTE);
	ck_assert_int_eq(prlimit(d.pid, RLIMIT_NOFILE, NULL, &before), 0);
	none = before;
	none.rlim_cur = next_descriptor();
	ck_assert_int_eq(prlimit(d.pid, RLIMIT_NOFILE, &none, NULL), 0);
	for (int i = 0; i < 10; i++) {
		raw_open(&r, d.port);
		raw_puts(&r, UPGRADE);
		ck_assert_int_eq(raw_head(&r, head, sizeof head), 503);
		raw_shut(&r);
	}
	ck_assert_int_eq(prlimit(d.pid, RLIMIT_NOFILE, &before, NULL), 0);
	while (!is_served())
		continue;
	ck_assert_double_ge(daemon_metric(&d, "cleat_turned_away_total"), 10);
}
END_TEST

/* --- memory -------------------------------------------------------------- */

enum { MIB = 1 << 20, TAIL = 1 << 16 };

static void
start_memory(void)
{
	daemon_prepare(&d);
	daemon_start(&d,
	    "workers = 2; max_memory = \"16 MiB\";\n"
	    "routes = ( { path = \"/echo\"; handler = \"echo\";\n"
	    "  max_message = \"64 MiB\"; queue_bytes = \"64 MiB\";\n"
	    "  queue_messages = 1000000; } );");
}

static const char refused[] =
    "cleat_connections_total{route=\"/echo\",result=\"max_memory\"}";
static const char shed[] =
    "cleat_closes_by_host_total{route=\"/echo\",reason=\"max_memory\"}";

/* A message of so many MiB, but for its end. */
static void
begin_message(struct raw *r, size_t mib)
{
	uint8_t *data = calloc(mib, MIB), *all = malloc(mib * MIB + 14);
	size_t n;

	ck_assert(data && all);
	n = raw_build(all, 0x82, data, mib * MIB);
	raw_put(r, all, n - TAIL);
	free(data);
	free(all);
}

/* Zeros are the mask, wherever they stand. */
static void
end_message(struct raw *r, size_t mib)
{
	static uint8_t data[2 * TAIL], all[2 * TAIL + 14];
	size_t n = raw_build(all, 0x82, data, sizeof data);

	raw_put(r, all + n - TAIL, TAIL);
	ck_assert_uint_eq(raw_next(r).len, mib * MIB);
}

/* Waits until so many are held, but for some ends. */
static void
await_held(int mib)
{
	while (daemon_metric(&d, "cleat_memory_bytes") <
	       (double)mib * MIB - 4 * TAIL)
		continue;
}

START_TEST(near_max_memory_nobody_new_comes_in)
{
	char head[4096];
	struct raw a, b;

	ck_assert_double_eq(daemon_metric(&d, "cleat_memory_bytes"), 0);
	raw_ws(&a, d.port, "/echo");
	raw_ws(&b, d.port, "/echo");
	begin_message(&a, 12);
	await_held(12);
	ck_assert_int_eq(knock_for("", head, sizeof head), 101);
	begin_message(&b, 3);
	await_held(15);
	ck_assert_int_eq(knock_for("", head, sizeof head), 503);
	ck_assert_ptr_nonnull(strstr(head, "Retry-After: 5\r\n"));
	daemon_log(&d, "refused", "503", "max_memory", NULL);
	ck_assert_double_ge(daemon_metric(&d, refused), 1);
	/* Nobody had to go, and with them all that they held has gone. */
	ck_assert_double_eq(daemon_metric(&d, shed), -1);
	raw_shut(&a);
	raw_shut(&b);
	daemon_await(&d, "cleat_memory_bytes", 0);
	ck_assert_int_eq(knock_for("", head, sizeof head), 101);
	daemon_await(&d, "cleat_memory_bytes", 0);
}
END_TEST

START_TEST(above_max_memory_the_greediest_has_to_go)
{
	struct raw a, b, c;

	raw_ws(&a, d.port, "/echo");
	raw_ws(&b, d.port, "/echo");
	raw_ws(&c, d.port, "/echo");
	begin_message(&a, 2);
	begin_message(&b, 9);
	await_held(11);
	begin_message(&c, 6);
	raw_expect_close(&b, 1013, "holds as much as it may");
	raw_shut(&b);
	daemon_log(&d, "max_memory is reached", NULL);
	daemon_log(&d, "closed unexpectedly", "1013", "max_memory", NULL);
	daemon_await(&d, shed, 1);
	end_message(&a, 2);
	end_message(&c, 6);
	raw_shut(&a);
	raw_shut(&c);
	daemon_await(&d, "cleat_memory_bytes", 0);
}
END_TEST

/* Asks for echoes and reads none, until the host has had enough. */
START_TEST(who_does_not_read_has_to_go)
{
	static uint8_t all[600000];
	double before = daemon_metric(&d, shed);
	struct raw_frame f;
	struct raw r;
	size_t n = 0, at = 0;

	while (n < sizeof all - 1100)
		n += raw_build(all + n, 0x82, all + sizeof all - 1000, 1000);
	raw_ws(&r, d.port, "/echo");
	/* What the host reads no more the socket would hold up. */
	while (daemon_metric(&d, shed) == before) {
		ssize_t sent =
		    send(r.fd, all + at, n - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0)
			at = (at + (size_t)sent) % n;
	}
	do
		f = raw_next(&r);
	while (f.opcode == 2 && f.len == 1000);
	ck_assert_int_eq(f.opcode, 8);
	ck_assert_int_eq(f.data[0] << 8 | f.data[1], 1013);
	raw_shut(&r);
	daemon_await(&d, "cleat_memory_bytes", 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("abuse");
	TCase *c = suite_case(s, "addresses");

	tcase_add_checked_fixture(c, prepare, stop);
	tcase_add_test(c, handshakes_of_an_address_come_at_a_rate);
	c = suite_case(s, "descriptors");
	tcase_add_checked_fixture(c, prepare, stop);
	tcase_add_test(c, running_out_of_descriptors_is_survived);
	tcase_add_test(
	    c, without_any_descriptor_left_peers_are_answered_all_the_same);
	c = suite_case(s, "memory");
	tcase_add_unchecked_fixture(c, start_memory, stop);
	tcase_add_test(c, near_max_memory_nobody_new_comes_in);
	tcase_add_test(c, above_max_memory_the_greediest_has_to_go);
	tcase_add_test(c, who_does_not_read_has_to_go);
	c = suite_case(s, "connections");
	tcase_add_unchecked_fixture(c, start_rates, stop);
	tcase_add_test(c, a_flood_of_messages_is_1008);
	tcase_add_test(c, a_flood_of_bytes_is_1008);
	tcase_add_test(c, a_flood_of_pings_is_1008);
	tcase_add_test(c, a_flood_of_fragments_is_1008);
	tcase_add_test(c, without_rates_a_flood_is_traffic);
	return suite_run(s);
}
