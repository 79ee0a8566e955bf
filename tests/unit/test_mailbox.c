/* SPDX-License-Identifier: MIT
 *
 * test_mailbox.c - order, bound, bell; then many writers at once.
 */
#include "config.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "net/mailbox.h"
#include "../suite.h"

enum { WRITERS = 4, EACH = 5000 };

struct letter {
	struct mail mail;
	int writer, number;
};

static bool
rings(const struct mailbox *b)
{
	struct pollfd p = { .fd = b->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

START_TEST(beyond_its_limit_a_box_takes_nothing)
{
	struct mailbox b;
	struct mail m[4];

	ck_assert_int_eq(mailbox_init(&b), 0);
	ck_assert(mailbox_put(&b, &m[0], 2));
	ck_assert(mailbox_put(&b, &m[1], 2));
	ck_assert(!mailbox_put(&b, &m[2], 2));
	ck_assert(mailbox_put(&b, &m[3], 0));
	ck_assert_ptr_eq(mailbox_take(&b), &m[0]);
	ck_assert_ptr_eq(m[0].next, &m[1]);
	ck_assert_ptr_eq(m[1].next, &m[3]);
	ck_assert_ptr_null(m[3].next);
	ck_assert(mailbox_put(&b, &m[2], 1));
	ck_assert_ptr_eq(mailbox_take(&b), &m[2]);
	mailbox_fini(&b);
}
END_TEST

START_TEST(the_first_mail_rings_and_a_hushed_box_is_silent)
{
	struct mailbox b;
	struct mail m[2];

	ck_assert_int_eq(mailbox_init(&b), 0);
	ck_assert(!rings(&b));
	ck_assert_ptr_null(mailbox_take(&b));
	ck_assert(mailbox_put(&b, &m[0], 0));
	ck_assert(rings(&b));
	mailbox_hush(&b);
	ck_assert(!rings(&b));
	ck_assert(mailbox_put(&b, &m[1], 0));
	ck_assert_ptr_eq(mailbox_take(&b), &m[0]);
	ck_assert(mailbox_put(&b, &m[0], 0));
	ck_assert(rings(&b));
	ck_assert_ptr_eq(mailbox_take(&b), &m[0]);
	mailbox_fini(&b);
}
END_TEST

static struct mailbox shared;
static struct letter letters[WRITERS][EACH];

static void *
writer(void *arg)
{
	int w = (int)(size_t)arg;

	for (int i = 0; i < EACH; i++) {
		letters[w][i].writer = w;
		letters[w][i].number = i;
		mailbox_put(&shared, &letters[w][i].mail, 0);
	}
	return NULL;
}

START_TEST(mail_of_several_threads_all_arrives_each_writers_in_order)
{
	pthread_t t[WRITERS];
	int next[WRITERS] = { 0 };

	ck_assert_int_eq(mailbox_init(&shared), 0);
	for (size_t w = 0; w < WRITERS; w++)
		ck_assert_int_eq(
		    pthread_create(&t[w], NULL, writer, (void *)w), 0);
	for (int seen = 0; seen < WRITERS * EACH;) {
		struct pollfd p = { .fd = shared.fd, .events = POLLIN };
		struct mail *m;

		/* A bell that is lost would make this fail, not hang. */
		ck_assert_int_eq(poll(&p, 1, 10000), 1);
		mailbox_hush(&shared);
		for (m = mailbox_take(&shared); m; m = m->next, seen++) {
			struct letter *l = (struct letter *)m;

			ck_assert_int_eq(l->number, next[l->writer]++);
		}
	}
	for (size_t w = 0; w < WRITERS; w++)
		pthread_join(t[w], NULL);
	mailbox_fini(&shared);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mailbox");
	TCase *tc = suite_case(s, "mailbox");

	tcase_add_test(tc, beyond_its_limit_a_box_takes_nothing);
	tcase_add_test(tc, the_first_mail_rings_and_a_hushed_box_is_silent);
	tcase_add_test(
	    tc, mail_of_several_threads_all_arrives_each_writers_in_order);
	return suite_run_forked(s);
}
