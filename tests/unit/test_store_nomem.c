/* SPDX-License-Identifier: MIT
 *
 * test_store_nomem.c - without memory nothing happens; and what has to be
 * told when something ends is told without any.
 *
 * The linker hands the allocations of the whole program to the functions
 * here, which fail the one that the test wants to fail.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store_rig.h"
#include "topics/memory.h"
#include "../suite.h"

enum { NEVER = 1 << 30, ALL = -1 };

/* How many more succeed before one fails. ALL: none does. */
static int countdown = NEVER;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
char *__real_strdup(const char *);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
char *__wrap_strdup(const char *);

static int
fails(void)
{
	if (countdown == ALL)
		return 1;
	return countdown-- == 0 ? (countdown = NEVER, 1) : 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

static void
expect_same(const struct store_figures *before)
{
	struct store_figures now;

	store->ops->figures(store, &now);
	ck_assert_mem_eq(&now, before, sizeof now);
}

/* Fails each allocation of a call in turn, until it needs no more: at least
 * `least` times. */
static void
each_fails(int (*call)(void), int least)
{
	struct store_figures before;
	int n = 0, rc;

	store->ops->figures(store, &before);
	for (;; n++) {
		countdown = n;
		rc = call();
		countdown = NEVER;
		if (rc != STORE_NOMEM)
			break;
		expect_same(&before);
		expect_silence();
	}
	ck_assert_int_eq(rc, STORE_OK);
	ck_assert_int_ge(n, least);
}

static struct payload *first, *last;

static int
join(void)
{
	struct store_join j = rig_a_join(0, "room");

	j.member = "ali";
	j.first = first;
	j.last = last;
	j.resume = true;
	return store->ops->join(store, &j);
}

START_TEST(a_join_without_memory_has_not_happened)
{
	struct rig_sub a, watch;

	first = rig_text("ali is here");
	last = rig_text("ali has left");
	each_fails(join, 7); /* the topic, too */
	expect(0, "joined OK seq=0 members=1");
	a = rig_sub(0);
	rig_leave(&a);
	rig_store("room", "a", NULL);
	rig_deaf();
	watch = rig_join(1, "room", NULL);
	each_fails(join, 7); /* what is missed */
	expect(0, "joined OK seq=1 members=1 [a]");
	a = rig_sub(0);
	expect(1, "message ali is here, next");
	rig_leave(&a);
	expect(1, "message ali has left, next");
	rig_leave(&watch);
	payload_unref(&first);
	payload_unref(&last);
	ck_assert_ptr_null(first);
}
END_TEST

START_TEST(a_payload_is_given_back_by_a_join_that_failed)
{
	last = rig_text("ali has left");
	for (int n = 0; n < 5; n++) {
		countdown = n;
		ck_assert_int_eq(join(), STORE_NOMEM);
	}
	ck_assert_uint_eq(last->refs, 1);
	payload_unref(&last);
}
END_TEST

static struct payload *given;

static int
publish(void)
{
	struct store_message msg = { .payload = payload_ref(given),
		.store = true,
		.from = 5,
		.key = "k" };

	return store->ops->publish(store, space, "news", &msg);
}

START_TEST(a_publication_without_memory_has_not_happened)
{
	given = rig_text("a");
	each_fails(publish, 3);
	expect(0, "published OK seq=1 key=k");
	rig_deaf();
	ck_assert_uint_eq(given->refs, 2); /* the test's, the history's */
	payload_unref(&given);
}
END_TEST

static int
put(void)
{
	return store->ops->put(store, space, "colour", "red", 1000);
}

static int
claim(void)
{
	return store->ops->claim(store, space, "nick", "ali", 0, NULL);
}

static int
evict(void)
{
	return store->ops->evict(store, space, "room", "ali", "noise");
}

START_TEST(nothing_is_put_or_claimed_without_memory)
{
	each_fails(put, 5);
	expect(0, "value colour=red");
	expect(1, "value colour=red");
	each_fails(put, 4); /* in its place */
	rig_deaf();
	each_fails(claim, 4);
	rig_deaf();
}
END_TEST

START_TEST(nobody_is_evicted_without_memory)
{
	struct rig_sub a = rig_join(0, "room", "ali");

	rig_deaf();
	each_fails(evict, 1);
	expect(0, "evict: noise");
	rig_leave(&a);
}
END_TEST

START_TEST(a_space_without_memory_is_none)
{
	countdown = 0;
	ck_assert_ptr_null(store->ops->space(store, "other"));
	countdown = NEVER;
	ck_assert_ptr_nonnull(store->ops->space(store, "other"));
}
END_TEST

START_TEST(a_store_without_memory_is_none)
{
	struct store *other = NULL;
	int n = 0;

	for (;; n++) {
		int rc;

		countdown = n;
		rc = memory_store_new(&other);
		countdown = NEVER;
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_ptr_null(other);
	}
	ck_assert_int_ge(n, 6);
	other->ops->free(other);
}
END_TEST

START_TEST(members_without_memory_are_counted)
{
	struct rig_sub a = rig_join(0, "room", "ali");

	countdown = 0;
	ck_assert_uint_eq(
	    store->ops->members(store, space, "room", NULL, NULL), 1);
	countdown = NEVER;
	rig_leave(&a);
}
END_TEST

/* --- ends --------------------------------------------------------------- */

START_TEST(whatever_ends_is_told_without_memory)
{
	struct rig_sub watch = rig_join(1, "room", NULL);
	struct rig_sub a;

	last = rig_text("ali has left");
	ck_assert_int_eq(join(), STORE_OK);
	payload_unref(&last);
	(void)rig_line(0);
	a = rig_sub(0);
	ck_assert_int_eq(claim(), STORE_OK);
	ck_assert_int_eq(put(), STORE_OK);
	rig_deaf();
	countdown = ALL;
	store->ops->leave(store, a.topic, a.member, 0);
	store->ops->release(store, space, "nick", "ali");
	rig_advance(1000);
	store->ops->tick(store);
	countdown = NEVER;
	expect(0, "left");
	expect(1, "message ali has left, next");
	expect(0, "value nick gone");
	expect(1, "value nick gone");
	expect(0, "value colour gone");
	expect(1, "value colour gone");
	expect_silence();
	rig_leave(&watch);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_nomem");
	TCase *tc = suite_case(s, "store_nomem");

	tcase_add_checked_fixture(tc, rig_start, rig_end);
	tcase_add_test(tc, a_join_without_memory_has_not_happened);
	tcase_add_test(tc, a_payload_is_given_back_by_a_join_that_failed);
	tcase_add_test(tc, a_publication_without_memory_has_not_happened);
	tcase_add_test(tc, nothing_is_put_or_claimed_without_memory);
	tcase_add_test(tc, nobody_is_evicted_without_memory);
	tcase_add_test(tc, a_space_without_memory_is_none);
	tcase_add_test(tc, a_store_without_memory_is_none);
	tcase_add_test(tc, members_without_memory_are_counted);
	tcase_add_test(tc, whatever_ends_is_told_without_memory);
	return suite_run_forked(s);
}
