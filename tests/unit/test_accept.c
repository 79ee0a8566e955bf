/* SPDX-License-Identifier: MIT
 *
 * test_accept.c - a worker's listeners when something is short.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/listener.h"
#include "net_rig.h"
#include "../suite.h"

static struct rig rig; /* its clock */
static struct worker *worker;
static struct listener *listener;
static int accepted; /* so many, and all were closed */

static void
count(struct worker *w, int fd, const struct arrived *a)
{
	(void)w, (void)a;
	accepted++;
	close(fd);
}

static void
set_up(void)
{
	static const struct worker_calls calls = { .accepted = count };
	struct listen_address a = { .address = "127.0.0.1" };

	rig_init(&rig);
	accepted = 0;
	ck_assert_int_eq(worker_new(&worker, 0, &calls), 0);
	ck_assert_int_eq(listener_open(&listener, &a, 1, 128, NULL), 0);
	ck_assert_int_eq(worker_accept(worker, listener), 0);
}

static void
tear_down(void)
{
	worker_stop(worker);
	worker_free(&worker);
	listener_unref(&listener);
	rig_fini(&rig);
}

static int
dial(void)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof sa;
	int fds[LISTENER_FDS], fd = socket(AF_INET, SOCK_STREAM, 0);

	listener_fds(listener, 0, fds);
	ck_assert_int_eq(getsockname(fds[0], (struct sockaddr *)&sa, &len), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

/* The linker hands all calls of epoll_ctl() to the function here. */
static int refused; /* so many additions fail */
int __real_epoll_ctl(int, int, int, struct epoll_event *);
int __wrap_epoll_ctl(int, int, int, struct epoll_event *);

int
__wrap_epoll_ctl(int epoll, int what, int fd, struct epoll_event *e)
{
	if (what != EPOLL_CTL_ADD || refused == 0)
		return __real_epoll_ctl(epoll, what, fd, e);
	refused--;
	errno = ENOSPC;
	return -1;
}

/* Nobody else accepts what waits in a worker's own socket. */
START_TEST(a_socket_that_cannot_be_watched_yet_is_tried_again)
{
	int fd = dial();

	refused = 2;
	worker_round(worker, true);
	worker_round(worker, false);
	ck_assert_int_eq(refused, 1);
	rig_advance(&rig, 100);
	worker_round(worker, false);
	worker_round(worker, false);
	ck_assert_int_eq(refused, 0);
	ck_assert_int_eq(accepted, 0);
	rig_advance(&rig, 100);
	worker_round(worker, false);
	worker_round(worker, false);
	ck_assert_int_eq(accepted, 1);
	close(fd);
}
END_TEST

/* The process may have no more than it has; returns what it might have. */
static struct rlimit
exhaust(rlim_t left)
{
	struct rlimit old, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = left;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	return old;
}

START_TEST(without_descriptors_peers_are_told_so)
{
	char answer[256] = "";
	struct rlimit old;
	int fd, lowest;

	worker_round(worker, true);
	fd = dial();
	lowest = dup(0);
	close(lowest);
	old = exhaust((rlim_t)lowest);
	worker_round(worker, true);
	ck_assert_int_eq(accepted, 0);
	ck_assert_uint_eq(worker_turned_away(worker), 1);
	ck_assert_int_gt(recv(fd, answer, sizeof answer - 1, 0), 0);
	ck_assert(strstr(answer, "HTTP/1.1 503 ") == answer);
	ck_assert_int_eq(recv(fd, answer, sizeof answer, 0), 0);
	close(fd);
	/* Nothing is left of it when there are some again. */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	fd = dial();
	worker_round(worker, true);
	ck_assert_int_eq(accepted, 1);
	close(fd);
}
END_TEST

/* Not even the spare one is of use. */
START_TEST(without_a_spare_accepting_pauses_and_goes_on)
{
	struct rlimit old;
	int fd;

	worker_round(worker, true);
	fd = dial();
	old = exhaust(3);
	rig_advance(&rig, 1);
	worker_round(worker, false);
	worker_round(worker, false);
	ck_assert_int_eq(accepted, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	worker_round(worker, false);
	ck_assert_int_eq(accepted, 0); /* it pauses */
	rig_advance(&rig, 100);
	worker_round(worker, false);
	worker_round(worker, false);
	ck_assert_int_eq(accepted, 1);
	ck_assert_uint_eq(worker_turned_away(worker), 0);
	close(fd);
}
END_TEST

/* And all allocations to those there: the one behind so many fails. */
static int good = -1; /* -1: none does */
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

static bool
fails(void)
{
	return good >= 0 && good-- == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t each)
{
	return fails() ? NULL : __real_calloc(n, each);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static int
descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

START_TEST(a_worker_without_memory_leaves_nothing_behind)
{
	static const struct worker_calls calls = { .accepted = count };
	int before = descriptors(), n = 0, rc;

	do {
		struct worker *w = NULL;

		good = n++;
		rc = worker_new(&w, 1, &calls);
		good = -1;
		ck_assert(rc == 0 || (rc == -ENOMEM && !w));
		if (rc == 0)
			worker_free(&w);
		ck_assert_int_eq(descriptors(), before);
	} while (rc != 0);
	ck_assert_int_gt(n, 5);
}
END_TEST

START_TEST(a_listener_that_nobody_can_wait_at_is_given_back)
{
	struct listen_address a = { .address = "*" };
	int before, n = 0, rc;

	worker_round(worker, false);
	before = descriptors();
	do {
		struct listener *l;

		ck_assert_int_eq(listener_open(&l, &a, 1, 128, NULL), 0);
		good = n++;
		rc = worker_accept(worker, l);
		good = -1;
		ck_assert(rc == 0 || rc == -ENOMEM);
		if (rc == 0)
			ck_assert_int_eq(worker_unaccept(worker, l), 0);
		listener_unref(&l);
		worker_round(worker, false);
		ck_assert_int_eq(descriptors(), before);
	} while (rc != 0);
	ck_assert_int_gt(n, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("accept");
	TCase *tc = suite_case(s, "accept");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_socket_that_cannot_be_watched_yet_is_tried_again);
	tcase_add_test(tc, without_descriptors_peers_are_told_so);
	tcase_add_test(tc, without_a_spare_accepting_pauses_and_goes_on);
	tcase_add_test(tc, a_worker_without_memory_leaves_nothing_behind);
	tcase_add_test(tc, a_listener_that_nobody_can_wait_at_is_given_back);
	return suite_run(s);
}
