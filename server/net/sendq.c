/* SPDX-License-Identifier: MIT
 *
 * sendq.c - a circular chain of chunks; `last` is all the queue holds.
 *
 * A chunk begins where the socket stopped (only the first one can be inside
 * a frame) and otherwise holds whole frames: frames never span chunks. So
 * the header at `at`, whenever `left` is 0, is the header of a frame, and
 * following them tells exactly when a message has left.
 *
 * THREADS: owner worker. MEMORY: one allocation for each chunk.
 */
#include "config.h"

#include "net/sendq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/stats.h"
#include "net/payload.h"
#include "net/stream.h"
#include "wire/frame.h"

/* A first small chunk is made to measure: most queues live for one round.
 * What comes behind it expects company. */
enum { CHUNK_FIRST = 256, CHUNK_NEXT = 4096, GATHER = 64 };

/* From this size on a chunk refers to a shared payload; smaller ones are
 * copied, which needs fewer allocations and fewer pieces to write. */
enum { SHARE_FROM = 1024 };

struct sendq_chunk {
	struct sendq_chunk *next;
	struct payload *shared; /* or NULL: the bytes are in here */
	uint64_t *held;		/* where this chunk is counted */
	size_t at, end, room;	/* bytes[at..end) wait */
	size_t left;		/* of the frame at `at`; 0: a header */
	bool counts;		/* that frame is a message */
	uint8_t bytes[];
};

/* The frame whose header begins at p, which has it whole. */
static size_t
frame_size(const uint8_t *p, size_t n, bool *counts)
{
	struct frame f;
	int head = frame_parse(&f, p, n, FRAME_RSV);

	must(head > 0);
	*counts = f.opcode < WS_OP_CLOSE;
	return (size_t)head + f.len;
}

static const uint8_t *
chunk_bytes(const struct sendq_chunk *k)
{
	return k->shared ? k->shared->frame : k->bytes;
}

static void
append(struct sendq *q, struct sendq_chunk *k)
{
	if (q->last) {
		k->next = q->last->next;
		q->last->next = k;
	} else {
		k->next = k;
	}
	q->last = k;
}

static void
drop_first(struct sendq *q)
{
	struct sendq_chunk *k = q->last->next;

	if (k == q->last)
		q->last = NULL;
	else
		q->last->next = k->next;
	payload_unref(&k->shared);
	stat_add(k->held, -(uint64_t)(sizeof *k + k->room));
	free(k);
}

void
sendq_fini(struct sendq *q)
{
	if (q->is_alone)
		payload_unref(&q->alone);
	while (q->last)
		drop_first(q);
	*q = (struct sendq){ 0 };
}

/* A frame has begun to leave if there is less of it than its header says. */
void
sendq_cut(struct sendq *q)
{
	struct sendq_chunk *k = q->is_alone ? NULL : q->last;

	if (!k || k->next->left == 0) {
		sendq_fini(q);
		return;
	}
	k = k->next;
	while (k->next != k) {
		q->last = k;
		drop_first(q);
	}
	k->end = k->at + k->left;
	q->bytes = k->left;
	q->messages = k->counts;
}

/* A copy of at least `n` bytes fits into the chunk returned. */
static struct sendq_chunk *
room_for(struct sendq *q, size_t n, uint64_t *held)
{
	struct sendq_chunk *k = q->last;
	size_t room;

	if (k && !k->shared && k->room - k->end >= n)
		return k;
	room = k ? CHUNK_NEXT - sizeof *k : CHUNK_FIRST - sizeof *k;
	if (room < n)
		room = n;
	k = malloc(sizeof *k + room);
	if (!k)
		return NULL;
	*k = (struct sendq_chunk){ .room = room, .held = held };
	stat_add(held, sizeof *k + room);
	append(q, k);
	return k;
}

static void
copy(struct sendq_chunk *k, const struct iovec iov[2], size_t skip)
{
	for (int i = 0; i < 2; i++) {
		size_t n = iov[i].iov_len;

		if (skip >= n) {
			skip -= n;
			continue;
		}
		memcpy(k->bytes + k->end,
		    (const uint8_t *)iov[i].iov_base + skip, n - skip);
		k->end += n - skip;
		skip = 0;
	}
}

/* A chunk that refers to a payload of which `sent` bytes have left. */
static int
refer(struct sendq *q, struct payload *p, size_t sent, uint64_t *held)
{
	struct sendq_chunk *k = malloc(sizeof *k);

	if (!k)
		return -ENOMEM;
	*k = (struct sendq_chunk){
		.shared = payload_ref(p),
		.at = sent,
		.end = p->len,
		.left = sent > 0 ? p->len - sent : 0,
		.counts = true,
		.held = held,
	};
	stat_add(held, sizeof *k);
	append(q, k);
	return 0;
}

/* The payload that was alone becomes a chunk. */
static int
join_company(struct sendq *q, size_t sent, uint64_t *held)
{
	struct payload *p = q->alone;
	const struct iovec whole[2] = { { p->frame, p->len } };
	struct sendq_chunk *k;
	int rc = 0;

	q->last = NULL;
	if (sent > 0 || p->len >= SHARE_FROM) {
		rc = refer(q, p, sent, held);
	} else {
		k = room_for(q, p->len, held);
		if (k)
			copy(k, whole, 0);
		else
			rc = -ENOMEM;
	}
	if (rc != 0) {
		q->alone = p;
		return rc;
	}
	q->is_alone = false;
	payload_unref(&p);
	return 0;
}

int
sendq_put(
    struct sendq *q, const struct iovec iov[2], size_t sent, uint64_t *held)
{
	size_t total = iov[0].iov_len + iov[1].iov_len;
	const uint8_t *head = iov[0].iov_base;
	struct sendq_chunk *k;
	uint32_t messages = 0;
	size_t left = 0, at = 0;
	bool cut = false;

	must(sent == 0 || sendq_empty(q));
	if (q->is_alone && join_company(q, 0, held) != 0)
		return -ENOMEM;
	while (at < total) {
		bool counts;
		size_t size =
		    frame_size(head + at, iov[0].iov_len - at, &counts);

		if (at < sent && sent < at + size) {
			left = at + size - sent;
			cut = counts;
		}
		at += size;
		if (counts && sent < at)
			messages++;
	}
	k = room_for(q, total - sent, held);
	if (!k)
		return -ENOMEM;
	if (left > 0) {
		k->left = left;
		k->counts = cut;
	}
	copy(k, iov, sent);
	q->bytes += total - sent;
	q->messages += messages;
	return 0;
}

void
sendq_alone(struct sendq *q, struct payload *p)
{
	must(sendq_empty(q));
	q->alone = payload_ref(p);
	q->is_alone = true;
	q->bytes = p->len;
	q->messages = 1;
}

int
sendq_share(struct sendq *q, struct payload *p, size_t sent, uint64_t *held)
{
	const struct iovec whole[2] = { { p->frame, p->len } };

	must(sent < p->len && (sent == 0 || sendq_empty(q)));
	if (sendq_empty(q) && sent == 0) {
		sendq_alone(q, p);
		return 0;
	}
	if (sent == 0 && p->len < SHARE_FROM)
		return sendq_put(q, whole, 0, held);
	if ((q->is_alone && join_company(q, 0, held) != 0) ||
	    refer(q, p, sent, held) != 0)
		return -ENOMEM;
	q->bytes += p->len - sent;
	q->messages++;
	return 0;
}

/* n bytes of the queue have left. */
static void
advance(struct sendq *q, size_t n)
{
	q->bytes -= n;
	while (n > 0) {
		struct sendq_chunk *k = q->last->next;
		size_t step;

		if (k->left == 0)
			k->left = frame_size(
			    chunk_bytes(k) + k->at, k->end - k->at, &k->counts);
		step = k->left < n ? k->left : n;
		k->at += step;
		k->left -= step;
		n -= step;
		if (k->left == 0 && k->counts)
			q->messages--;
		if (k->at == k->end)
			drop_first(q);
	}
}

static size_t
gather(const struct sendq *q, struct iovec iov[GATHER], size_t *total)
{
	struct sendq_chunk *k = q->last;
	size_t n = 0;

	*total = 0;
	do {
		k = k->next;
		iov[n].iov_base =
		    (k->shared ? k->shared->frame : k->bytes) + k->at;
		iov[n].iov_len = k->end - k->at;
		*total += iov[n++].iov_len;
	} while (k != q->last && n < GATHER);
	return n;
}

/* Whatever of it has to wait waits in a chunk. */
static int
write_alone(struct sendq *q, struct stream *s, uint64_t *held)
{
	const struct iovec whole = { q->alone->frame, q->alone->len };
	ssize_t sent = stream_writev(s, &whole, 1);

	if (sent < 0)
		return (int)sent;
	if ((size_t)sent == whole.iov_len) {
		payload_unref(&q->alone);
		*q = (struct sendq){ 0 };
		return 0;
	}
	if (sent > 0 && join_company(q, (size_t)sent, held) != 0)
		return -ENOMEM;
	q->bytes -= (size_t)sent;
	return -EAGAIN;
}

int
sendq_write(struct sendq *q, struct stream *s, uint64_t *held)
{
	struct iovec iov[GATHER];

	if (q->is_alone)
		return write_alone(q, s, held);
	while (!sendq_empty(q)) {
		size_t total, n = gather(q, iov, &total);
		ssize_t sent = stream_writev(s, iov, n);

		if (sent < 0)
			return (int)sent;
		advance(q, (size_t)sent);
		if ((size_t)sent < total)
			return -EAGAIN;
	}
	return 0;
}
