/* SPDX-License-Identifier: MIT
 *
 * test_listeners.c - all addresses at which cleatd accepts, and how a reload
 * changes them.
 *
 * The worker has no thread of its own here; a round of it takes its mail.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/config.h"
#include "listeners.h"
#include "net/arrived.h"
#include "net/listener.h"
#include "net/worker.h"
#include "../suite.h"

static struct worker *worker;
static struct listeners now, next;
static char why[LISTENERS_WHY];
static int accepted_count;

static const struct config_listen any_port = { .address = "127.0.0.1" };

static void
count_accepted(struct worker *w, int fd, const struct arrived *a)
{
	(void)w;
	ck_assert_ptr_null(a->relay);
	ck_assert_ptr_eq(a->tag, &accepted_count);
	accepted_count++;
	close(fd);
}

static void
start(void)
{
	static const struct worker_calls calls = { .accepted = count_accepted };

	ck_assert_int_eq(worker_new(&worker, 0, &calls), 0);
}

static void
stop(void)
{
	listeners_fini(&next);
	listeners_switch(&now, &next, &worker, 1);
	worker_round(worker, false);
	worker_stop(worker);
	worker_free(&worker);
}

static uint16_t
port_of(const struct listener *l)
{
	const char *name = listener_name(l);

	return (uint16_t)strtoul(strrchr(name, ':') + 1, NULL, 10);
}

static int
prepare(const struct config_listen *addresses, size_t n)
{
	return listeners_prepare(
	    &next, &now, addresses, n, 1, &accepted_count, why);
}

/* Listens at a port that the system picks; its address as a config says it. */
static struct config_listen
listen_somewhere(void)
{
	struct config_listen at = any_port;

	ck_assert_int_eq(prepare(&any_port, 1), 0);
	at.port = port_of(next.v[0]);
	listeners_fini(&next);
	ck_assert_int_eq(prepare(&at, 1), 0);
	ck_assert_int_eq(listeners_switch(&now, &next, &worker, 1), 0);
	return at;
}

static int
connect_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int r = connect(fd, (const struct sockaddr *)&to, sizeof(to));

	close(fd);
	return r;
}

START_TEST(an_address_in_use_refuses_all_and_says_which)
{
	struct config_listen in_use = listen_somewhere();
	struct config_listen both[] = { any_port, in_use };
	struct listeners nothing = { .n = 0 };
	char text[64];

	ck_assert_int_eq(listeners_prepare(
			     &next, &nothing, both, 2, 1, &accepted_count, why),
	    -EADDRINUSE);
	ck_assert_uint_eq(next.n, 0);
	snprintf(text, sizeof(text),
	    "cannot listen on 127.0.0.1:%u: ", (unsigned)in_use.port);
	ck_assert_ptr_nonnull(strstr(why, text));
}
END_TEST

START_TEST(the_same_address_twice_is_in_use)
{
	struct config_listen at = listen_somewhere();
	struct config_listen twice[] = { at, at };

	ck_assert_int_eq(prepare(twice, 2), -EADDRINUSE);
	ck_assert_uint_eq(next.n, 0);
}
END_TEST

START_TEST(what_is_no_socket_is_not_inherited)
{
	int fd = dup(STDERR_FILENO);

	ck_assert_int_lt(
	    listeners_inherit(&next, fd, 1, &accepted_count, why), 0);
	ck_assert_uint_eq(next.n, 0);
	ck_assert_ptr_nonnull(strstr(why, "inherited"));
}
END_TEST

START_TEST(an_address_that_stays_keeps_its_listener)
{
	struct config_listen at = listen_somewhere();
	struct config_listen both[] = { any_port, at };
	const struct listener *before = now.v[0];

	ck_assert_int_eq(prepare(both, 2), 0);
	ck_assert_int_eq(listeners_switch(&now, &next, &worker, 1), 0);
	ck_assert_uint_eq(now.n, 2);
	ck_assert_ptr_eq(now.v[1], before);
}
END_TEST

START_TEST(an_address_that_goes_is_closed)
{
	struct config_listen at = listen_somewhere();

	worker_round(worker, false);
	ck_assert_int_eq(connect_to((uint16_t)at.port), 0);
	ck_assert_int_eq(prepare(&any_port, 1), 0);
	ck_assert_int_eq(listeners_switch(&now, &next, &worker, 1), 0);
	worker_round(worker, false);
	ck_assert_int_lt(connect_to((uint16_t)at.port), 0);
	ck_assert_int_eq(errno, ECONNREFUSED);
}
END_TEST

START_TEST(an_inherited_socket_accepts)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(
	    listeners_inherit(&next, fd, 1, &accepted_count, why), 0);
	/* Beside others, or none. */
	ck_assert_int_eq(prepare(&any_port, 0), 0);
	ck_assert_int_eq(prepare(&any_port, 1), 0);
	ck_assert_uint_eq(next.n, 2);
	ck_assert_int_eq(listeners_switch(&now, &next, &worker, 1), 0);
	worker_round(worker, false);
	ck_assert_int_eq(connect_to(port_of(now.v[0])), 0);
	worker_round(worker, true);
	ck_assert_int_eq(accepted_count, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listeners");
	TCase *tc = suite_case(suite, "listeners");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, an_address_in_use_refuses_all_and_says_which);
	tcase_add_test(tc, the_same_address_twice_is_in_use);
	tcase_add_test(tc, what_is_no_socket_is_not_inherited);
	tcase_add_test(tc, an_address_that_stays_keeps_its_listener);
	tcase_add_test(tc, an_address_that_goes_is_closed);
	tcase_add_test(tc, an_inherited_socket_accepts);
	return suite_run_forked(suite);
}
