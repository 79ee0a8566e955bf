/* SPDX-License-Identifier: MIT
 *
 * test_store_threads.c - two workers on threads of their own, and threads
 * that publish and put, all at once: every worker hears each topic without a
 * gap and in order, and the registry's changes in one order with the others.
 *
 * A worker is as simple a hub as can be: one subscription follows the other,
 * so that it never stops hearing, and one claim the other.
 */
#include "config.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "net/payload.h"
#include "net/worker.h"
#include "topics/memory.h"
#include "topics/store.h"
#include "topics/store_event.h"
#include "wire/frame.h"
#include "../suite.h"

enum { WORKERS = 2, PUBLISHERS = 3, TOPICS = 2, EACH = 4000, HELD = 50 };
enum { STAMP_AT = 2, STAMP_LEN = 20 };

/* Who of a worker hears a topic. */
struct ear {
	unsigned worker, topic;
	struct store_topic *handle; /* NULL: not yet */
	struct store_member *member;
	uint64_t seq; /* of the newest that was heard */
	unsigned joins, lefts, presence;
};

struct hub {
	struct ear ears[TOPICS];
	uint64_t values; /* a sum of all in their order */
	unsigned claims, published;
};

static struct store *store;
static struct store_space *space;
static struct worker *workers[WORKERS];
static struct hub hubs[WORKERS];
static bool stopping;	       /* atomic: nothing new begins */
static unsigned all_published; /* atomic: answers that are due */

static const char *
topic_name(unsigned topic)
{
	return topic == 0 ? "odd" : "even";
}

/* --- a worker ----------------------------------------------------------- */

static void
join(struct ear *ear)
{
	struct store_join j = { .space = space,
		.topic = topic_name(ear->topic),
		.worker = ear->worker,
		.audience = ear,
		.ticket = ear,
		.member = ear->worker == 0 ? "ali" : "bob",
		.resume = true,
		.epoch = 1,
		.max = 3 };

	j.first = payload_new(WS_OP_TEXT, "+", 1);
	j.last = payload_new(WS_OP_TEXT, "-", 1);
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	payload_unref(&j.first);
	payload_unref(&j.last);
}

static void
leave(struct ear *ear)
{
	store->ops->leave(store, ear->handle, ear->member, ear->worker);
	ear->lefts++;
}

static void
claim(unsigned worker)
{
	ck_assert_int_eq(store->ops->claim(store, space, "nick",
			     worker == 0 ? "ali" : "bob", worker, NULL),
	    STORE_OK);
}

static uint64_t
seq_of(const struct payload *p)
{
	char number[STAMP_LEN + 1] = { 0 };

	memcpy(number, p->frame + p->head + STAMP_AT, STAMP_LEN);
	return strtoull(number, NULL, 10);
}

/* What was missed ends where the live messages begin. */
static void
check_missed(const struct store_event *e)
{
	uint32_t n = e->u.joined.n_missed;

	for (uint32_t i = 0; i < n; i++)
		ck_assert_uint_eq(
		    seq_of(e->u.joined.missed[i]), e->u.joined.seq - n + 1 + i);
}

static void
joined(struct ear *ear, const struct store_event *e)
{
	ck_assert_int_eq(e->status, STORE_OK);
	ck_assert_ptr_eq(e->ticket, ear);
	if (ear->handle) {
		ck_assert_uint_eq(e->u.joined.seq, ear->seq);
		leave(ear);
	}
	check_missed(e);
	ear->joins++;
	ear->handle = e->u.joined.topic;
	ear->member = e->u.joined.member;
	ear->seq = e->u.joined.seq;
	if (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE))
		join(ear);
}

static void
message(struct ear *ear, const struct store_event *e)
{
	if (e->u.message.stored)
		ck_assert_uint_eq(seq_of(e->u.message.payload), ++ear->seq);
	else
		ear->presence++;
}

static void
claimed(unsigned worker, const struct store_event *e)
{
	const char *me = worker == 0 ? "ali" : "bob";

	ck_assert(e->status == STORE_OK || e->status == STORE_TAKEN);
	ck_assert_int_eq(
	    e->status == STORE_OK, strcmp(e->u.claimed.holder, me) == 0);
	if (e->status == STORE_OK) {
		hubs[worker].claims++;
		store->ops->release(store, space, "nick", me);
	}
	if (!__atomic_load_n(&stopping, __ATOMIC_ACQUIRE))
		claim(worker);
}

static void
value(struct hub *h, const struct store_event *e)
{
	const char *s = e->u.value.value ? e->u.value.value : "gone";

	h->values = h->values * 31 + (uint64_t)e->u.value.key[0];
	while (*s)
		h->values = h->values * 31 + (uint64_t)*s++;
}

static void
deliver(struct mail *m)
{
	struct store_event *e = container_of(m, struct store_event, mail);
	struct hub *h = &hubs[e->worker];

	switch (e->kind) {
	case STORE_JOINED:
		joined(e->audience, e);
		break;
	case STORE_LEFT:
		((struct ear *)e->audience)->lefts--;
		break;
	case STORE_MESSAGE:
		message(e->audience, e);
		break;
	case STORE_PUBLISHED:
		h->published++;
		__atomic_sub_fetch(&all_published, 1, __ATOMIC_RELAXED);
		break;
	case STORE_CLAIMED:
		claimed(e->worker, e);
		break;
	case STORE_VALUE:
		value(h, e);
		break;
	case STORE_EVICT:
		break;
	}
	store_event_free(e);
}

/* --- those who publish -------------------------------------------------- */

static void
publish(unsigned who, unsigned i)
{
	char text[] = "{                    0}", key[16];
	struct store_message msg = { .store = true, .stamp = STAMP_AT };
	int rc;

	snprintf(key, sizeof key, "%u/%u", who, i);
	msg.key = key;
	msg.from = (uint64_t)(i % WORKERS) << 48 | 1;
	__atomic_add_fetch(&all_published, 1, __ATOMIC_RELAXED);
	do {
		msg.payload = payload_new(WS_OP_TEXT, text, strlen(text));
		rc = store->ops->publish(
		    store, space, topic_name(i % TOPICS), &msg);
		if (rc == STORE_LIMIT)
			sched_yield();
	} while (rc == STORE_LIMIT);
	ck_assert_int_eq(rc, STORE_OK);
}

static int
nobody(void *arg, const char *member, const char *info, unsigned conns)
{
	(void)arg, (void)info, (void)conns;
	ck_assert(strcmp(member, "ali") == 0 || strcmp(member, "bob") == 0);
	return 0;
}

static void *
publisher(void *arg)
{
	unsigned who = (unsigned)(uintptr_t)arg;
	char value[16];

	for (unsigned i = 0; i < EACH; i++) {
		publish(who, i);
		snprintf(value, sizeof value, "%u/%u", who, i);
		if (i % 5 == 0) /* too many at once is no concern here */
			(void)store->ops->put(
			    store, space, "p", value, i % 2 ? 0 : 1);
		if (i % 50 == 0)
			ck_assert_int_eq(store->ops->evict(store, space, "odd",
					     "ali", "noise"),
			    STORE_OK);
		if (i % 100 == 0)
			store->ops->tick(store);
		(void)store->ops->members(store, space, "odd", nobody, NULL);
	}
	return NULL;
}

/* --- all together ------------------------------------------------------- */

static void
begin(void)
{
	static const struct worker_calls none;
	struct store_history h = { .messages = HELD };

	ck_assert_int_eq(memory_store_new(&store), 0);
	for (unsigned w = 0; w < WORKERS; w++)
		ck_assert_int_eq(worker_new(&workers[w], w, &none), 0);
	store->workers = workers;
	store->n_workers = WORKERS;
	store->deliver = deliver;
	space = store->ops->space(store, "test");
	store->ops->set_history(store, space, &h);
	for (unsigned w = 0; w < WORKERS; w++) {
		for (unsigned t = 0; t < TOPICS; t++) {
			hubs[w].ears[t] =
			    (struct ear){ .worker = w, .topic = t };
			join(&hubs[w].ears[t]);
		}
		claim(w);
	}
	for (unsigned w = 0; w < WORKERS; w++)
		ck_assert_int_eq(worker_start(workers[w]), 0);
}

/* What the threads have left in the mail is delivered here. */
static void
deliver_all(void)
{
	for (unsigned again = 0; again < 3; again++)
		for (unsigned w = 0; w < WORKERS; w++)
			worker_stop(workers[w]);
}

static void
end(void)
{
	__atomic_store_n(&stopping, true, __ATOMIC_RELEASE);
	deliver_all();
	for (unsigned w = 0; w < WORKERS; w++)
		for (unsigned t = 0; t < TOPICS; t++)
			leave(&hubs[w].ears[t]);
	deliver_all();
}

static void
check_ear(const struct ear *ear)
{
	ck_assert_uint_eq(ear->lefts, 0);
	ck_assert_uint_eq(ear->seq, PUBLISHERS * EACH / TOPICS);
	ck_assert_uint_gt(ear->joins, 1);
	/* One came when the other was there, or went. */
	ck_assert_uint_gt(hubs[0].ears[ear->topic].presence +
			      hubs[1].ears[ear->topic].presence,
	    0);
}

static void
check(void)
{
	struct store_figures f;

	ck_assert_uint_eq(all_published, 0);
	ck_assert_uint_eq(
	    hubs[0].published + hubs[1].published, PUBLISHERS * EACH);
	ck_assert_uint_eq(hubs[0].values, hubs[1].values);
	ck_assert_uint_gt(hubs[0].claims + hubs[1].claims, 0);
	for (unsigned w = 0; w < WORKERS; w++)
		for (unsigned t = 0; t < TOPICS; t++)
			check_ear(&hubs[w].ears[t]);
	store->ops->figures(store, &f);
	ck_assert_uint_eq(f.published, PUBLISHERS * EACH);
	ck_assert_uint_eq(f.members, 0);
	ck_assert_uint_eq(f.topics, TOPICS);
	ck_assert_uint_eq(f.history_messages, TOPICS * HELD);
}

START_TEST(workers_hear_everything_in_one_order)
{
	pthread_t t[PUBLISHERS];

	begin();
	for (uintptr_t i = 0; i < PUBLISHERS; i++)
		ck_assert_int_eq(
		    pthread_create(&t[i], NULL, publisher, (void *)i), 0);
	for (unsigned i = 0; i < PUBLISHERS; i++)
		pthread_join(t[i], NULL);
	end();
	check();
	store->ops->free(store);
	for (unsigned w = 0; w < WORKERS; w++)
		worker_free(&workers[w]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_threads");
	TCase *tc = suite_case(s, "store_threads");

	tcase_add_test(tc, workers_hear_everything_in_one_order);
	return suite_run_forked(s);
}
