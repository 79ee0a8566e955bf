/* SPDX-License-Identifier: MIT
 *
 * test_attack_slow.c - those who take their time, to take a place from others.
 *
 * Each row is a few who say something, then a byte every now and then, or
 * nothing. All rows come at once; the deadline that the documentation names
 * for each ends it, while others are served.
 */
#include "config.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "raw.h"
#include "siege.h"
#include "suite.h"

enum {
	CROWD = 4,
	PACE_MS = 10, /* between two bytes, while something may come */
	PATIENCE = PATIENCE_MS / PACE_MS,
	FILE_SIZE = 64 << 20, /* more than sockets hold */
};

/* How far they come before they slow down. WIRE: through the TLS port, but
 * what they say is what TLS says. */
enum stage { HTTP, WIRE, ROUTE };

static const struct slow {
	enum stage stage;
	const char *path; /* of ROUTE */
	const char *begin;
	size_t begin_len;
	const char *drip; /* again and again, byte by byte; NULL: silence */
	size_t drip_len;
} rows[] = {
#define TEXT(text) text, sizeof(text) - 1
#define REQUEST	   "GET / HTTP/1.1\r\nHost: a\r\n"
	{ HTTP, NULL, TEXT(""), NULL, 0 },
	{ HTTP, NULL, TEXT(""), TEXT("\r\n") },
	{ HTTP, NULL, TEXT(""), TEXT("G") },
	{ HTTP, NULL, TEXT("GET /"), TEXT("a") },
	{ HTTP, NULL, TEXT(REQUEST "X: "), TEXT("a") },
	{ HTTP, NULL, TEXT(REQUEST), TEXT("X: y\r\n") },
	{ HTTP, NULL, TEXT(REQUEST "X: y\r\n\r"), NULL, 0 },
	{ HTTP, NULL, TEXT(REQUEST "\r\nGET /"), TEXT("a") },
	{ WIRE, NULL, TEXT(""), NULL, 0 },
	{ WIRE, NULL, TEXT("\x16\3\1"), NULL, 0 },
	{ WIRE, NULL, TEXT("\x16\3\1\2\0\1\0\1\xfc\3\3"), TEXT("a") },
	/* a frame that does not end, with and without a sign of life */
	{ ROUTE, "/silent", TEXT("\x82"), NULL, 0 },
	{ ROUTE, "/silent", TEXT("\x82\xfe\x10"), NULL, 0 },
	{ ROUTE, "/silent", TEXT("\x82\xfe\x10\0....abc"), NULL, 0 },
	{ ROUTE, "/silent", TEXT("\x88\x82..."), NULL, 0 },
	{ ROUTE, "/idle", TEXT("\x82\xfe\x10\0...."), TEXT("a") },
	{ ROUTE, "/idle", TEXT("\x02\x81....a"), TEXT("\0\x80....") },
	{ ROUTE, "/idle", TEXT(""), TEXT("\x89\x80....") },
	{ ROUTE, "/idle", TEXT(""), TEXT("\x8a\x80....") },
#undef TEXT
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static struct slot {
	const struct slow *row;
	struct besieger who;
	bool gone;
} crowd[CROWD * ROWS];

static void
start(void)
{
	siege_start("1 s", "", "workers = 1;");
}

static void
come(struct slot *s, enum siege_door door)
{
	const struct slow *row = s->row;

	s->gone = false;
	if (row->stage == ROUTE) {
		siege_upgrade(&s->who, door, row->path);
	} else if (row->stage == HTTP) {
		siege_connect(&s->who, door);
	} else {
		s->who.door = SIEGE_PLAIN;
		raw_open(&s->who.tunnel.raw, siege.port[SIEGE_TLS]);
	}
	raw_put(&s->who.tunnel.raw, row->begin, row->begin_len);
}

/* Has it been let go? What it is told before is not looked at. */
static bool
is_gone(struct besieger *b)
{
	struct pollfd p = { .fd = b->tunnel.raw.fd, .events = POLLIN };
	char waste[4096];

	while (poll(&p, 1, 0) == 1)
		if (recv(p.fd, waste, sizeof waste, 0) <= 0)
			return true;
	return false;
}

/* One more byte from each that is still there; one of them, or NULL. */
static const struct slow *
drip(int round)
{
	const struct slow *left = NULL;

	for (int i = 0; i < CROWD * ROWS; i++) {
		struct slot *s = &crowd[i];

		s->gone = s->gone || is_gone(&s->who);
		if (s->gone)
			continue;
		left = s->row;
		if (left->drip)
			raw_put(&s->who.tunnel.raw,
			    left->drip + (size_t)round % left->drip_len, 1);
	}
	return left;
}

/* As often as rows of this route have come so far. */
static void
expect_reason(const char *path, const char *reason, int doors)
{
	char metric[128];
	int n = 0;

	for (int i = 0; i < ROWS; i++)
		if (rows[i].stage == ROUTE && strcmp(rows[i].path, path) == 0)
			n += CROWD * doors;
	snprintf(metric, sizeof metric,
	    "cleat_closes_by_host_total{route=\"%s\",reason=\"%s\"}", path,
	    reason);
	daemon_await(&siege.d, metric, n);
}

START_TEST(who_is_slow_is_let_go_while_others_are_served)
{
	const struct slow *left;
	int round = 0;

	for (int i = 0; i < CROWD * ROWS; i++) {
		crowd[i].row = &rows[i % ROWS];
		come(&crowd[i], (enum siege_door)_i);
	}
	siege_witness();
	while ((left = drip(round)) != NULL) {
		ck_assert_msg(++round < PATIENCE, "row %td outlives its time",
		    left - rows);
		raw_text(&siege.witness, "still here");
		raw_expect(&siege.witness, "still here");
		poll(NULL, 0, PACE_MS);
	}
	siege_witness();
	expect_reason("/silent", "no_pong", 1 + _i);
	expect_reason("/idle", "idle", 1 + _i);
	for (int i = 0; i < CROWD * ROWS; i++)
		siege_leave(&crowd[i].who);
}
END_TEST

/* Silent rows above would be ended by TLS's clock for handshakes if there
 * were one that runs on: a record that does not end is the route's matter. */
START_TEST(a_record_that_does_not_end_is_let_go)
{
	struct besieger b;

	siege_upgrade(&b, SIEGE_TLS, "/silent");
	ck_assert_int_eq(send(b.tunnel.fd, "\x17\3\3\x10\0abc", 8, 0), 8);
	daemon_log(&siege.d, "closed", "/silent", "no_pong", NULL);
	siege_leave(&b);
}
END_TEST

/* --- slow readers ----------------------------------------------------------- */

static void
start_with_file(void)
{
	char path[256];

	siege_start("300 ms", "min_rate = \"1 GiB\";", "workers = 1;");
	daemon_write(&siege.d, "www/large", "", 0);
	snprintf(path, sizeof path, "%s/large", siege.d.www);
	ck_assert_int_eq(truncate(path, FILE_SIZE), 0);
}

/* Who asks for a file and takes nothing is cut off by min_rate: its end does
 * not arrive, as it would have to be read, but it is counted. */
START_TEST(who_does_not_take_a_file_is_let_go)
{
	for (int i = 0; i < CROWD; i++) {
		siege_connect(&crowd[i].who, (enum siege_door)_i);
		raw_puts(&crowd[i].who.tunnel.raw,
		    "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	siege_witness();
	daemon_await(&siege.d, "cleat_http_timeouts_total", CROWD);
	siege_witness();
	for (int i = 0; i < CROWD; i++)
		siege_leave(&crowd[i].who);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attack_slow");
	TCase *c = suite_case(s, "writers");

	tcase_add_unchecked_fixture(c, start, siege_stop);
	tcase_add_loop_test(
	    c, who_is_slow_is_let_go_while_others_are_served, 0, SIEGE_DOORS);
	tcase_add_test(c, a_record_that_does_not_end_is_let_go);
	c = suite_case(s, "readers");
	tcase_add_checked_fixture(c, start_with_file, siege_stop);
	tcase_add_loop_test(
	    c, who_does_not_take_a_file_is_let_go, 0, SIEGE_DOORS);
	return suite_run(s);
}
