/* SPDX-License-Identifier: MIT
 *
 * inbuf.c - see inbuf.h.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include "net/inbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/stats.h"
#include "wire/message.h"

/* The first piece of a message gets at least this much room. */
enum { FIRST_ROOM = 4096 };

/* After every change of what it takes. */
static void
count(struct inbuf *b)
{
	size_t now = sizeof *b + b->room + (b->rest ? b->rest_end : 0);

	stat_add(b->held, (uint64_t)now - b->counted);
	b->counted = now;
}

static struct inbuf *
get(struct inbuf **in, uint64_t *held)
{
	if (*in)
		return *in;
	*in = calloc(1, sizeof **in);
	if (*in) {
		(*in)->held = held;
		count(*in);
	}
	return *in;
}

static void
drop_rest(struct inbuf *b)
{
	free(b->rest);
	b->rest = NULL;
	b->rest_at = b->rest_end = 0;
	count(b);
}

static void
free_if_idle(struct inbuf **in)
{
	if (!(*in)->rest && !(*in)->message)
		inbuf_free(in);
}

int
inbuf_keep(struct inbuf **in, const void *p, size_t n, uint64_t *held)
{
	struct inbuf *b = get(in, held);

	if (!b)
		return -ENOMEM;
	must(!b->rest && n > 0);
	b->rest = malloc(n);
	if (!b->rest) {
		free_if_idle(in);
		return -ENOMEM;
	}
	memcpy(b->rest, p, n);
	b->rest_end = n;
	count(b);
	return 0;
}

size_t
inbuf_rest(const struct inbuf *b)
{
	return b ? b->rest_end - b->rest_at : 0;
}

/* The head of a frame may wait for long: it must not hold the memory of all
 * that came before it. */
static void
shrink(struct inbuf *b)
{
	size_t n = b->rest_end - b->rest_at;
	uint8_t *rest;

	memmove(b->rest, b->rest + b->rest_at, n);
	b->rest_at = 0;
	b->rest_end = n;
	rest = realloc(b->rest, n);
	if (rest)
		b->rest = rest;
	count(b);
}

void
inbuf_parsed(struct inbuf **in, size_t n)
{
	struct inbuf *b = *in;

	must(n <= inbuf_rest(b));
	b->rest_at += n;
	if (b->rest_at == b->rest_end) {
		drop_rest(b);
		free_if_idle(in);
	} else if (b->rest_end - b->rest_at < MESSAGE_UNIT_MAX) {
		shrink(b);
	}
}

size_t
inbuf_move(struct inbuf **in, uint8_t *to)
{
	size_t n = inbuf_rest(*in);

	if (n > 0) {
		memcpy(to, (*in)->rest + (*in)->rest_at, n);
		drop_rest(*in);
		free_if_idle(in);
	}
	return n;
}

/* Room for n bytes, and as many of the `want` behind them as these have
 * earned. */
static int
grow(struct inbuf *b, size_t n, uint64_t want)
{
	size_t ahead = (INBUF_AHEAD - 1) * n;
	size_t room = n + (want < ahead ? (size_t)want : ahead);
	uint8_t *message = realloc(b->message, room);

	if (!message)
		return -ENOMEM;
	b->message = message;
	b->room = room;
	count(b);
	return 0;
}

uint8_t *
inbuf_reserve(struct inbuf **in, uint64_t want, size_t *room, uint64_t *held)
{
	struct inbuf *b = get(in, held);

	if (!b)
		return NULL;
	must(want > 0 && !inbuf_borrows(b));
	if (b->len == b->room) {
		size_t more = b->len > 0 ? 0 : FIRST_ROOM;

		if (want < more)
			more = (size_t)want;
		if (grow(b, b->len + more, want - more) != 0) {
			free_if_idle(in);
			return NULL;
		}
	}
	*room = b->room - b->len;
	if (*room > want)
		*room = (size_t)want;
	return b->message + b->len;
}

void
inbuf_grew(struct inbuf *b, size_t n)
{
	must(n <= b->room - b->len);
	b->len += n;
}

int
inbuf_borrow(struct inbuf **in, uint8_t *p, size_t n, uint64_t *held)
{
	struct inbuf *b = get(in, held);

	if (!b)
		return -ENOMEM;
	must(!b->message && n > 0);
	b->message = p;
	b->len = n;
	return 0;
}

int
inbuf_own(struct inbuf **in, uint64_t want)
{
	struct inbuf *b = *in;
	uint8_t *p = b ? b->message : NULL;

	if (!inbuf_borrows(b))
		return 0;
	b->message = NULL;
	if (grow(b, b->len, want) != 0) {
		b->len = 0;
		free_if_idle(in);
		return -ENOMEM;
	}
	memcpy(b->message, p, b->len);
	return 0;
}

/* Many small fragments share what is allocated for them. */
static size_t
room_for(const struct inbuf *b, size_t n, uint64_t want)
{
	size_t room = b->len + n;

	return want == 0 && room < 2 * b->room ? 2 * b->room : room;
}

int
inbuf_append(struct inbuf **in, const uint8_t *p, size_t n, uint64_t want,
    uint64_t *held)
{
	struct inbuf *b = get(in, held);

	if (!b)
		return -ENOMEM;
	if (inbuf_borrows(b) && p == b->message + b->len) {
		b->len += n;
		return 0;
	}
	if (inbuf_own(in, n + want) != 0)
		return -ENOMEM;
	if (n > b->room - b->len && grow(b, room_for(b, n, want), want) != 0) {
		free_if_idle(in);
		return -ENOMEM;
	}
	if (n > 0)
		memcpy(b->message + b->len, p, n);
	b->len += n;
	return 0;
}

void
inbuf_done(struct inbuf **in)
{
	struct inbuf *b = *in;

	if (!b)
		return;
	if (b->room > 0)
		free(b->message);
	b->message = NULL;
	b->len = b->room = 0;
	count(b);
	free_if_idle(in);
}

void
inbuf_free(struct inbuf **in)
{
	struct inbuf *b = *in;

	*in = NULL;
	if (!b)
		return;
	stat_add(b->held, -(uint64_t)b->counted);
	free(b->rest);
	if (b->room > 0)
		free(b->message);
	free(b);
}
