/* SPDX-License-Identifier: MIT
 *
 * fuzz_message.c - frames and messages: what comes out of a stream of bytes
 * does not depend on where the network has cut it.
 *
 * The first two bytes choose limits and cuts. What follows is played whole
 * and in pieces, each piece in an allocation of exactly its size; both ways
 * must tell the same story.
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "wire/message.h"
#include "fuzz.h"

enum { STORY_MAX = 1 << 16 };

/* What has come out, as bytes: pieces of one message are joined. How much of
 * a message comes out before a violation in it depends on the cuts: only what
 * stands before `whole` must be the same. */
struct story {
	uint8_t text[STORY_MAX];
	size_t n, whole;
	bool in_message;
	enum ws_violation violation;
};

static void
tell(struct story *s, const void *p, size_t n)
{
	DEMAND(n <= STORY_MAX - s->n);
	memcpy(s->text + s->n, p, n);
	s->n += n;
}

static void
tell_event(struct story *s, const struct message_event *ev)
{
	uint8_t head[4] = { (uint8_t)ev->kind, 0, 0, 0 };

	if (ev->kind == MESSAGE_MORE)
		return;
	if (ev->kind == MESSAGE_DATA) {
		DEMAND(ev->first == !s->in_message);
		s->in_message = !ev->last;
		head[1] = (uint8_t)ev->type;
	} else if (ev->kind == MESSAGE_CLOSE) {
		head[2] = (uint8_t)(ev->close_code >> 8);
		head[3] = (uint8_t)ev->close_code;
	} else if (ev->kind == MESSAGE_VIOLATION) {
		DEMAND(ev->violation != WS_V_NONE);
		s->violation = ev->violation;
		return;
	}
	if (ev->kind != MESSAGE_DATA || ev->first)
		tell(s, head, sizeof head);
	tell(s, ev->data, ev->len);
	if (ev->kind != MESSAGE_DATA || ev->last)
		s->whole = s->n;
}

/* Plays p[0..n); `cut` 0: whole, else in pieces of 1 to cut bytes. */
static void
play(struct story *s, const struct message_rules *rules, const uint8_t *p,
    size_t n, size_t cut)
{
	struct message m = { 0 };
	uint8_t kept[MESSAGE_UNIT_MAX];
	size_t n_kept = 0, at = 0;
	struct message_event ev;

	s->n = s->whole = 0;
	s->in_message = false;
	s->violation = WS_V_NONE;
	while (at < n) {
		size_t step = cut ? 1 + (at * 7 + p[at]) % cut : n;
		size_t used = 0, total;
		uint8_t *exact;

		if (step > n - at)
			step = n - at;
		total = n_kept + step;
		exact = malloc(total);
		DEMAND(exact);
		memcpy(exact, kept, n_kept);
		memcpy(exact + n_kept, p + at, step);
		at += step;
		do {
			used += message_next(
			    &m, rules, exact + used, total - used, &ev);
			DEMAND(used <= total);
			tell_event(s, &ev);
		} while (ev.kind != MESSAGE_MORE);
		n_kept = total - used;
		DEMAND(n_kept < sizeof kept);
		memcpy(kept, exact + used, n_kept);
		free(exact);
	}
}

static bool
same(const struct story *a, const struct story *b)
{
	return a->violation == b->violation && a->whole == b->whole &&
	       memcmp(a->text, b->text, a->whole) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct story whole, pieces;
	struct message_rules rules;

	if (n < 2 || n > STORY_MAX / 8)
		return 0;
	rules.max_message = (uint64_t)(p[0] & 0x1f) * 16;
	rules.max_fragments = 1 + (p[0] >> 5);
	rules.deflate = p[1] & 0x80;
	play(&whole, &rules, p + 2, n - 2, 0);
	play(&pieces, &rules, p + 2, n - 2, 1 + p[1] % 64);
	DEMAND(same(&whole, &pieces));
	return 0;
}
