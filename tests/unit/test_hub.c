/* SPDX-License-Identifier: MIT
 *
 * test_hub.c - subscriptions on one worker, whatever comes between.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "hub_rig.h"
#include "net/payload.h"
#include "../suite.h"
#include "wire/ws.h"

START_TEST(what_the_store_refuses_at_once_has_not_happened)
{
	struct hub_place p = hub_rig_place(0);

	asked.answer = STORE_LIMIT;
	ck_assert_int_eq(person_subscribe(0, "t", 10), STORE_LIMIT);
	ck_assert(!hub_subscribed(&p, space, "t"));
	ck_assert_uint_eq(hub_topics(people[0].client, NULL, NULL), 0);
	asked.answer = STORE_OK;
	ck_assert_int_eq(person_subscribe(0, "t", 0), STORE_LIMIT);
	ck_assert_uint_eq(asked.joins, 0);
}
END_TEST

START_TEST(what_the_store_refuses_later_is_told_and_over)
{
	struct hub_place p = hub_rig_place(0);

	ck_assert_int_eq(person_subscribe(0, "t", 1), STORE_OK);
	ck_assert_int_eq(person_subscribe(0, "t", 1), STORE_TAKEN);
	ck_assert_int_eq(person_subscribe(0, "u", 1), STORE_LIMIT);
	ck_assert(hub_subscribed(&p, space, "t"));
	store_joined(STORE_LIMIT, NULL);
	person_expect(0, "subscribed t -6;");
	ck_assert(!hub_subscribed(&p, space, "t"));
	ck_assert_int_eq(hub_unsubscribe(&p, space, "t"), STORE_NOENT);
	ck_assert_uint_eq(asked.leaves, 0);
}
END_TEST

START_TEST(missed_messages_come_after_joined_and_before_the_live_ones)
{
	struct payload *missed[] = { payload_new(WS_OP_TEXT, "m", 1),
		payload_new(WS_OP_TEXT, "n", 1) };
	struct store_event *e = store_says(STORE_JOINED, STORE_OK);

	person_join(1, "t", NULL);
	ck_assert_int_eq(person_subscribe(0, "t", 10), STORE_OK);
	store_publishes("early", 0); /* is among the missed, if anywhere */
	e->audience = asked.join.audience;
	e->ticket = asked.join.ticket;
	e->u.joined.n_missed = 2;
	e->u.joined.missed = malloc(sizeof missed);
	memcpy(e->u.joined.missed, missed, sizeof missed);
	hub_event(hub, e);
	store_publishes("live", 0);
	person_expect(0, "subscribed t 0;m!;n+!;live;");
	person_expect(1, "early;live;");
	hub_leave(&people[0].client);
	hub_leave(&people[1].client);
	store_left(2);
}
END_TEST

START_TEST(who_leaves_before_joined_is_told_nothing_and_leaves_then)
{
	struct hub_place p = hub_rig_place(0);

	ck_assert_int_eq(person_subscribe(0, "t", 1), STORE_OK);
	ck_assert_int_eq(hub_unsubscribe(&p, space, "t"), STORE_OK);
	ck_assert_uint_eq(asked.leaves, 0); /* it has nothing to give back */
	store_joined(STORE_OK, NULL);
	person_expect(0, "");
	store_left(1);
	ck_assert_int_eq(person_subscribe(0, "t", 1), STORE_OK);
	hub_leave(&people[0].client); /* the connection has ended */
	store_joined(STORE_LIMIT, NULL);
	person_expect(0, "");
	ck_assert_uint_eq(hub_figures(hub)->subscriptions, 0);
}
END_TEST

START_TEST(who_leaves_when_he_is_told_gets_nothing)
{
	people[0].leaves = true;
	ck_assert_int_eq(person_subscribe(0, "t", 1), STORE_OK);
	store_joined(STORE_OK, NULL);
	person_expect(0, "subscribed t 0;");
	store_publishes("x", 0);
	person_expect(0, "");
	store_left(1);
}
END_TEST

START_TEST(an_audience_lives_until_the_last_leave_is_confirmed)
{
	void *first;

	person_join(0, "t", NULL);
	first = asked.join.audience;
	hub_leave(&people[0].client);
	store_publishes("to nobody", 0); /* was on its way */
	person_join(1, "t", NULL);
	ck_assert_ptr_eq(asked.join.audience, first);
	store_left(1);
	store_publishes("x", 0);
	person_expect(1, "x;");
	hub_leave(&people[1].client);
	store_left(1);
}
END_TEST

START_TEST(seats_are_given_up_in_any_order)
{
	struct hub_place p = hub_rig_place(1);

	for (int i = 0; i < PEOPLE; i++)
		person_join(i, "t", NULL);
	store_publishes("a", 3);
	hub_unsubscribe(&p, space, "t");
	store_publishes("b", 0);
	person_expect(0, "a;b;");
	person_expect(1, "a;");
	person_expect(2, "b;"); /* was excepted */
	person_expect(3, "a;b;");
	ck_assert_uint_eq(hub_figures(hub)->deliveries, 6);
	ck_assert_uint_eq(hub_figures(hub)->subscriptions, 3);
	for (int i = 0; i < PEOPLE; i++)
		hub_leave(&people[i].client);
	store_left(4);
}
END_TEST

START_TEST(an_eviction_ends_a_members_subscriptions_whatever_they_do)
{
	char ali, bea;
	struct store_event *e;

	person_join(0, "t", &ali);
	person_join(1, "t", &bea);
	person_join(2, "t", &ali);
	people[0].leaves = true; /* and takes all others with it */
	e = store_says(STORE_EVICT, 0);
	e->audience = asked.join.audience;
	e->u.evict.member = (void *)&ali;
	e->u.evict.why = "loud";
	hub_event(hub, e);
	person_expect(0, "unsubscribed t loud;");
	person_expect(1, "");
	person_expect(2, "unsubscribed t loud;");
	store_publishes("x", 0);
	person_expect(1, "");
	store_left(3);
}
END_TEST

static int
leave_next(void *arg, const char *topic)
{
	struct hub_place p = hub_rig_place(0);

	(void)arg;
	if (strcmp(topic, "t") == 0)
		ck_assert_int_eq(hub_unsubscribe(&p, space, "u"), STORE_OK);
	person_tell(&people[0].conn, "%s;", topic);
	return 0;
}

START_TEST(a_walk_goes_on_when_the_next_topic_is_left)
{
	ck_assert_int_eq(person_subscribe(0, "t", 9), STORE_OK);
	store_joined(STORE_OK, NULL);
	person_join(1, "u", NULL);
	ck_assert_int_eq(person_subscribe(0, "u", 9), STORE_OK);
	store_joined(STORE_OK, NULL);
	person_expect(0, "subscribed t 0;subscribed u 0;");
	ck_assert_uint_eq(hub_topics(people[0].client, leave_next, NULL), 2);
	person_expect(0, "t;");
	hub_leave(&people[1].client);
	store_left(2); /* u's */
	asked.joins = 0;
	ck_assert_int_eq(person_subscribe(1, "t", 9), STORE_OK);
	store_joined(STORE_OK, NULL);
	hub_leave(&people[0].client);
	hub_leave(&people[1].client);
	store_left(2);
}
END_TEST

START_TEST(what_nobody_here_has_published_is_handed_on)
{
	struct store_event *e = store_says(STORE_PUBLISHED, STORE_OK);

	e->u.published.conn = UINT64_C(1) << 47 | 1;
	hub_event(hub, e);
	ck_assert_uint_eq(asked.elsewhere, UINT64_C(1) << 47 | 1);
	for (int i = 0; i < PEOPLE; i++)
		person_expect(i, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hub");
	TCase *tc = suite_case(s, "hub");

	tcase_add_checked_fixture(tc, hub_rig_init, hub_rig_fini);
	tcase_add_test(tc, what_the_store_refuses_at_once_has_not_happened);
	tcase_add_test(tc, what_the_store_refuses_later_is_told_and_over);
	tcase_add_test(
	    tc, missed_messages_come_after_joined_and_before_the_live_ones);
	tcase_add_test(
	    tc, who_leaves_before_joined_is_told_nothing_and_leaves_then);
	tcase_add_test(tc, who_leaves_when_he_is_told_gets_nothing);
	tcase_add_test(tc, an_audience_lives_until_the_last_leave_is_confirmed);
	tcase_add_test(tc, seats_are_given_up_in_any_order);
	tcase_add_test(
	    tc, an_eviction_ends_a_members_subscriptions_whatever_they_do);
	tcase_add_test(tc, a_walk_goes_on_when_the_next_topic_is_left);
	tcase_add_test(tc, what_nobody_here_has_published_is_handed_on);
	return suite_run_forked(s);
}
