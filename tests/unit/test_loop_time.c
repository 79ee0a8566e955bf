/* SPDX-License-Identifier: MIT
 *
 * test_loop_time.c - how long a round may take, what is told of it, and looking
 * instead of sleeping.
 */
#include "config.h"

#include <sys/epoll.h>
#include <check.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/timing.h"
#include "net/loop.h"
#include "../suite.h"

static uint64_t now_ns;
static int n_ready, n_due;

static uint64_t
fake_ns(void)
{
	return now_ns;
}

static void
ready(struct source *s, uint32_t events)
{
	(void)s;
	ck_assert_uint_eq(events, EPOLLIN);
	n_ready++;
}

static void
due(struct deadline *d)
{
	ck_assert_uint_eq(d->slot, 0);
	n_due++;
}

static void
after_3_ms(void *arg)
{
	(void)arg;
	now_ns += 3000000;
}

START_TEST(what_a_round_took_is_told_when_the_next_begins)
{
	const struct timing *rounds;
	struct loop *l;

	now_ns = 5000000;
	clock_replace(fake_ns);
	ck_assert_int_eq(loop_new(&l), 0);
	rounds = loop_rounds(l);
	loop_on_round_end(l, after_3_ms, NULL);
	loop_round(l, false);
	ck_assert_uint_eq(rounds->count, 0);
	loop_round(l, false);
	ck_assert_uint_eq(rounds->count, 1);
	ck_assert_uint_eq(rounds->ns, 3000000);
	ck_assert_uint_eq(rounds->buckets[4], 1); /* up to 10 ms */
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

enum { SLOW = 40 };

struct slow {
	struct source source;
	int served;
};

static void
takes_100_us(struct source *s, uint32_t events)
{
	(void)events;
	now_ns += 100000;
	container_of(s, struct slow, source)->served++;
}

static int
served(const struct slow *slow)
{
	int n = 0;

	for (int i = 0; i < SLOW; i++)
		n += slow[i].served;
	return n;
}

START_TEST(slow_sources_share_rounds_and_all_have_their_turn)
{
	struct slow slow[SLOW] = { 0 };
	int before, fds[SLOW][2];
	struct loop *l;

	now_ns = 5000000;
	clock_replace(fake_ns);
	ck_assert_int_eq(loop_new(&l), 0);
	for (int i = 0; i < SLOW; i++) {
		slow[i].source.ready = takes_100_us;
		ck_assert_int_eq(pipe(fds[i]), 0);
		ck_assert_int_eq((int)write(fds[i][1], "x", 1), 1);
		ck_assert_int_eq(
		    loop_add(l, fds[i][0], EPOLLIN, &slow[i].source), 0);
	}
	loop_round(l, false);
	ck_assert_int_eq(served(slow), SLOW);
	before = SLOW;
	for (int i = 0; i < SLOW; i++) {
		loop_round(l, false);
		ck_assert_int_gt(served(slow), before);
		ck_assert_int_le(served(slow), before + 5);
		before = served(slow);
	}
	for (int i = 0; i < SLOW; i++) {
		ck_assert_int_ge(slow[i].served, 2);
		loop_del(l, fds[i][0]);
		close(fds[i][0]);
		close(fds[i][1]);
	}
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

static int delivered[10], n_delivered;
static struct mail slow_mail[10];

static void
deliver_in_100_us(struct mail *m)
{
	now_ns += 100000;
	delivered[n_delivered++] = (int)(m - slow_mail);
}

START_TEST(slow_mail_comes_in_several_rounds_and_in_order)
{
	struct loop *l;

	now_ns = 5000000;
	n_delivered = 0;
	clock_replace(fake_ns);
	ck_assert_int_eq(loop_new(&l), 0);
	for (int i = 0; i < 10; i++) {
		slow_mail[i].deliver = deliver_in_100_us;
		ck_assert(mail_put(l, &slow_mail[i], 0));
	}
	for (int i = 3; i < 10; i += 3) {
		loop_round(l, true);
		ck_assert_int_eq(n_delivered, i);
		ck_assert(loop_pending(l));
	}
	loop_round(l, true); /* does not sleep */
	ck_assert_int_eq(n_delivered, 10);
	ck_assert(!loop_pending(l));
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(delivered[i], i);
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

/* Each look at this clock takes a tenth of a millisecond. */
static int looks, rings_at, ring_fd;

static uint64_t
ticking_ns(void)
{
	if (++looks == rings_at)
		ck_assert_int_eq((int)write(ring_fd, "x", 1), 1);
	return now_ns += 100000;
}

static void
begin_ticking(struct loop **l, int rings)
{
	now_ns = 5000000;
	looks = 0;
	rings_at = rings;
	n_ready = n_due = 0;
	clock_replace(ticking_ns);
	ck_assert_int_eq(loop_new(l), 0);
	looks = 0;
}

START_TEST(before_it_sleeps_it_looks_for_so_long)
{
	struct deadline d = { .due = due };
	struct loop *l;

	begin_ticking(&l, 0);
	loop_busy_poll(l, 1);
	ck_assert_int_eq(deadline_set(l, &d, 8), 0);
	loop_round(l, true);
	ck_assert_uint_ge(loop_spins(l), 8);
	ck_assert_uint_le(loop_spins(l), 11);
	deadline_clear(l, &d);
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

START_TEST(what_happens_while_it_looks_ends_it)
{
	struct source s = { ready };
	struct loop *l;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ring_fd = fds[1];
	begin_ticking(&l, 5);
	loop_busy_poll(l, 1000);
	ck_assert_int_eq(loop_add(l, fds[0], EPOLLIN, &s), 0);
	loop_round(l, true);
	ck_assert_int_eq(n_ready, 1);
	ck_assert_uint_le(loop_spins(l), 6);
	loop_del(l, fds[0]);
	loop_free(&l);
	close(fds[0]);
	close(fds[1]);
	clock_replace(NULL);
}
END_TEST

START_TEST(a_deadline_ends_it_too)
{
	struct deadline d = { .due = due };
	struct loop *l;

	begin_ticking(&l, 0);
	loop_busy_poll(l, 1000);
	ck_assert_int_eq(deadline_set(l, &d, 6), 0);
	loop_round(l, true);
	ck_assert_int_eq(n_due, 1);
	ck_assert_uint_le(loop_spins(l), 11);
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

static void
count(struct mail *m)
{
	(void)m;
	n_delivered++;
}

struct writer {
	struct source source;
	struct loop *loop;
	struct mail mail;
};

static void
write_to_own(struct source *s, uint32_t events)
{
	struct writer *w = container_of(s, struct writer, source);

	(void)events;
	ck_assert(mail_put(w->loop, &w->mail, 0));
}

START_TEST(mail_to_itself_is_not_forgotten_behind_slow_mail)
{
	struct writer w = { .source.ready = write_to_own,
		.mail.deliver = count };
	struct loop *l;
	int ends[2];

	now_ns = 5000000;
	n_delivered = 0;
	clock_replace(fake_ns);
	ck_assert_int_eq(loop_new(&l), 0);
	w.loop = l;
	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 4; i++) {
		slow_mail[i].deliver = deliver_in_100_us;
		ck_assert(mail_put(l, &slow_mail[i], 0));
	}
	loop_round(l, true);
	ck_assert_int_eq(n_delivered, 3);
	ck_assert_int_eq(loop_add(l, ends[0], EPOLLIN | EPOLLET, &w.source), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	loop_round(l, true);
	ck_assert_int_eq(n_delivered, 4);
	loop_round(l, true); /* does not sleep */
	ck_assert_int_eq(n_delivered, 5);
	loop_del(l, ends[0]);
	close(ends[0]);
	close(ends[1]);
	loop_free(&l);
	clock_replace(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("loop_time");
	TCase *tc = suite_case(s, "rounds");

	tcase_add_test(tc, what_a_round_took_is_told_when_the_next_begins);
	tcase_add_test(tc, slow_sources_share_rounds_and_all_have_their_turn);
	tcase_add_test(tc, slow_mail_comes_in_several_rounds_and_in_order);
	tcase_add_test(tc, mail_to_itself_is_not_forgotten_behind_slow_mail);
	tcase_add_test(tc, before_it_sleeps_it_looks_for_so_long);
	tcase_add_test(tc, what_happens_while_it_looks_ends_it);
	tcase_add_test(tc, a_deadline_ends_it_too);
	return suite_run_forked(s);
}
