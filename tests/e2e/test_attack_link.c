/* SPDX-License-Identifier: MIT
 *
 * test_attack_link.c - peers whose link goes down: no end of theirs arrives,
 * and nothing that is sent to them comes back.
 *
 * Two network namespaces of this test's own and a pair of interfaces between
 * them: the daemon is in one, the peers are in the other. Where the system
 * allows no namespaces, or has no `ip`, the test is skipped.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "holding.h"
#include "raw.h"
#include "suite.h"

enum { SKIPPED = 77, EACH = 30, GROWTH_KIB = 1024, FILE_SIZE = 64 << 20 };

#define NEAR "192.0.2.1"
#define FAR  "192.0.2.2"

static struct daemon d;
static int far_port, near_ns, far_ns;
static struct raw witness;

/* --- the two ends ----------------------------------------------------------- */

static bool
run(const char *format, ...)
{
	char command[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof command, format, ap);
	va_end(ap);
	return system(command) == 0;
}

static int
this_namespace(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static bool
put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return done;
}

/* Who is not root is it in a user namespace of his own. */
static bool
leave_the_machine(void)
{
	char map[64];
	uid_t uid = getuid();

	if (unshare(CLONE_NEWNET) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
	return put_file("/proc/self/uid_map", map);
}

static bool
in_namespace(int ns, const char *command)
{
	bool done = setns(ns, CLONE_NEWNET) == 0 && run("%s", command);

	return setns(near_ns, CLONE_NEWNET) == 0 && done;
}

static bool
make_link(void)
{
	if (!leave_the_machine() || (near_ns = this_namespace()) < 0 ||
	    unshare(CLONE_NEWNET) != 0 || (far_ns = this_namespace()) < 0 ||
	    setns(near_ns, CLONE_NEWNET) != 0)
		return false;
	return run("ip link set lo up") &&
	       run("ip link add near type veth peer name far") &&
	       run("ip link set far netns /proc/%d/fd/%d", (int)getpid(),
		   far_ns) &&
	       run("ip addr add " NEAR "/24 dev near") &&
	       run("ip link set near up") &&
	       in_namespace(far_ns, "ip addr add " FAR "/24 dev far") &&
	       in_namespace(far_ns, "ip link set far up");
}

static void
set_link(const char *how)
{
	char command[64];

	snprintf(command, sizeof command, "ip link set far %s", how);
	ck_assert(in_namespace(far_ns, command));
}

/* A socket stays in the namespace in which it was made. */
static void
open_from_afar(struct raw *r)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)far_port) };

	ck_assert_int_eq(inet_pton(AF_INET, NEAR, &to.sin_addr), 1);
	ck_assert_int_eq(setns(far_ns, CLONE_NEWNET), 0);
	raw_open_to(r, (struct sockaddr *)&to, sizeof to);
	ck_assert_int_eq(setns(near_ns, CLONE_NEWNET), 0);
}

/* --- the test --------------------------------------------------------------- */

static void
start(void)
{
	char path[256];

	daemon_prepare(&d);
	daemon_write(&d, "www/large", "", 0);
	snprintf(path, sizeof path, "%s/large", d.www);
	ck_assert_int_eq(truncate(path, FILE_SIZE), 0);
	daemon_config(&d,
	    "workers = 2;\n"
	    "listen = ( { address = \"127.0.0.1\"; port = 0; },\n"
	    "  { address = \"" NEAR "\"; port = 0; } );\n"
	    "http: { root = \"www\"; request_timeout = \"1 s\";\n"
	    "  min_rate = \"1 GiB\"; };\n"
	    "routes = ( { path = \"/echo\"; handler = \"echo\"; },\n"
	    "{ path = \"/far\"; handler = \"echo\"; ping_every = \"200 ms\";\n"
	    "  pong_within = \"600 ms\"; close_within = \"100 ms\"; },\n"
	    "{ path = \"/busy\"; handler = \"echo\"; ping_every = 0;\n"
	    "  write_within = \"600 ms\"; queue_bytes = \"64 MiB\";\n"
	    "  max_message = \"32 MiB\"; close_within = \"100 ms\"; } );");
	daemon_start_as_configured(&d);
	far_port = daemon_announced(&d, "listening on http://" NEAR);
	raw_ws(&witness, d.port, "/echo");
}

static void
stop(void)
{
	raw_shut(&witness);
	daemon_end(&d);
}

static void
hear_witness(void)
{
	raw_text(&witness, "I am near");
	raw_expect(&witness, "I am near");
}

static void
enter_from_afar(struct raw *r, const char *path)
{
	open_from_afar(r);
	ck_assert_int_eq(raw_upgrade(r, path, ""), 101);
}

/* Some are silent, some in the middle of a message, some of a request, and
 * some of a file; then their link is cut. */
static void
lose_a_crowd(void)
{
	static struct raw silent[EACH], half[EACH], asking[EACH], reading[EACH];
	const double timeouts = daemon_metric(&d, "cleat_http_timeouts_total");

	for (int i = 0; i < EACH; i++) {
		enter_from_afar(&silent[i], "/far");
		enter_from_afar(&half[i], "/far");
		raw_put(&half[i], "\x82\xfe\x10\0....abc", 11);
		open_from_afar(&asking[i]);
		raw_puts(&asking[i], "GET / HTTP/1.1\r\nHost: a\r\n");
		open_from_afar(&reading[i]);
		raw_puts(&reading[i], "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	set_link("down");
	hear_witness();
	for (int i = 0; i < 2 * EACH; i++) {
		daemon_log(&d, "closed", "/far", "no_pong", NULL);
		hear_witness();
	}
	daemon_await(&d, "cleat_connections{route=\"/far\"}", 0);
	daemon_await(&d, "cleat_http_timeouts_total", timeouts + 2 * EACH);
	daemon_await(&d, "cleat_http_connections", 0);
	hear_witness();
	for (int i = 0; i < EACH; i++) {
		raw_shut(&silent[i]);
		raw_shut(&half[i]);
		raw_shut(&asking[i]);
		raw_shut(&reading[i]);
	}
	set_link("up");
}

START_TEST(who_cannot_be_reached_is_let_go_and_costs_nothing)
{
	int descriptors = holding_descriptors(&d);
	long before, after;

	before = holding_memory(&d);
	lose_a_crowd();
	holding_await_descriptors(&d, descriptors);
	after = holding_memory(&d);
	ck_assert_msg(HOLDING_SANITIZED || after <= before + GROWTH_KIB,
	    "%ld KiB have become %ld", before, after);
}
END_TEST

/* What waits for a peer that is lost is write_within's matter. */
START_TEST(what_waits_for_the_lost_is_given_up)
{
	enum { SIZE = 16 << 20 };
	int descriptors = holding_descriptors(&d);
	char *large = calloc(1, SIZE);
	struct raw r;
	char first;

	ck_assert_ptr_nonnull(large);
	enter_from_afar(&r, "/busy");
	raw_text(&r, "hello");
	raw_expect(&r, "hello");
	raw_frame(&r, 0x82, large, SIZE);
	/* It has all of it, and begins to answer with more than fits: of
	 * pings, which could be the first it says, there are none. */
	ck_assert_uint_eq(raw_take(&r, &first, 1), 1);
	set_link("down");
	daemon_log(&d, "closed", "/busy", "write_timeout", NULL);
	holding_await_descriptors(&d, descriptors);
	hear_witness();
	raw_shut(&r);
	set_link("up");
	free(large);
}
END_TEST

int
main(void)
{
	if (!make_link()) {
		printf("skipped: no network namespaces, or no ip(8): %s\n",
		    strerror(errno));
		return SKIPPED;
	}

	Suite *s = suite_create("attack_link");
	TCase *c = suite_case(s, "links");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, who_cannot_be_reached_is_let_go_and_costs_nothing);
	tcase_add_test(c, what_waits_for_the_lost_is_given_up);
	return suite_run(s);
}
