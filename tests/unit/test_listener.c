/* SPDX-License-Identifier: MIT
 *
 * test_listener.c - addresses in use, picked ports, and files left behind.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/listener.h"
#include "../suite.h"

static char dir[] = "/tmp/cleat-listener-XXXXXX";
static char path[64], unix_address[80];

static void
set_up(void)
{
	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/socket", dir);
	snprintf(unix_address, sizeof unix_address, "unix:%s", path);
}

static void
tear_down(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static struct listener *
open_at(const char *address, uint16_t port, unsigned workers)
{
	struct listen_address a = { .address = address, .port = port };
	struct listener *l;

	ck_assert_int_eq(listener_open(&l, &a, workers, 16, NULL), 0);
	return l;
}

static int
fail_at(const char *address, uint16_t port)
{
	struct listen_address a = { .address = address, .port = port };
	struct listener *l;
	int rc = listener_open(&l, &a, 2, 16, NULL);

	ck_assert_ptr_null(l);
	return rc;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in6 sa;
	socklen_t len = sizeof sa;

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	return ntohs(sa.sin6_port);
}

START_TEST(a_second_server_on_the_port_is_told_so)
{
	struct listener *l = open_at("127.0.0.1", 0, 3);
	int fds[LISTENER_FDS];

	listener_fds(l, 0, fds);
	ck_assert_int_eq(fail_at("127.0.0.1", port_of(fds[0])), -EADDRINUSE);
	listener_unref(&l);
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
	ck_assert_int_eq(fail_at("192.0.2.1", 0), -EADDRNOTAVAIL);
	ck_assert_int_eq(fail_at("300.1.1.1.1", 0), -EADDRNOTAVAIL);
	ck_assert_int_eq(fail_at("unix:", 0), -EINVAL);
	ck_assert_int_eq(fail_at("unix:/nowhere/at/all", 0), -ENOENT);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	char address[200] = "unix:/";

	memset(address + 6, 'x', sizeof address - 7);
	ck_assert_int_eq(fail_at(address, 0), -ENAMETOOLONG);
}
END_TEST

START_TEST(port_0_is_picked_once_for_all_workers)
{
	struct listener *l = open_at("127.0.0.1", 0, 3);
	int fds[LISTENER_FDS], first;
	char name[64];

	ck_assert_uint_eq(listener_fds(l, 0, fds), 1);
	first = fds[0];
	for (unsigned w = 1; w < 3; w++) {
		ck_assert_uint_eq(listener_fds(l, w, fds), 1);
		ck_assert_int_ne(fds[0], first);
		ck_assert_uint_eq(port_of(fds[0]), port_of(first));
	}
	snprintf(name, sizeof name, "http://127.0.0.1:%u", port_of(first));
	ck_assert_str_eq(listener_name(l), name);
	listener_unref(&l);
}
END_TEST

START_TEST(a_star_is_every_family_on_one_port)
{
	struct listener *l = open_at("*", 0, 2);
	int fds[LISTENER_FDS];
	size_t n = listener_fds(l, 1, fds);
	char name[64];

	ck_assert_uint_ge(n, 1);
	if (n == 2)
		ck_assert_uint_eq(port_of(fds[0]), port_of(fds[1]));
	snprintf(name, sizeof name, "http://localhost:%u", port_of(fds[0]));
	ck_assert_str_eq(listener_name(l), name);
	listener_unref(&l);
}
END_TEST

START_TEST(the_key_is_the_address_that_was_asked_for)
{
	struct listener *l = open_at("127.0.0.1", 0, 1);

	ck_assert(
	    listener_is(l, &(struct listen_address){ .address = "127.0.0.1" }));
	ck_assert(!listener_is(
	    l, &(struct listen_address){ .address = "127.0.0.1", .port = 1 }));
	ck_assert(!listener_is(l, &(struct listen_address){ .address = "*" }));
	listener_unref(&l);
}
END_TEST

START_TEST(a_unix_socket_that_answers_is_in_use)
{
	struct listener *l = open_at(unix_address, 0, 2);

	ck_assert_int_eq(fail_at(unix_address, 0), -EADDRINUSE);
	ck_assert_str_eq(listener_name(l), unix_address);
	ck_assert_int_eq(access(path, F_OK), 0);
	listener_unref(&l);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_left_alone)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_eq(fail_at(unix_address, 0), -EADDRINUSE);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
}
END_TEST

START_TEST(a_socket_left_behind_is_replaced)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct listener *l;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(sun.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	close(fd);
	l = open_at(unix_address, 0, 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	close(fd);
	listener_unref(&l);
}
END_TEST

START_TEST(a_file_that_someone_else_has_put_there_is_not_removed)
{
	struct listener *l = open_at(unix_address, 0, 1);
	struct listener *other;

	ck_assert_int_eq(unlink(path), 0);
	other = open_at(unix_address, 0, 1);
	listener_unref(&l);
	ck_assert_int_eq(access(path, F_OK), 0);
	listener_unref(&other);
}
END_TEST

START_TEST(mode_and_owner_are_set)
{
	struct listen_address a = { .address = unix_address, .mode = 0640 };
	struct listener *l;
	struct stat st;

	a.owner = "nobody-of-this-name";
	ck_assert_int_eq(listener_open(&l, &a, 1, 16, NULL), -EINVAL);
	ck_assert_int_ne(access(path, F_OK), 0);
	a.owner = getuid() == 0 ? "root:root" : NULL;
	ck_assert_int_eq(listener_open(&l, &a, 1, 16, NULL), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	listener_unref(&l);
}
END_TEST

START_TEST(workers_share_a_unix_socket)
{
	struct listener *l = open_at(unix_address, 0, 3);
	int a[LISTENER_FDS], b[LISTENER_FDS];

	ck_assert_uint_eq(listener_fds(l, 0, a), 1);
	ck_assert_uint_eq(listener_fds(l, 2, b), 1);
	ck_assert_int_eq(a[0], b[0]);
	listener_unref(&l);
}
END_TEST

START_TEST(an_inherited_socket_must_listen)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct listener *l;

	ck_assert_int_eq(listener_adopt(&l, fd, NULL), -EINVAL);
	ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
}
END_TEST

START_TEST(an_inherited_socket_is_named_and_kept_from_children)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), tag;
	struct listener *l;
	char name[64];

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(listener_adopt(&l, fd, &tag), 0);
	snprintf(name, sizeof name, "http://127.0.0.1:%u", port_of(fd));
	ck_assert_str_eq(listener_name(l), name);
	ck_assert_ptr_eq(listener_tag(l), &tag);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(!listener_is(
	    l, &(struct listen_address){ .address = "127.0.0.1" }));
	listener_unref(&l);
	ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listener");
	TCase *tc = suite_case(s, "listener");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_second_server_on_the_port_is_told_so);
	tcase_add_test(tc, what_is_no_address_is_refused);
	tcase_add_test(tc, a_path_that_is_too_long_is_refused);
	tcase_add_test(tc, port_0_is_picked_once_for_all_workers);
	tcase_add_test(tc, a_star_is_every_family_on_one_port);
	tcase_add_test(tc, the_key_is_the_address_that_was_asked_for);
	tcase_add_test(tc, a_unix_socket_that_answers_is_in_use);
	tcase_add_test(tc, a_file_that_is_no_socket_is_left_alone);
	tcase_add_test(tc, a_socket_left_behind_is_replaced);
	tcase_add_test(
	    tc, a_file_that_someone_else_has_put_there_is_not_removed);
	tcase_add_test(tc, mode_and_owner_are_set);
	tcase_add_test(tc, workers_share_a_unix_socket);
	tcase_add_test(tc, an_inherited_socket_must_listen);
	tcase_add_test(tc, an_inherited_socket_is_named_and_kept_from_children);
	return suite_run_forked(s);
}
