/* SPDX-License-Identifier: MIT
 *
 * test_crash.c - last words: who was running when the process died.
 *
 * Each test lets a child die and reads what it said. How exactly it dies is
 * checked only without sanitizers, which have ends of their own for it.
 */
#include "config.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crash.h"
#include "../suite.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static __thread const char *doing;
static char said[65536];

static void
describe(struct crash_line *l)
{
	if (doing == NULL)
		return;
	crash_add(l, " in ");
	crash_add(l, doing);
	crash_add(l, " of connection ");
	crash_add_number(l, UINT64_MAX);
}

static void
fault(void)
{
	char *page =
	    mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	page[1] = 1;
}

static void
send_itself_a_signal(void)
{
	kill(getpid(), SIGBUS);
	pause();
}

static void
describe_itself_at_length(void)
{
	static char name[2000];

	memset(name, 'x', sizeof(name) - 1);
	name[3] = '\n';
	doing = name;
	abort();
}

static int
fill_the_stack(volatile char *above, unsigned pages)
{
	volatile char page[4096];

	page[0] = above[0];
	return pages == 0 ? 0 : fill_the_stack(page, pages - 1) + page[0];
}

static void *
overflow(void *seed)
{
	if (crash_thread_start() < 0)
		_exit(99);
	doing = "overflow";
	fill_the_stack(seed, 1u << 30);
	return NULL;
}

static void
overflow_in_a_thread(void)
{
	pthread_t thread;
	char seed = 1;

	pthread_create(&thread, NULL, overflow, &seed);
	pthread_join(thread, NULL);
}

/* Runs fn in a child that then dies; what it said is in `said`. */
static int
last_words(void (*fn)(void))
{
	size_t n = 0;
	int out[2], status;
	ssize_t r;
	pid_t pid;

	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		dup2(out[1], STDERR_FILENO);
		close(out[0]);
		crash_watch(describe);
		fn();
		_exit(98);
	}
	close(out[1]);
	while ((r = read(out[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)r;
	close(out[0]);
	said[n] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void
ck_assert_died(int status, int number)
{
	if (SANITIZED) {
		ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) != 98);
		return;
	}
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), number);
}

START_TEST(a_fault_is_named_and_takes_its_course)
{
	doing = "on_message";
	ck_assert_died(last_words(fault), SIGSEGV);
	ck_assert_ptr_nonnull(
	    strstr(said, "cleatd: SIGSEGV in on_message of connection "
			 "18446744073709551615\n"));
}
END_TEST

START_TEST(a_fault_outside_of_handlers_names_none)
{
	ck_assert_died(last_words(fault), SIGSEGV);
	ck_assert_ptr_nonnull(strstr(said, "cleatd: SIGSEGV\n"));
}
END_TEST

START_TEST(an_abort_is_named)
{
	doing = "on_open";
	ck_assert_died(last_words(abort), SIGABRT);
	ck_assert_ptr_nonnull(strstr(said, "cleatd: SIGABRT in on_open of"));
}
END_TEST

START_TEST(a_signal_that_was_sent_kills_as_well)
{
	ck_assert_died(last_words(send_itself_a_signal), SIGBUS);
	ck_assert_ptr_nonnull(strstr(said, "cleatd: SIGBUS\n"));
}
END_TEST

START_TEST(a_long_description_is_cut_and_stays_one_line)
{
	ck_assert_died(last_words(describe_itself_at_length), SIGABRT);
	ck_assert_int_eq(strncmp(said, "cleatd: SIGABRT in xxx?xxx", 26), 0);
	ck_assert_ptr_eq(strchr(said, '\n'),
	    said + sizeof(((struct crash_line *)0)->text) - 1);
}
END_TEST

START_TEST(a_thread_out_of_stack_is_named)
{
	ck_assert_died(last_words(overflow_in_a_thread), SIGSEGV);
	ck_assert_ptr_nonnull(strstr(said, "cleatd: SIGSEGV in overflow of"));
}
END_TEST

START_TEST(what_is_kept_open_is_not_blocked)
{
	sigset_t set;

	sigfillset(&set);
	crash_keep_open(&set);
	ck_assert(!sigismember(&set, SIGSEGV));
	ck_assert(!sigismember(&set, SIGABRT));
	ck_assert(sigismember(&set, SIGTERM));
}
END_TEST

START_TEST(a_stack_is_given_back)
{
	stack_t before, after;

	sigaltstack(NULL, &before);
	ck_assert_int_eq(crash_thread_start(), 0);
	sigaltstack(NULL, &after);
	ck_assert(!(after.ss_flags & SS_DISABLE));
	crash_thread_stop();
	sigaltstack(NULL, &after);
	ck_assert_int_eq(after.ss_flags, before.ss_flags);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("crash");
	TCase *tc = suite_case(suite, "crash");

	tcase_add_test(tc, a_fault_is_named_and_takes_its_course);
	tcase_add_test(tc, a_fault_outside_of_handlers_names_none);
	tcase_add_test(tc, an_abort_is_named);
	tcase_add_test(tc, a_signal_that_was_sent_kills_as_well);
	tcase_add_test(tc, a_long_description_is_cut_and_stays_one_line);
	if (!SANITIZED)
		tcase_add_test(tc, a_thread_out_of_stack_is_named);
	tcase_add_test(tc, what_is_kept_open_is_not_blocked);
	tcase_add_test(tc, a_stack_is_given_back);
	return suite_run_forked(suite);
}
