/* SPDX-License-Identifier: MIT
 *
 * test_store_model.c - random steps, each compared with a model that is too
 * simple to be wrong: all that was ever stored, in arrays that are searched.
 *
 * CLEAT_SEED in the environment tries another one.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store_rig.h"
#include "../dice.h"
#include "../suite.h"

enum { STEPS = 20000, TOPICS = 3, SUBS = 4, KEYS = 20 };
/* Bounds: of a topic, of all, of age. */
enum { HELD = 7, HELD_IN_ALL = 15, AGE_MS = 5000 };

/* One message that was stored. */
struct said {
	uint64_t seq, at_ms;
	int number; /* of all topics, and its text */
	unsigned key;
	bool gone, erased;
};

struct topic {
	char name[2];
	uint64_t epoch; /* of this life or the last */
	bool lives;
	struct said said[STEPS]; /* in this life */
	size_t n;
	struct rig_sub subs[SUBS];
	size_t n_subs;
};

static struct topic topics[TOPICS];
static int numbers;
static uint32_t state;

/* --- the model ---------------------------------------------------------- */

static bool
is_held(const struct said *s)
{
	return !s->gone && !s->erased;
}

static size_t
count_held(const struct topic *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += is_held(&t->said[i]);
	return n;
}

static struct said *
oldest_held(struct topic *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_held(&t->said[i]))
			return &t->said[i];
	return NULL;
}

static void
settle(struct topic *t)
{
	if (t->n_subs == 0 && count_held(t) == 0) {
		t->lives = false;
		t->n = 0;
	}
}

static void
forget_old(struct topic *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (clock_ms() - t->said[i].at_ms >= AGE_MS)
			t->said[i].gone = true;
}

static void
forget_many(struct topic *t)
{
	while (count_held(t) > HELD)
		oldest_held(t)->gone = true;
	for (;;) {
		struct said *oldest = NULL;
		size_t all = 0;

		for (int i = 0; i < TOPICS; i++) {
			struct said *s = oldest_held(&topics[i]);

			all += count_held(&topics[i]);
			if (s && (!oldest || s->number < oldest->number))
				oldest = s;
		}
		if (all <= HELD_IN_ALL)
			break;
		oldest->gone = true;
	}
	for (int i = 0; i < TOPICS; i++)
		settle(&topics[i]);
}

/* A life that has not been seen before is in a later epoch. */
static void
check_epoch(struct topic *t, uint64_t epoch)
{
	if (t->lives)
		ck_assert_uint_eq(epoch, t->epoch);
	else
		ck_assert_uint_gt(epoch, t->epoch);
	t->lives = true;
	t->epoch = epoch;
}

/* --- steps -------------------------------------------------------------- */

static void
hear(const struct topic *t, const char *text)
{
	char said[32];

	snprintf(said, sizeof said, "message %s, stored", text);
	for (unsigned w = 0; w < RIG_WORKERS; w++)
		for (size_t i = 0; i < t->n_subs; i++)
			if (t->subs[i].worker == w) {
				expect(w, said);
				break;
			}
}

static struct said *
find_key(struct topic *t, unsigned key)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_held(&t->said[i]) && t->said[i].key == key)
			return &t->said[i];
	return NULL;
}

/* 0, or a seq that may be there. */
static uint64_t
any_seq(const struct topic *t)
{
	return dice(&state, 4) == 0 ? 1 + dice(&state, (unsigned)t->n + 2) : 0;
}

static void
step_publish(struct topic *t)
{
	struct store_message msg = { .store = true, .from = 5 };
	unsigned k = dice(&state, KEYS);
	char text[8], key[4];
	struct said *first, *erased = NULL;

	snprintf(text, sizeof text, "%06d", numbers % 1000000);
	snprintf(key, sizeof key, "%03u", k);
	msg.payload = rig_text(text);
	msg.key = key;
	msg.erase = any_seq(t);
	ck_assert_int_eq(
	    store->ops->publish(store, space, t->name, &msg), STORE_OK);
	forget_old(t);
	first = find_key(t, k);
	if (msg.erase && msg.erase <= t->n && is_held(&t->said[msg.erase - 1]))
		erased = &t->said[msg.erase - 1];
	if (!first && (!msg.erase || erased))
		hear(t, text);
	(void)rig_line(0);
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(event->kind, STORE_PUBLISHED);
	ck_assert_int_eq(event->u.published.duplicate, first != NULL);
	if (first) {
		ck_assert_uint_eq(event->u.published.seq, first->seq);
	} else if (msg.erase && !erased) {
		ck_assert_int_eq(event->status, STORE_NOENT);
	} else {
		ck_assert_int_eq(event->status, STORE_OK);
		check_epoch(t, event->u.published.epoch);
		if (erased)
			erased->erased = true;
		t->said[t->n] = (struct said){ .seq = t->n + 1,
			.at_ms = clock_ms(),
			.number = numbers++,
			.key = k };
		ck_assert_uint_eq(event->u.published.seq, ++t->n);
	}
	forget_many(t);
}

/* What is to be given behind a seq, in the words of the rig. */
static void
describe(struct topic *t, const struct store_join *j, char *out, size_t room)
{
	bool known = t->lives && j->epoch == t->epoch && j->seq <= t->n;
	uint64_t behind = known ? j->seq : 0;
	bool complete = known;
	size_t due = 0, n, at = 0;

	for (size_t i = behind; i < t->n; i++) {
		due += is_held(&t->said[i]);
		if (t->said[i].gone && !t->said[i].erased)
			complete = false;
	}
	n = j->max > 0 && due > j->max ? j->max : due;
	complete = complete && n == due;
	at = (size_t)snprintf(out, room, "joined OK seq=%zu members=0%s%s",
	    t->n, complete ? " complete" : "", n > 0 ? " [" : "");
	for (size_t i = behind, skip = due - n; i < t->n && n > 0; i++) {
		if (!is_held(&t->said[i]))
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		n--;
		at += (size_t)snprintf(out + at, room - at, "%06d%s",
		    t->said[i].number, n > 0 ? " " : "]");
	}
}

static void
step_join(struct topic *t)
{
	unsigned worker = dice(&state, RIG_WORKERS);
	struct store_join j = rig_a_join(worker, t->name);
	char said[256];

	if (t->n_subs == SUBS)
		return;
	j.resume = true;
	j.epoch = dice(&state, 8) == 0 ? 0 : t->epoch;
	j.seq = dice(&state, (unsigned)t->n + 2);
	if (t->n > HELD && dice(&state, 2) == 0)
		j.seq = t->n - dice(&state, HELD + 2);
	j.max = dice(&state, 3) == 0 ? dice(&state, HELD) : 0;
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	forget_old(t);
	describe(t, &j, said, sizeof said);
	expect(worker, said);
	t->subs[t->n_subs] = rig_sub(worker);
	check_epoch(t, t->subs[t->n_subs++].epoch);
}

static void
step_leave(struct topic *t)
{
	size_t i;

	if (t->n_subs == 0)
		return;
	i = dice(&state, (unsigned)t->n_subs);
	rig_leave(&t->subs[i]);
	t->subs[i] = t->subs[--t->n_subs];
	settle(t);
}

static void
step_tick(void)
{
	rig_advance(dice(&state, AGE_MS / 2));
	if (dice(&state, 2) == 0)
		return;
	store->ops->tick(store);
	for (int i = 0; i < TOPICS; i++) {
		forget_old(&topics[i]);
		settle(&topics[i]);
	}
}

static void
check_figures(void)
{
	struct store_figures f;
	uint64_t held = 0, lives = 0;

	store->ops->figures(store, &f);
	for (int i = 0; i < TOPICS; i++) {
		held += count_held(&topics[i]);
		lives += topics[i].lives;
	}
	ck_assert_uint_eq(f.history_messages, held);
	ck_assert_uint_eq(f.topics, lives);
}

static void
step(void)
{
	struct topic *t = &topics[dice(&state, TOPICS)];
	unsigned what = dice(&state, 20);

	if (what < 12)
		step_publish(t);
	else if (what < 15)
		step_join(t);
	else if (what < 19)
		step_leave(t);
	else
		step_tick();
	expect_silence();
	check_figures();
}

/* All messages cost the same: so the bound of bytes is one of messages. */
static void
set_bounds(void)
{
	struct store_history h = { .messages = HELD, .age_ms = AGE_MS };
	struct store_limits l = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	struct store_figures f;

	rig_store("x", "000000", "000");
	store->ops->figures(store, &f);
	l.history_bytes = HELD_IN_ALL * f.history_bytes;
	store->ops->set_limits(store, &l);
	store->ops->set_history(store, space, &h);
	rig_advance(AGE_MS);
	store->ops->tick(store);
	rig_deaf();
}

START_TEST(the_store_does_what_the_model_does)
{
	state = dice_seed(20240229);
	set_bounds();
	for (int i = 0; i < TOPICS; i++)
		topics[i].name[0] = (char)('a' + i);
	for (int i = 0; i < STEPS; i++)
		step();
	ck_assert_int_gt(numbers, STEPS / 8);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_model");
	TCase *tc = suite_case(s, "store_model");

	tcase_add_checked_fixture(tc, rig_start, rig_end);
	tcase_add_test(tc, the_store_does_what_the_model_does);
	return suite_run_forked(s);
}
