/* SPDX-License-Identifier: MIT
 *
 * test_vectors.c - plays vectors.txt into message_next(), however the network
 * may have cut it, and demands the same events each time.
 *
 * Every call gets its bytes in an allocation of exactly their size, so that
 * ASan sees one byte read or written too far.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "vector.h"

/* A receiver as net has it: it keeps what was not used up. */
struct player {
	struct message state;
	const struct message_rules *rules;
	struct bytes kept;
	struct bytes message; /* pieces of the one that has begun */
	const char *type;     /* its type; NULL between messages */
	struct bytes events;
	enum ws_violation violation;
};

/* ck_assert() makes a system call each time; this is asked for each byte. */
static void
expect(bool holds, const char *what)
{
	if (!holds)
		ck_abort_msg("%s", what);
}

static void
add_piece(struct player *p, const struct message_event *ev)
{
	const char *type = vector_opcode(ev->type);

	expect(ev->first == (p->type == NULL), "first at the start only");
	expect(ev->first || p->type == type, "one type for one message");
	p->type = type;
	bytes_add(&p->message, ev->data, ev->len);
	if (!ev->last)
		return;
	bytes_add_event(&p->events, type, 0, &p->message);
	p->message.n = 0;
	p->type = NULL;
}

static void
add_control(struct player *p, const char *kind, unsigned code,
    const struct message_event *ev)
{
	const struct bytes payload = { ev->data, ev->len, ev->len };

	bytes_add_event(&p->events, kind, code, &payload);
}

static void
add_event(struct player *p, const struct message_event *ev)
{
	const struct bytes nothing = { 0 };

	switch (ev->kind) {
	case MESSAGE_MORE:
		break;
	case MESSAGE_DATA:
		add_piece(p, ev);
		break;
	case MESSAGE_PING:
		add_control(p, "ping", 0, ev);
		break;
	case MESSAGE_PONG:
		add_control(p, "pong", 0, ev);
		break;
	case MESSAGE_CLOSE:
		add_control(p, "close", ev->close_code, ev);
		break;
	case MESSAGE_VIOLATION:
		p->violation = ev->violation;
		bytes_add_event(&p->events, ws_violation(ev->violation)->label,
		    0, &nothing);
		break;
	}
}

static void
feed(struct player *p, const uint8_t *in, size_t n)
{
	struct message_event ev;
	size_t total, used = 0;
	uint8_t *exact;

	bytes_add(&p->kept, in, n);
	total = p->kept.n;
	exact = malloc(total);
	expect(exact != NULL || total == 0, "memory");
	if (total > 0)
		memcpy(exact, p->kept.p, total);
	do {
		used += message_next(
		    &p->state, p->rules, exact + used, total - used, &ev);
		expect(used <= total, "no more is used up than there is");
		add_event(p, &ev);
	} while (ev.kind != MESSAGE_MORE);
	p->kept.n = 0;
	bytes_add(&p->kept, exact + used, total - used);
	free(exact);
	expect(p->kept.n < MESSAGE_UNIT_MAX, "little remains");
	expect(message_want(&p->state) == 0 || p->kept.n == 0,
	    "nothing remains of a payload");
}

static void
start(struct player *p, const struct vector *v)
{
	*p = (struct player){ .rules = &v->rules };
}

/* What was begun and never ended counts, unless a violation ended it: how
 * much of it came out before depends on the cuts. */
static void
finish(struct player *p)
{
	char unfinished[32];

	if (p->type && p->violation == WS_V_NONE) {
		snprintf(unfinished, sizeof unfinished, "%s+", p->type);
		bytes_add_event(&p->events, unfinished, 0, &p->message);
	}
	bytes_fini(&p->message);
	bytes_fini(&p->kept);
}

static void
compare(struct player *p, const struct bytes *expected, const struct vector *v,
    const char *how, size_t at)
{
	finish(p);
	ck_assert_msg(p->events.n == expected->n &&
			  (expected->n == 0 || memcmp(p->events.p, expected->p,
						   expected->n) == 0),
	    "vectors.txt:%u %s %s %zu\nexpected:\n%.*s\ncame:\n%.*s", v->line,
	    v->name, how, at, (int)expected->n, (const char *)expected->p,
	    (int)p->events.n, (const char *)p->events.p);
	bytes_fini(&p->events);
}

/* Returns after how many bytes a violation was seen, 0 if none was. */
static size_t
feed_single_bytes(struct player *p, const struct bytes *in)
{
	size_t seen = 0;

	for (size_t i = 0; i < in->n; i++) {
		feed(p, in->p + i, 1);
		if (seen == 0 && p->violation != WS_V_NONE)
			seen = i + 1;
	}
	return seen;
}

typedef void (*player_fn)(const struct vector *);

static void
for_each_vector(player_fn fn)
{
	struct vector_file f;
	struct vector v;
	unsigned n = 0;

	for (vector_open(&f); vector_next(&f, &v); n++) {
		fn(&v);
		vector_fini(&v);
	}
	vector_close(&f);
	ck_assert_uint_gt(n, 0);
}

static void
play_whole(const struct vector *v)
{
	struct player p;

	start(&p, v);
	feed(&p, v->in.p, v->in.n);
	compare(&p, &v->events, v, "whole", v->in.n);
}

static void
play_single_bytes(const struct vector *v)
{
	struct player p;
	size_t seen;

	start(&p, v);
	seen = feed_single_bytes(&p, &v->in);
	ck_assert_msg(seen == v->violation_at,
	    "vectors.txt:%u %s: violation after %zu bytes, expected after %zu",
	    v->line, v->name, seen, v->violation_at);
	compare(&p, &v->events, v, "byte by byte", 1);
}

/* Of a long vector only the two ends, where the headers are. */
static void
play_cut(const struct vector *v)
{
	const size_t ends = 20;
	struct player p;

	for (size_t at = 0; at <= v->in.n; at++) {
		if (v->in.n > 1000 && at == ends)
			at = v->in.n - ends;
		start(&p, v);
		feed(&p, v->in.p, at);
		feed(&p, v->in.p + at, v->in.n - at);
		compare(&p, &v->events, v, "cut at", at);
	}
}

/* As a caller who receives payload straight into the message's place. */
static void
play_wanted(const struct vector *v)
{
	struct player p;
	size_t n;

	start(&p, v);
	for (size_t i = 0; i < v->in.n; i += n) {
		uint64_t want = message_want(&p.state);

		n = want == 0 ? 1 : (size_t)want;
		if (n > v->in.n - i)
			n = v->in.n - i;
		feed(&p, v->in.p + i, n);
	}
	compare(&p, &v->events, v, "as wanted", 0);
}

/* After the end there is silence, whatever comes. */
static void
play_after_the_end(const struct vector *v)
{
	static const uint8_t hello[] = { 0x81, 0x81, 0, 0, 0, 0, 'a' };
	struct player p;

	start(&p, v);
	feed(&p, v->in.p, v->in.n);
	if (p.state.over) {
		feed(&p, hello, sizeof hello);
		ck_assert_uint_eq(p.kept.n, 0);
	}
	compare(&p, &v->events, v, "with more behind it", 0);
}

/* Nonsense made of sense: the events are unknown, but cuts must not matter. */
static void
play_damaged(const struct vector *v)
{
	static const uint8_t damage[] = { 0x01, 0x80, 0x7f, 0xff, 0x40 };
	struct vector hurt = *v;
	struct player whole, single;

	if (v->in.n > 400)
		return;
	for (size_t i = 0; i < v->in.n * sizeof damage; i++) {
		uint8_t *at = hurt.in.p + i / sizeof damage;

		*at ^= damage[i % sizeof damage];
		start(&whole, v);
		feed(&whole, hurt.in.p, hurt.in.n);
		finish(&whole);
		start(&single, v);
		feed_single_bytes(&single, &hurt.in);
		compare(
		    &single, &whole.events, v, "damaged at", i / sizeof damage);
		bytes_fini(&whole.events);
		*at ^= damage[i % sizeof damage];
	}
}

START_TEST(events_are_right_when_all_comes_at_once)
{
	for_each_vector(play_whole);
}
END_TEST

START_TEST(events_are_the_same_byte_by_byte_and_violations_come_at_once)
{
	for_each_vector(play_single_bytes);
}
END_TEST

START_TEST(events_are_the_same_with_a_cut_at_every_place)
{
	for_each_vector(play_cut);
}
END_TEST

START_TEST(events_are_the_same_when_payload_is_fed_alone)
{
	for_each_vector(play_wanted);
}
END_TEST

START_TEST(nothing_comes_after_close_or_violation)
{
	for_each_vector(play_after_the_end);
}
END_TEST

START_TEST(damaged_input_gives_the_same_events_whole_and_byte_by_byte)
{
	for_each_vector(play_damaged);
}
END_TEST

START_TEST(each_violation_of_the_wire_has_a_vector)
{
	bool reached[WS_V_COUNT] = { false };
	struct vector_file f;
	struct vector v;

	for (vector_open(&f); vector_next(&f, &v); vector_fini(&v))
		reached[v.violation] = true;
	vector_close(&f);
	for (int i = WS_V_NONE + 1; i < WS_V_COUNT; i++) {
		const struct ws_violation_row *row =
		    ws_violation((enum ws_violation)i);

		ck_assert_msg(reached[i] == (row->layer == WS_LAYER_WIRE), "%s",
		    row->label);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vectors");
	TCase *t = suite_case(s, "vectors");

	tcase_add_test(t, events_are_right_when_all_comes_at_once);
	tcase_add_test(
	    t, events_are_the_same_byte_by_byte_and_violations_come_at_once);
	tcase_add_test(t, events_are_the_same_with_a_cut_at_every_place);
	tcase_add_test(t, events_are_the_same_when_payload_is_fed_alone);
	tcase_add_test(t, nothing_comes_after_close_or_violation);
	tcase_add_test(
	    t, damaged_input_gives_the_same_events_whole_and_byte_by_byte);
	tcase_add_test(t, each_violation_of_the_wire_has_a_vector);
	return suite_run_forked(s);
}
