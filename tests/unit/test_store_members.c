/* SPDX-License-Identifier: MIT
 *
 * test_store_members.c - presence: who is told that somebody came or went;
 * who is there; evictions.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "store_rig.h"
#include "../suite.h"

static int
try_to_enter(unsigned worker, const char *member, const char *info,
    const char *first, const char *last)
{
	struct store_join j = rig_a_join(worker, "room");
	int rc;

	j.member = member;
	j.info = info;
	j.first = first ? rig_text(first) : NULL;
	j.last = last ? rig_text(last) : NULL;
	rc = store->ops->join(store, &j);
	payload_unref(&j.first);
	payload_unref(&j.last);
	return rc;
}

/* Without a word: its JOINED is what the worker hears next. */
static void
enter(unsigned worker, const char *member, const char *info, const char *first,
    const char *last)
{
	ck_assert_int_eq(
	    try_to_enter(worker, member, info, first, last), STORE_OK);
}

/* Leaves: its LEFT is what the worker hears next. */
static void
leave(const struct rig_sub *s)
{
	store->ops->leave(store, s->topic, s->member, s->worker);
}

static char shown[1024];

static int
show(void *arg, const char *member, const char *info, unsigned conns)
{
	size_t n = strlen(shown);
	int *most = arg;

	snprintf(
	    shown + n, sizeof shown - n, "%s(%s)*%u ", member, info, conns);
	return most && --*most == 0;
}

static size_t
members(int *most)
{
	shown[0] = '\0';
	return store->ops->members(store, space, "room", show, most);
}

/* --- presence ----------------------------------------------------------- */

START_TEST(who_was_there_hears_the_first_and_the_last_of_a_member)
{
	struct rig_sub a, b;

	enter(0, NULL, NULL, NULL, NULL);
	expect(0, "joined OK seq=0 members=0 complete");
	a = rig_sub(0);
	enter(1, "ali", NULL, "ali is here", "ali has left");
	expect(1, "joined OK seq=0 members=1 complete");
	b = rig_sub(1);
	expect(0, "message ali is here, next");
	leave(&b);
	expect(0, "message ali has left, next");
	expect(1, "left");
	expect_silence();
	rig_leave(&a);
}
END_TEST

START_TEST(the_first_comes_before_the_joiners_own_subscription)
{
	struct rig_sub a, b;

	a = rig_join(0, "room", NULL);
	enter(0, "ali", NULL, "ali is here", NULL);
	expect(0, "message ali is here, next");
	expect(0, "joined OK seq=0 members=1 complete");
	b = rig_sub(0);
	ck_assert_ptr_nonnull(b.member);
	rig_leave(&b);
	rig_leave(&a);
	expect_silence();
}
END_TEST

START_TEST(several_connections_make_one_member)
{
	struct rig_sub watch = rig_join(0, "room", NULL);
	struct rig_sub a, b;

	enter(1, "ali", "old", "ali is here", "an older farewell");
	expect(1, "joined OK seq=0 members=1 complete");
	a = rig_sub(1);
	expect(0, "message ali is here, next");
	enter(1, "ali", "new", "never heard", "ali has left");
	expect(1, "joined OK seq=0 members=1 complete");
	b = rig_sub(1);
	ck_assert_ptr_eq(a.member, b.member);
	expect_silence();
	ck_assert_uint_eq(members(NULL), 1);
	ck_assert_str_eq(shown, "ali(new)*2 ");
	leave(&b);
	expect(1, "left");
	expect_silence();
	leave(&a);
	expect(1, "left");
	expect(0, "message ali has left, next");
	ck_assert_uint_eq(members(NULL), 0);
	rig_leave(&watch);
}
END_TEST

START_TEST(presence_is_told_however_much_is_under_way)
{
	struct rig_sub watch = rig_join(0, "room", NULL);
	const char *said;
	struct rig_sub a;

	enter(1, "ali", NULL, NULL, "ali has left");
	(void)rig_line(1);
	a = rig_sub(1);
	(void)rig_line(1);
	while (rig_say("room", "x") == STORE_OK)
		;
	enter(1, "bob", NULL, "bob is here", NULL);
	leave(&a);
	do
		said = rig_line(0);
	while (strcmp(said, "message x") == 0);
	ck_assert_str_eq(said, "message bob is here, next");
	expect(0, "message ali has left, next");
	expect(0, "");
	rig_deaf();
	rig_leave(&watch);
}
END_TEST

/* --- who is there ------------------------------------------------------- */

START_TEST(members_are_shown_by_name_in_the_order_they_came)
{
	int most = 2;

	ck_assert_uint_eq(members(NULL), 0);
	rig_join(0, "room", NULL);
	rig_join(0, "elsewhere", "eve");
	enter(0, "ali", "guest", NULL, NULL);
	enter(1, "bob", NULL, NULL, NULL);
	enter(1, "cem", "", NULL, NULL);
	ck_assert_uint_eq(members(NULL), 3);
	ck_assert_str_eq(shown, "ali(guest)*1 bob()*1 cem()*1 ");
	ck_assert_uint_eq(members(&most), 3);
	ck_assert_str_eq(shown, "ali(guest)*1 bob()*1 ");
	ck_assert_uint_eq(
	    store->ops->members(store, space, "room", NULL, NULL), 3);
}
END_TEST

/* --- evictions ---------------------------------------------------------- */

START_TEST(an_eviction_goes_to_every_worker_that_listens)
{
	struct rig_sub a = rig_join(0, "room", "ali");
	struct rig_sub b = rig_join(1, "room", NULL);

	ck_assert_int_eq(
	    store->ops->evict(store, space, "room", "ali", "noise"), STORE_OK);
	expect(0, "evict: noise");
	ck_assert_ptr_eq(event->u.evict.member, a.member);
	expect(1, "evict: noise");
	ck_assert_ptr_eq(event->u.evict.member, a.member);
	rig_leave(&a);
	rig_leave(&b);
}
END_TEST

START_TEST(whoever_is_not_there_is_not_evicted)
{
	struct rig_sub a = rig_join(0, "room", "ali");

	ck_assert_int_eq(
	    store->ops->evict(store, space, "room", "al", "noise"), STORE_OK);
	ck_assert_int_eq(
	    store->ops->evict(store, space, "hall", "ali", NULL), STORE_OK);
	expect_silence();
	rig_leave(&a);
}
END_TEST

/* One of the same name that comes meanwhile is somebody else. */
START_TEST(the_handle_of_an_eviction_is_its_members_to_the_end)
{
	struct rig_sub watch = rig_join(1, "room", NULL);
	struct rig_sub a = rig_join(0, "room", "ali");
	struct rig_sub b;

	store->ops->evict(store, space, "room", "ali", NULL);
	leave(&a);
	expect(0, "evict: ");
	expect(0, "left");
	b = rig_join(0, "room", "ali");
	expect(1, "evict: ");
	ck_assert_ptr_eq(event->u.evict.member, a.member);
	ck_assert_ptr_ne(event->u.evict.member, b.member);
	rig_leave(&watch);
	rig_leave(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_members");
	TCase *tc = suite_case(s, "store_members");

	tcase_add_checked_fixture(tc, rig_start, rig_end);
	tcase_add_test(
	    tc, who_was_there_hears_the_first_and_the_last_of_a_member);
	tcase_add_test(tc, the_first_comes_before_the_joiners_own_subscription);
	tcase_add_test(tc, several_connections_make_one_member);
	tcase_add_test(tc, presence_is_told_however_much_is_under_way);
	tcase_add_test(tc, members_are_shown_by_name_in_the_order_they_came);
	tcase_add_test(tc, an_eviction_goes_to_every_worker_that_listens);
	tcase_add_test(tc, whoever_is_not_there_is_not_evicted);
	tcase_add_test(tc, the_handle_of_an_eviction_is_its_members_to_the_end);
	return suite_run_forked(s);
}
