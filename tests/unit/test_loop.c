/* SPDX-License-Identifier: MIT
 *
 * test_loop.c - the order of a round, and what ends the wait for one.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/time.h>
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "net/loop.h"
#include "../suite.h"

static uint64_t now_ns;
static char story[64];

static uint64_t
fake_ns(void)
{
	return now_ns;
}

static void
tell(const char *what)
{
	ck_assert_uint_lt(strlen(story) + strlen(what), sizeof story);
	memcpy(story + strlen(story), what, strlen(what) + 1);
}

static void
ready(struct source *s, uint32_t events)
{
	(void)s;
	ck_assert_uint_eq(events, EPOLLIN);
	tell("source ");
}

static void
deliver(struct mail *m)
{
	(void)m;
	tell("mail ");
}

static void
due(struct deadline *d)
{
	ck_assert_uint_eq(d->slot, 0);
	tell("deadline ");
}

static void
after(void *arg)
{
	(void)arg;
	tell("after ");
}

static void
deferred(struct deferred *d)
{
	(void)d;
	tell("deferred");
}

START_TEST(a_round_goes_source_mail_deadline_after_deferred)
{
	struct loop *l;
	struct source s = { ready };
	struct mail m = { .deliver = deliver };
	struct deadline d = { .due = due };
	struct deferred f = { .fn = deferred };
	int fds[2];

	story[0] = '\0';
	ck_assert_int_eq(loop_new(&l), 0);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq((int)write(fds[1], "x", 1), 1);
	loop_defer(l, &f);
	loop_on_round_end(l, after, NULL);
	ck_assert_int_eq(deadline_set(l, &d, 0), 0);
	ck_assert(mail_put(l, &m, 0));
	ck_assert_int_eq(loop_add(l, fds[0], EPOLLIN, &s), 0);
	loop_round(l, true);
	ck_assert_str_eq(story, "source mail deadline after deferred");
	loop_del(l, fds[0]);
	story[0] = '\0';
	loop_round(l, false);
	ck_assert_str_eq(story, "after ");
	close(fds[0]);
	close(fds[1]);
	loop_free(&l);
	ck_assert_ptr_null(l);
}
END_TEST

START_TEST(a_deadline_comes_at_its_time_and_not_before)
{
	struct loop *l;
	struct deadline d = { .due = due };

	now_ns = 5000000;
	clock_replace(fake_ns);
	story[0] = '\0';
	ck_assert_int_eq(loop_new(&l), 0);
	ck_assert_uint_eq(loop_now_ms(l), 5);
	ck_assert_int_eq(deadline_set(l, &d, 100), 0);
	now_ns = 99999999;
	loop_round(l, false);
	ck_assert_str_eq(story, "");
	ck_assert_uint_eq(loop_now_ms(l), 99);
	now_ns = 100000000;
	loop_round(l, true);
	ck_assert_str_eq(story, "deadline ");
	deadline_clear(l, &d);
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

static volatile sig_atomic_t alarmed;

static void
on_alarm(int sig)
{
	(void)sig;
	alarmed = 1;
}

/* 2^32 ms are none to epoll_wait(), if nobody cares. */
START_TEST(a_loop_sleeps_until_a_deadline_weeks_away)
{
	const struct sigaction sa = { .sa_handler = on_alarm };
	const struct itimerval soon = { .it_value.tv_usec = 1000,
		.it_interval.tv_usec = 1000 };
	const struct itimerval never = { 0 };
	struct deadline d = { .due = due };
	struct loop *l;

	now_ns = 0;
	clock_replace(fake_ns);
	story[0] = '\0';
	ck_assert_int_eq(loop_new(&l), 0);
	ck_assert_int_eq(deadline_set(l, &d, UINT64_C(1) << 32), 0);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	loop_round(l, true); /* ends when the signal interrupts it */
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_int_eq(alarmed, 1);
	ck_assert_str_eq(story, "");
	now_ns = (UINT64_C(1) << 32) * 1000000;
	loop_round(l, true);
	ck_assert_str_eq(story, "deadline ");
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

static struct loop *rearming;
static int rounds_due;

static void
rearm(struct deadline *d)
{
	rounds_due++;
	ck_assert_int_eq(deadline_set(rearming, d, 0), 0);
}

START_TEST(a_deadline_armed_anew_in_the_past_waits_for_the_next_round)
{
	struct deadline d = { .due = rearm };

	rounds_due = 0;
	ck_assert_int_eq(loop_new(&rearming), 0);
	ck_assert_int_eq(deadline_set(rearming, &d, 0), 0);
	loop_round(rearming, true);
	ck_assert_int_eq(rounds_due, 1);
	loop_round(rearming, true);
	ck_assert_int_eq(rounds_due, 2);
	deadline_clear(rearming, &d);
	loop_free(&rearming);
}
END_TEST

static void
defer_again(struct deferred *d)
{
	tell("again ");
	d->fn = deferred;
	loop_defer(rearming, d);
}

START_TEST(what_is_deferred_at_the_end_of_a_round_keeps_the_next_awake)
{
	struct deferred d = { .fn = defer_again };

	story[0] = '\0';
	ck_assert_int_eq(loop_new(&rearming), 0);
	loop_defer(rearming, &d);
	loop_round(rearming, true);
	ck_assert_str_eq(story, "again ");
	ck_assert(loop_pending(rearming));
	loop_round(rearming, true);
	ck_assert_str_eq(story, "again deferred");
	ck_assert(!loop_pending(rearming));
	loop_free(&rearming);
}
END_TEST

static void *
write_mail(void *arg)
{
	static struct mail m = { .deliver = deliver };

	mail_put(arg, &m, 0);
	return NULL;
}

/* A source that writes to its own loop. */
struct writer {
	struct source source;
	struct loop *loop;
	struct mail mail;
};

static void
write_to_own(struct source *s, uint32_t events)
{
	struct writer *w = container_of(s, struct writer, source);

	ready(s, events);
	ck_assert(mail_put(w->loop, &w->mail, 0));
}

/* Nobody rings for it, and it need not be rung for; whoever writes afterwards
 * is. */
START_TEST(mail_that_a_source_writes_to_its_own_loop_comes_in_the_same_round)
{
	struct writer w = { .source.ready = write_to_own,
		.mail.deliver = deliver };
	struct loop *l;
	pthread_t t;
	int ends[2];

	ck_assert_int_eq(loop_new(&l), 0);
	w.loop = l;
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(loop_add(l, ends[0], EPOLLIN | EPOLLET, &w.source), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	loop_round(l, true);
	ck_assert_str_eq(story, "source mail ");
	ck_assert_int_eq(pthread_create(&t, NULL, write_mail, l), 0);
	loop_round(l, true);
	ck_assert_int_eq(pthread_join(t, NULL), 0);
	ck_assert_str_eq(story, "source mail mail ");
	loop_del(l, ends[0]);
	close(ends[0]);
	close(ends[1]);
	loop_free(&l);
}
END_TEST

START_TEST(mail_of_another_thread_ends_the_wait)
{
	struct loop *l;
	pthread_t t;

	story[0] = '\0';
	ck_assert_int_eq(loop_new(&l), 0);
	ck_assert_int_eq(pthread_create(&t, NULL, write_mail, l), 0);
	while (story[0] == '\0')
		loop_round(l, true);
	ck_assert_str_eq(story, "mail ");
	pthread_join(t, NULL);
	loop_round(l, false);
	loop_free(&l);
}
END_TEST

START_TEST(loop_functions_say_what_the_system_says)
{
	struct loop *l;
	struct source s = { ready };

	ck_assert_int_eq(loop_new(&l), 0);
	ck_assert_int_lt(loop_add(l, -1, EPOLLIN, &s), 0);
	ck_assert_int_lt(loop_change(l, 0, EPOLLIN, &s), 0);
	loop_free(&l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("loop");
	TCase *tc = suite_case(s, "loop");

	tcase_add_test(tc, a_round_goes_source_mail_deadline_after_deferred);
	tcase_add_test(tc, a_deadline_comes_at_its_time_and_not_before);
	tcase_add_test(tc, a_loop_sleeps_until_a_deadline_weeks_away);
	tcase_add_test(
	    tc, a_deadline_armed_anew_in_the_past_waits_for_the_next_round);
	tcase_add_test(
	    tc, what_is_deferred_at_the_end_of_a_round_keeps_the_next_awake);
	tcase_add_test(tc, mail_of_another_thread_ends_the_wait);
	tcase_add_test(tc,
	    mail_that_a_source_writes_to_its_own_loop_comes_in_the_same_round);
	tcase_add_test(tc, loop_functions_say_what_the_system_says);
	return suite_run_forked(s);
}
