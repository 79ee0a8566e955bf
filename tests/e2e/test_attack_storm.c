/* SPDX-License-Identifier: MIT
 *
 * test_attack_storm.c - those who come in crowds and go at once, with a reset.
 *
 * At the end of each test the witness of siege.h is served, every descriptor
 * is back, and so is the memory, when a reload has asked the allocator for it.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "holding.h"
#include "raw.h"
#include "siege.h"
#include "suite.h"

enum {
	STORM = HOLDING_SANITIZED ? 100 : 400,
	LARGE = 1 << 20, /* an echo that nobody takes */
	FLOOD = HOLDING_SANITIZED ? 1000 : 10000,
	BATCH = 500, /* handshakes at a time */
	SPARE = 100, /* descriptors of other use */
	/* What the allocator may keep at the end of its threads' heaps; of each
	 * in the flood it is 840 bytes. */
	GROWTH_KIB = 8 * 1024,
};

#define KNOCK                                                             \
	"GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"            \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static struct raw flood[FLOOD];

/* Who goes in the middle of a request may be there until its time is over. */
static void
start_impatient(void)
{
	siege_start("1 s", "", "workers = 2;");
}

/* On a busy machine loopback loses packets, and nobody repeats a reset: the
 * time for a request then ends what it should have. */
static void
start_patient(void)
{
	siege_start("5 s", "max_connections = 20000;",
	    "workers = 2; max_connections = 20000;"
	    "log: { access = false; };");
}

/* Ends like a machine whose plug is pulled. */
static void
reset(struct raw *r)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	raw_shut(r);
}

/* --- resets at every stage -------------------------------------------------- */

static void
say_nothing(struct raw *r, int i)
{
	(void)r, (void)i;
}

static void
say_half(struct raw *r, int i)
{
	raw_put(r, KNOCK, (size_t)i % (sizeof KNOCK - 1));
}

static void
say_hello(struct raw *r, int i)
{
	raw_put(r, "\x16\3\1\2\0\1\0\1\xfc\3\3", (size_t)i % 12);
}

static void
knock(struct raw *r, int i)
{
	(void)i;
	raw_puts(r, KNOCK);
}

static void
knock_and_speak(struct raw *r, int i)
{
	raw_puts(r, KNOCK);
	raw_frame(r, 0x81, "early", (size_t)i % 6);
}

static void
come_in(struct raw *r, int i)
{
	(void)i;
	ck_assert_int_eq(raw_upgrade(r, "/echo", ""), 101);
}

static void
speak(struct raw *r, int i)
{
	come_in(r, i);
	raw_text(r, "hello");
}

static void
speak_half(struct raw *r, int i)
{
	come_in(r, i);
	raw_put(r, "\x82\xff\0\0\0\0\0\1\0\0....a", 1 + (size_t)i % 15);
}

/* What comes back is not taken. */
static void
shout(struct raw *r, int i)
{
	static char large[LARGE];

	come_in(r, i);
	if (i % 8 == 0)
		raw_frame(r, 0x82, large, LARGE);
}

static void
say_goodbye(struct raw *r, int i)
{
	come_in(r, i);
	raw_close(r, 1000, "");
}

static const struct {
	enum siege_door door;
	void (*say)(struct raw *, int);
} stages[] = {
	{ SIEGE_PLAIN, say_nothing },
	{ SIEGE_TLS, say_nothing },
	{ SIEGE_PLAIN, say_half },
	{ SIEGE_TLS, say_hello },
	{ SIEGE_PLAIN, knock },
	{ SIEGE_PLAIN, knock_and_speak },
	{ SIEGE_PLAIN, come_in },
	{ SIEGE_PLAIN, speak },
	{ SIEGE_PLAIN, speak_half },
	{ SIEGE_PLAIN, shout },
	{ SIEGE_PLAIN, say_goodbye },
};

START_TEST(a_storm_of_resets_leaves_nothing)
{
	for (int i = 0; i < STORM; i++) {
		struct raw r;

		raw_open(&r, siege.port[stages[_i].door]);
		stages[_i].say(&r, i);
		reset(&r);
		if (i % 50 == 0)
			siege_witness();
	}
	siege_witness();
	holding_await_descriptors(&siege.d, siege.descriptors);
}
END_TEST

/* And with a session, whose last words nobody reads. */
START_TEST(a_storm_of_resets_behind_tls_leaves_nothing)
{
	static struct besieger b;
	const struct linger now = { .l_onoff = 1 };

	for (int i = 0; i < STORM / 10; i++) {
		if (i % 2) {
			siege_connect(&b, SIEGE_TLS);
			raw_put(&b.tunnel.raw, KNOCK, (size_t)i * 4);
		} else {
			siege_upgrade(&b, SIEGE_TLS, "/echo");
			raw_text(&b.tunnel.raw, "hello");
		}
		setsockopt(
		    b.tunnel.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		siege_leave(&b);
	}
	siege_witness();
	holding_await_descriptors(&siege.d, siege.descriptors);
}
END_TEST

/* --- ten thousand ----------------------------------------------------------- */

/* Raises the limit as far as it goes; is there room for the flood? */
static bool
has_room(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	       limit.rlim_cur >= FLOOD + SPARE;
}

static void
enter_all(void)
{
	char head[1024];

	for (int from = 0; from < FLOOD; from += BATCH) {
		for (int i = from; i < from + BATCH; i++) {
			raw_open(&flood[i], siege.port[SIEGE_PLAIN]);
			raw_puts(&flood[i], KNOCK);
		}
		for (int i = from; i < from + BATCH; i++)
			ck_assert_int_eq(
			    raw_head(&flood[i], head, sizeof head), 101);
		for (int i = from; i < from + BATCH; i++)
			free(flood[i].in), flood[i].in = NULL,
					   flood[i].cap = flood[i].len = 0;
	}
}

static void
open_all(void)
{
	for (int i = 0; i < FLOOD; i++)
		raw_open(&flood[i], siege.port[i % SIEGE_DOORS]);
}

/* Half of them say goodbye to the kernel, the others do not. */
static void
drop_all(void)
{
	for (int i = 0; i < FLOOD; i++) {
		if (i % 2)
			reset(&flood[i]);
		else
			raw_shut(&flood[i]);
	}
	siege_witness();
	holding_await_descriptors(&siege.d, siege.descriptors);
}

static long
memory_after(void (*come)(void))
{
	come();
	siege_witness();
	drop_all();
	return holding_memory(&siege.d);
}

/* The first crowd leaves holes in the allocator, which the second one fills. */
static void
expect_no_growth(void (*come)(void))
{
	long before = memory_after(come), after = memory_after(come);

	ck_assert_msg(HOLDING_SANITIZED || after <= before + GROWTH_KIB,
	    "%ld KiB have become %ld", before, after);
}

START_TEST(ten_thousand_that_say_nothing_leave_nothing)
{
	if (has_room())
		expect_no_growth(open_all);
}
END_TEST

START_TEST(ten_thousand_that_are_dropped_at_once_leave_nothing)
{
	if (has_room())
		expect_no_growth(enter_all);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attack_storm");
	TCase *c = suite_case(s, "storms");

	if (!has_room())
		printf("skipped: %d connections at once need a limit of open "
		       "files above that\n",
		    FLOOD);
	tcase_add_unchecked_fixture(c, start_impatient, siege_stop);
	tcase_add_loop_test(c, a_storm_of_resets_leaves_nothing, 0,
	    (int)(sizeof stages / sizeof stages[0]));
	tcase_add_test(c, a_storm_of_resets_behind_tls_leaves_nothing);
	c = suite_case(s, "floods");
	tcase_add_unchecked_fixture(c, start_patient, siege_stop);
	tcase_add_test(c, ten_thousand_that_say_nothing_leave_nothing);
	tcase_add_test(c, ten_thousand_that_are_dropped_at_once_leave_nothing);
	return suite_run(s);
}
