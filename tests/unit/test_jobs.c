/* SPDX-License-Identifier: MIT
 *
 * test_jobs.c - work that blocks is bounded, and done before the end.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/jobs.h"
#include "host_rig.h"

static struct jobs *jobs;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t started;
static int done; /* atomic */

static void
set_up(void)
{
	done = 0;
	ck_assert_int_eq(jobs_new(&jobs, 1, 2), 0);
	pthread_barrier_init(&started, NULL, 2);
}

static void
tear_down(void)
{
	jobs_free(&jobs);
	ck_assert_ptr_null(jobs);
	pthread_barrier_destroy(&started);
}

static void
count(struct job *j)
{
	(void)j;
	__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

/* Says that it runs, then waits for the gate. */
static void
wait_at_gate(struct job *j)
{
	pthread_barrier_wait(&started);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	count(j);
}

START_TEST(a_full_queue_takes_no_more)
{
	struct job held = { .run = wait_at_gate }, a = { .run = count }, b = a,
		   c = a;

	pthread_mutex_lock(&gate);
	ck_assert(jobs_put(jobs, &held));
	pthread_barrier_wait(&started);
	ck_assert(jobs_put(jobs, &a));
	ck_assert(jobs_put(jobs, &b));
	ck_assert(!jobs_put(jobs, &c));
	pthread_mutex_unlock(&gate);
	jobs_stop(jobs);
	ck_assert_int_eq(done, 3);
}
END_TEST

START_TEST(what_was_accepted_runs_and_nothing_after_the_stop)
{
	struct job a = { .run = count }, b = a;

	ck_assert(jobs_put(jobs, &a));
	jobs_stop(jobs);
	ck_assert_int_eq(done, 1);
	ck_assert(!jobs_put(jobs, &b));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { a_full_queue_takes_no_more,
		what_was_accepted_runs_and_nothing_after_the_stop };

	return host_rig_main(
	    "jobs", set_up, tear_down, tests, sizeof(tests) / sizeof(tests[0]));
}
