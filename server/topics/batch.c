/* SPDX-License-Identifier: MIT
 *
 * batch.c - events are made, put, counted and freed.
 *
 * THREADS, MEMORY: see batch.h.
 */
#include "config.h"

#include "topics/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "net/loop.h"
#include "net/payload.h"
#include "net/worker.h"
#include "topics/members.h"
#include "topics/store.h"

static bool
beyond(const struct flow *f, unsigned times)
{
	return __atomic_load_n(&f->events, __ATOMIC_RELAXED) >=
		   (uint64_t)times * FLOW_EVENTS ||
	       __atomic_load_n(&f->bytes, __ATOMIC_RELAXED) >=
		   (uint64_t)times * FLOW_BYTES;
}

bool
flow_full(const struct flow *f)
{
	return beyond(f, 1);
}

bool
flow_flooded(const struct flow *f)
{
	return beyond(f, 2);
}

size_t
batch_size(size_t events, size_t text)
{
	return sizeof(struct batch) + events * sizeof(struct store_event) +
	       text;
}

struct batch *
batch_new(struct flow *flow, size_t events, size_t text)
{
	struct batch *b = malloc(batch_size(events, text));

	if (!b)
		return NULL;
	*b = (struct batch){ .flow = flow, .room = (uint32_t)events };
	b->text = (char *)&b->events[events];
	return b;
}

void
batch_free(struct batch **bp)
{
	struct batch *b = *bp;

	*bp = NULL;
	if (!b)
		return;
	payload_unref(&b->payload);
	member_unref(&b->member);
	free(b);
}

char *
batch_text(struct batch *b, const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = memcpy(b->text, text, n);

	b->text += n;
	return copy;
}

struct store_event *
batch_event(struct batch *b, enum store_event_kind kind, unsigned worker)
{
	struct store_event *e = &b->events[b->used++];

	must(b->used <= b->room);
	*e = (struct store_event){ .kind = kind, .worker = worker, .batch = b };
	return e;
}

void
event_send(struct store_event *e, const struct store *s)
{
	e->mail.deliver = s->deliver;
	mail_put(worker_loop(s->workers[e->worker]), &e->mail, 0);
}

void
batch_send(struct batch **bp, const struct store *s)
{
	struct batch *b = *bp;
	uint32_t n = b->used;

	if (n == 0) {
		batch_free(bp);
		return;
	}
	*bp = NULL;
	b->left = n;
	if (b->payload)
		b->bytes += b->payload->len;
	__atomic_add_fetch(&b->flow->events, n, __ATOMIC_RELAXED);
	__atomic_add_fetch(&b->flow->bytes, b->bytes, __ATOMIC_RELAXED);
	/* Once the last is put, all may be gone. */
	for (uint32_t i = 0; i < n; i++)
		event_send(&b->events[i], s);
}

static void
forget_missed(struct store_event *e)
{
	for (uint32_t i = 0; i < e->u.joined.n_missed; i++)
		payload_unref(&e->u.joined.missed[i]);
	free(e->u.joined.missed);
}

void
store_event_free(struct store_event *e)
{
	struct batch *b = e->batch;

	if (e->kind == STORE_JOINED)
		forget_missed(e);
	if (!b) { /* a LEFT: alone since its join */
		free(e);
		return;
	}
	if (__atomic_sub_fetch(&b->left, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	__atomic_sub_fetch(&b->flow->events, b->used, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&b->flow->bytes, b->bytes, __ATOMIC_RELAXED);
	batch_free(&b);
}
