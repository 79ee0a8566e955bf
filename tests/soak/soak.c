/* SPDX-License-Identifier: MIT
 *
 * soak.c - one cleatd, all that it is for, for as long as is wanted.
 *
 * Visitors of every kind come in random order, polite ones and others, while
 * `cleat load` keeps the workers busy and the configuration is read again and
 * again. After a tenth of the time, when everything has been there once, and
 * at the end all of them go: then the descriptors must be as many as before,
 * the memory about as much, and the log must have nothing to complain of.
 *
 * SOAK_SECONDS says how long, CLEAT_SEED repeats an order. Not part of `make
 * check`: see `make soak`.
 */
#include "config.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dice.h"
#include "daemon.h"
#include "holding.h"
#include "raw.h"
#include "siege.h"
#include "suite.h"

enum {
	LARGE = 1 << 20,
	FILE_SIZE = 300000,
	PATIENT = 100,	       /* visits between two reloads */
	GROWTH_KIB = 4 * 1024, /* what an allocator may keep in more holes */
	LOADS = 2,
	LOAD_SECONDS = 5,
};

static uint32_t luck;
static pid_t load[LOADS];
static unsigned long visits;
static char large[LARGE + 1];

static unsigned
below(unsigned n)
{
	return dice(&luck, n);
}

/* --- the polite ------------------------------------------------------------- */

static void
say_and_hear(struct raw *r, int head, size_t n)
{
	struct raw_frame f;

	raw_frame(r, head, large, n);
	f = raw_next(r);
	ck_assert_int_eq(f.opcode, head & 15);
	ck_assert_uint_eq(f.len, n);
}

/* What others have said meanwhile may still come. */
static void
part_well(struct besieger *b)
{
	struct raw_frame f;

	raw_close(&b->tunnel.raw, 1000, "bye");
	do
		f = raw_next(&b->tunnel.raw);
	while (f.opcode == 1);
	ck_assert_int_eq(f.code, 1000);
	siege_leave(b);
}

static void
visit_echo(enum siege_door door)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 4096, 65536, LARGE };
	static struct besieger b;
	struct raw *r = &b.tunnel.raw;

	siege_upgrade(&b, door, "/echo");
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		say_and_hear(r, i % 2 ? 0x81 : 0x82, sizes[i]);
	raw_frame(r, 0x01, "in ", 3);
	raw_frame(r, 0x89, "ping", 4);
	raw_frame(r, 0x00, "three ", 6);
	raw_frame(r, 0x80, "parts", 5);
	ck_assert_int_eq(raw_next(r).opcode, 10);
	raw_expect(r, "in three parts");
	part_well(&b);
}

/* The next message with this in it. */
static void
hear(struct raw *r, const char *part)
{
	struct raw_frame f;

	do {
		f = raw_next(r);
		ck_assert_msg(f.opcode == 1, "\"%s\" does not come: %d %s",
		    part, f.code, f.reason);
	} while (!strstr((char *)f.data, part));
}

static void
ask(struct raw *r, const char *message, const char *part)
{
	raw_text(r, message);
	hear(r, part);
}

static void
visit_chat(enum siege_door door)
{
	static struct besieger a, b;

	siege_upgrade(&a, door, "/chat/");
	siege_upgrade(&b, SIEGE_PLAIN, "/chat/");
	ask(&a.tunnel.raw,
	    "{\"type\":\"join\",\"room\":\"lobby\",\"id\":\"j\"}", "joined");
	ask(&b.tunnel.raw,
	    "{\"type\":\"join\",\"room\":\"lobby\",\"id\":\"j\"}", "joined");
	ask(&a.tunnel.raw,
	    "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"x\",\"id\":\"s\"}",
	    "\"ack\"");
	ask(&b.tunnel.raw,
	    "{\"type\":\"leave\",\"room\":\"lobby\",\"id\":\"l\"}", "left");
	siege_leave(&b);
	part_well(&a);
}

/* And who publishes from outside is heard, too. */
static void
visit_api(enum siege_door door)
{
	static struct besieger b;
	struct raw *r = &b.tunnel.raw, outside;
	char head[1024];

	siege_upgrade(&b, door, "/api");
	ask(r,
	    "{\"type\":\"subscribe\",\"id\":\"s\",\"payload\":{\"topic\":"
	    "\"room/a\"}}",
	    "\"complete\"");
	ask(r, "{\"type\":\"say\",\"id\":\"p\",\"payload\":{\"room\":\"a\"}}",
	    "\"id\":\"p\"");
	ask(r, "{\"type\":\"nothing\",\"id\":\"n\"}", "unknown_type");
	ask(r, "{\"type\":", "bad_format");
	raw_open(&outside, siege.d.status_port);
	raw_puts(&outside, "POST /publish/api/room/a HTTP/1.1\r\nHost: a\r\n"
			   "Content-Type: text/plain\r\nContent-Length: 7\r\n"
			   "Connection: close\r\n\r\noutside");
	ck_assert_int_eq(raw_head(&outside, head, sizeof head) / 100, 2);
	hear(r, "outside");
	raw_shut(&outside);
	part_well(&b);
}

static void
visit_files(enum siege_door door)
{
	static const struct {
		const char *line, *header;
		int status;
		size_t n;
	} rows[] = {
		{ "GET /", "", 200, 4 },
		{ "GET /file", "", 200, FILE_SIZE },
		{ "GET /file", "Range: bytes=5-104\r\n", 206, 100 },
		{ "HEAD /file", "", 200, 0 },
		{ "GET /nowhere", "", 404, 0 },
		{ "POST /", "", 405, 0 },
		{ "GET /../file", "", 400, 0 },
	};
	static char body[FILE_SIZE], head[4096];
	static struct besieger b;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		siege_connect(&b, door);
		ck_assert_int_eq(raw_request(&b.tunnel.raw, rows[i].line,
				     rows[i].header, head, sizeof head),
		    rows[i].status);
		ck_assert_uint_eq(
		    raw_take(&b.tunnel.raw, body, rows[i].n), rows[i].n);
		siege_leave(&b);
	}
}

/* --- and the others --------------------------------------------------------- */

static void
visit_refused(enum siege_door door)
{
	static const struct {
		const char *path, *headers;
		int status;
	} rows[] = {
		{ "/echo", "Origin: http://elsewhere\r\n", 403 },
		{ "/echo", "Sec-WebSocket-Version: 8\r\n", 426 },
		{ "/echo", "Host: twice\r\n", 400 },
		{ "/nowhere", "", 404 },
		{ "/one", "", 101 },
	};
	static struct besieger b;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		siege_connect(&b, door);
		ck_assert_int_eq(
		    raw_upgrade(&b.tunnel.raw, rows[i].path, rows[i].headers),
		    rows[i].status);
		siege_leave(&b);
	}
}

static void
visit_rudely(enum siege_door door)
{
	static const struct {
		const char *bytes;
		size_t n;
		int code;
	} rows[] = {
		{ "\x83\x80....", 6, 1002 },
		{ "\x81\x01x", 3, 1002 },
		{ "\x82\xff\0\0\0\1\0\0\0\0....", 14, 1009 },
		{ "\x81\x81\0\0\0\0\xff", 7, 1007 },
	};
	static struct besieger b;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		siege_upgrade(&b, door, "/echo");
		raw_put(&b.tunnel.raw, rows[i].bytes, rows[i].n);
		raw_expect_close(&b.tunnel.raw, rows[i].code, "");
		siege_leave(&b);
	}
}

static void
visit_and_break_off(enum siege_door door)
{
	static const char knock[] =
	    "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	    "\x81\x85....abc";
	const struct linger now = { .l_onoff = 1 };
	struct raw r;

	/* through the TLS port it is no TLS, at any length */
	raw_open(&r, siege.port[door]);
	raw_put(&r, knock, below(sizeof knock));
	if (below(2))
		setsockopt(r.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	raw_shut(&r);
}

static void
visit_and_vanish(enum siege_door door)
{
	static const char *const paths[] = { "/echo", "/chat/", "/api" };
	const struct linger now = { .l_onoff = 1 };
	static struct besieger b;

	siege_upgrade(&b, door, paths[below(3)]);
	raw_frame(&b.tunnel.raw, 0x82, large, below(65536) * 16);
	if (door == SIEGE_PLAIN && below(2))
		setsockopt(
		    b.tunnel.raw.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	siege_leave(&b);
}

static void (*const kinds[])(enum siege_door) = { visit_echo, visit_chat,
	visit_api, visit_files, visit_refused, visit_rudely,
	visit_and_break_off, visit_and_vanish };

/* --- the whole -------------------------------------------------------------- */

static void
start_load(pid_t *pid)
{
	char url[64], seconds[16];

	snprintf(url, sizeof url, "ws://127.0.0.1:%d/echo", siege.d.port);
	snprintf(seconds, sizeof seconds, "%d", LOAD_SECONDS);
	*pid = fork();
	ck_assert_int_ge(*pid, 0);
	if (*pid == 0) {
		(void)!freopen("/dev/null", "w", stdout);
		(void)!freopen("/dev/null", "w", stderr);
		execl("./cleat", "cleat", "load", "-c", "20", "-p", "1", "-s",
		    "20,1000,20000", "-d", seconds, url, (char *)NULL);
		_exit(127);
	}
}

static void
tend_loads(void)
{
	for (int i = 0; i < LOADS; i++)
		if (load[i] == 0 || waitpid(load[i], NULL, WNOHANG) == load[i])
			start_load(&load[i]);
}

static void
end_loads(void)
{
	for (int i = 0; i < LOADS; i++) {
		int status = 0;

		if (load[i] > 0)
			ck_assert_int_eq(waitpid(load[i], &status, 0), load[i]);
		ck_assert_msg(status == 0, "cleat load ended with %#x", status);
		load[i] = 0;
	}
}

static time_t
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Everybody comes until then, and is gone when it returns. */
static void
visit_until(time_t end)
{
	while (now_s() < end) {
		tend_loads();
		siege_witness();
		kinds[below(sizeof kinds / sizeof kinds[0])](
		    (enum siege_door)below(SIEGE_DOORS));
		if (++visits % PATIENT == 0)
			daemon_reload(&siege.d);
	}
	end_loads();
	siege_witness();
	daemon_await(&siege.d, "cleat_connections_and_handshakes", 1);
	daemon_await(&siege.d, "cleat_http_connections", 0);
	holding_await_descriptors(&siege.d, siege.descriptors);
}

/* How long anything takes is the machine's matter, and not looked at. */
static void
start(void)
{
	static char file[FILE_SIZE];

	memset(large, 'x', LARGE);
	siege_prepare();
	daemon_install(&siege.d, "plugins/chat-hub.so", "chat-hub.so");
	daemon_install(&siege.d, "plugins/json-router.so", "json-router.so");
	daemon_write(&siege.d, "www/index.html", "home", 4);
	daemon_write(&siege.d, "www/file", file, sizeof file);
	siege_begin(
	    "workers = 2; stall = 0; log: { access = false; };\n"
	    "status: { port = 0; publish = true; };\n"
	    "defaults: { expected_closes = [ 1000, 1001, 1002, 1005,\n"
	    "  1006, 1007, 1009, 1013 ]; slow_ms = 0; };\n"
	    "routes = ( { path = \"/echo\"; handler = \"echo\";\n"
	    "  max_message = \"2 MiB\"; queue_bytes = \"8 MiB\"; },\n"
	    "{ path = \"/one\"; handler = \"echo\"; refuse = \"close\";\n"
	    "  max_connections = 1; },\n"
	    "{ path = \"/chat/*\"; handler = \"chat-hub\";\n"
	    "  config: { rooms = [ \"lobby\" ]; }; },\n"
	    "{ path = \"/api\"; handler = \"json-router\"; config: {\n"
	    "  routes = ( { type = \"say\"; do = \"publish\";\n"
	    "    store = true; topic = \"room/${payload.room}\"; } );\n"
	    "  subscribe = ( { topic = \"room/*\"; } ); }; } );");
}

/* Nobody has done anything that would be the operator's to mend. */
static void
expect_calm_log(void)
{
	static const char *const levels[] = { "Z warn ", "Z error " };

	for (int i = 0; i < 2; i++)
		for (char *at = siege.d.log; (at = strstr(at, levels[i])); at++)
			ck_assert_msg(
			    strncmp(at, "Z warn serving as root", 22) == 0,
			    "%.500s", at);
}

static unsigned
seconds_asked_for(void)
{
	const char *text = getenv("SOAK_SECONDS");

	return text && *text ? (unsigned)strtoul(text, NULL, 10) : 600;
}

START_TEST(nothing_is_left_behind)
{
	unsigned seconds = seconds_asked_for();
	time_t begin = now_s();
	long before, after;

	luck = dice_seed((uint32_t)time(NULL));
	printf("soak: %u seconds, CLEAT_SEED=%u\n", seconds, luck);
	fflush(stdout);
	visit_until(begin + seconds / 10);
	before = holding_memory(&siege.d);
	visit_until(begin + seconds);
	after = holding_memory(&siege.d);
	expect_calm_log();
	printf("soak: %lu visits, %g messages of load and theirs; memory %ld "
	       "KiB, then %ld; descriptors %d\n",
	    visits,
	    daemon_metric(
		&siege.d, "cleat_messages_total{route=\"/echo\",dir=\"in\"}"),
	    before, after, holding_descriptors(&siege.d));
	ck_assert_msg(HOLDING_SANITIZED || after <= before + GROWTH_KIB,
	    "%ld KiB have become %ld", before, after);
}
END_TEST

static void
stop(void)
{
	for (int i = 0; i < LOADS; i++)
		if (load[i] > 0)
			kill(load[i], SIGTERM);
	siege_stop();
}

int
main(void)
{
	Suite *s = suite_create("soak");
	TCase *c = suite_case(s, "soak");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, nothing_is_left_behind);
	return suite_run(s);
}
