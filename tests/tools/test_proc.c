/* SPDX-License-Identifier: MIT
 *
 * test_proc.c - CPU time and memory, measured on this very process.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc.h"
#include "../suite.h"

enum { NOBODY = 0x7fffffff, BYTES = 16 << 20 };

START_TEST(a_process_that_is_not_there_is_an_error)
{
	struct proc_memory m;
	uint64_t ns;

	ck_assert_int_eq(proc_cpu_ns(NOBODY, &ns), -ESRCH);
	ck_assert_int_eq(proc_memory_read(NOBODY, &m), -ESRCH);
}
END_TEST

START_TEST(work_costs_cpu_time_and_no_more_than_passed)
{
	uint64_t before, after, began = clock_ns();

	ck_assert_int_eq(proc_cpu_ns(getpid(), &before), 0);
	do
		ck_assert_int_eq(proc_cpu_ns(getpid(), &after), 0);
	while (after - before < 5000000);
	ck_assert_uint_le(after - before, clock_ns() - began + 20000000);
}
END_TEST

START_TEST(what_a_child_does_counts)
{
	uint64_t both, own;
	struct timespec t;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	while (child == 0) /* until it is killed */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	do {
		ck_assert_int_eq(proc_cpu_ns(getpid(), &both), 0);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		own = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	} while (both <= own); /* for ever, if the child does not count */
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(memory_that_is_mapped_in_shows)
{
	struct proc_memory before, after;

	ck_assert_int_eq(proc_memory_read(getpid(), &before), 0);
	void *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(proc_memory_read(getpid(), &after), 0);
	ck_assert_uint_ge(after.rss_bytes, before.rss_bytes + BYTES);
	ck_assert_uint_ge(after.pss_bytes, before.pss_bytes + BYTES);
	munmap(p, BYTES);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("proc");
	TCase *tc = suite_case(suite, "proc");

	tcase_add_test(tc, a_process_that_is_not_there_is_an_error);
	tcase_add_test(tc, work_costs_cpu_time_and_no_more_than_passed);
	tcase_add_test(tc, what_a_child_does_counts);
	tcase_add_test(tc, memory_that_is_mapped_in_shows);
	return suite_run_forked(suite);
}
