/* SPDX-License-Identifier: MIT
 *
 * test_notify.c - the two sides of talking with a service manager.
 */
#include "config.h"

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "../suite.h"

static struct sockaddr_un manager = { .sun_family = AF_UNIX };

/* A manager's socket; a name that begins with NUL is abstract. */
static int
open_manager(bool abstract)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char *name = manager.sun_path;
	socklen_t len;

	snprintf(name, sizeof(manager.sun_path), "%s/test_notify.%d",
	    abstract ? "@" : "/tmp", (int)getpid());
	setenv("NOTIFY_SOCKET", name, 1);
	len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	if (abstract)
		name[0] = '\0';
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&manager, len), 0);
	return fd;
}

static void
set_pid(const char *name, int pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	setenv(name, text, 1);
}

START_TEST(without_a_manager_nothing_is_said)
{
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	setenv("NOTIFY_SOCKET", "relative/path", 1);
	notify("READY=1");
	ck_assert_uint_eq(notify_watchdog_ms(), 0);
	ck_assert_uint_eq(notify_listen_fds(), 0);
}
END_TEST

START_TEST(a_manager_hears_each_assignment)
{
	char heard[64];
	int fd = open_manager(_i);
	ssize_t n;

	notify("STATUS=%d of %d\nREADY=1", 1, 2);
	n = recv(fd, heard, sizeof(heard), MSG_DONTWAIT);
	ck_assert_int_eq(n, 21);
	ck_assert_mem_eq(heard, "STATUS=1 of 2\nREADY=1", 21);
	close(fd);
	if (!_i)
		unlink(manager.sun_path);
}
END_TEST

START_TEST(the_watchdog_of_another_process_is_not_ours)
{
	setenv("WATCHDOG_USEC", "30000000", 1);
	set_pid("WATCHDOG_PID", getpid() + 1);
	ck_assert_uint_eq(notify_watchdog_ms(), 0);
	set_pid("WATCHDOG_PID", getpid());
	ck_assert_uint_eq(notify_watchdog_ms(), 15000);
	unsetenv("WATCHDOG_PID");
	ck_assert_uint_eq(notify_watchdog_ms(), 15000);
	setenv("WATCHDOG_USEC", "30x", 1);
	ck_assert_uint_eq(notify_watchdog_ms(), 0);
}
END_TEST

START_TEST(sockets_of_another_process_are_not_ours)
{
	setenv("LISTEN_FDS", "1", 1);
	ck_assert_uint_eq(notify_listen_fds(), 0);
	setenv("LISTEN_FDS", "1", 1);
	set_pid("LISTEN_PID", getpid() + 1);
	ck_assert_uint_eq(notify_listen_fds(), 0);
	setenv("LISTEN_FDS", "99999999999999999999", 1);
	set_pid("LISTEN_PID", getpid());
	ck_assert_uint_eq(notify_listen_fds(), 0);
}
END_TEST

START_TEST(inherited_sockets_are_seen_once_and_close_on_exec)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(dup2(fd, NOTIFY_FIRST_FD), NOTIFY_FIRST_FD);
	setenv("LISTEN_FDS", "1", 1);
	set_pid("LISTEN_PID", getpid());
	ck_assert_uint_eq(notify_listen_fds(), 1);
	ck_assert_int_eq(fcntl(NOTIFY_FIRST_FD, F_GETFD), FD_CLOEXEC);
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_uint_eq(notify_listen_fds(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notify");
	TCase *tc = suite_case(suite, "notify");

	tcase_add_test(tc, without_a_manager_nothing_is_said);
	tcase_add_loop_test(tc, a_manager_hears_each_assignment, 0, 2);
	tcase_add_test(tc, the_watchdog_of_another_process_is_not_ours);
	tcase_add_test(tc, sockets_of_another_process_are_not_ours);
	tcase_add_test(tc, inherited_sockets_are_seen_once_and_close_on_exec);
	return suite_run_forked(suite);
}
