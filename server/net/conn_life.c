/* SPDX-License-Identifier: MIT
 *
 * conn_life.c - a connection's start, and what follows from all that
 * happens to it.
 *
 * Whatever happens (an event, a deadline, a call from above) only changes
 * fields; conn_settle() then draws the conclusions, outside all calls: marks,
 * `drained`, shutting down, `closed`, burial, what epoll is to wait for.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include "net/engine.h"

#include <sys/epoll.h>
#include <errno.h>

#include "base/must.h"
#include "net/conn_extra.h"
#include "net/inbuf.h"

static void
ready(struct source *s, uint32_t events)
{
	struct conn *c = container_of(s, struct conn, source);

	if (c->state == CONN_DEAD)
		return;
	if (events & ~(uint32_t)EPOLLOUT)
		c->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->ended = true;
	if ((events & EPOLLOUT) && !sendq_empty(&c->out))
		conn_flush(c);
	if (!conn_reading(c)) {
		/* Unwanted input waits, but nobody waits for a corpse. */
		if (events & (EPOLLHUP | EPOLLERR))
			conn_lost(c);
	} else if (c->readable && !c->rest_ready) {
		conn_turn(c);
	}
	conn_settle(c);
}

/* Edge-triggered: an event says that something came, once. `readable`
 * remembers it until a recv has seen the end of what there is; that saves a
 * look at each socket in each round. Changing the events asks anew. */
static uint32_t
edges(uint32_t events)
{
	return events | EPOLLRDHUP | EPOLLET;
}

int
conn_start(struct conn *c, struct worker *w, const struct stream *carrier,
    const void *early, size_t n)
{
	int rc;

	must(c->state == CONN_NEW && c->rules && c->tally);
	if (c->id == 0)
		c->id = worker_next_id(w);
	c->worker = w;
	c->source.ready = ready;
	c->state = CONN_OPEN;
	list_init(&c->work);
	stream_init(&c->stream, carrier->fd, carrier->tls);
	/* What a session has read already no socket announces. */
	c->readable = carrier->tls != NULL;
	c->straight = !c->parts && !c->deflates;
	rc = w->stopping ? -ESHUTDOWN : conn_rate_start(c);
	if (rc == 0)
		rc = conn_clock_start(c);
	if (rc != 0)
		goto no_clock;
	if (n > 0 && inbuf_keep(&c->in, early, n, &w->held) != 0) {
		rc = -ENOMEM;
		goto no_early;
	}
	c->rest_ready = n > 0;
	c->events = EPOLLIN;
	rc = loop_add(w->loop, c->stream.fd, edges(EPOLLIN), &c->source);
	if (rc != 0)
		goto no_source;
	rc = conns_add(&w->conns, c);
	if (rc != 0)
		goto no_place;
	if (c->stream.tls)
		stat_add(&w->held, CEILING_TLS_BYTES);
	stat_set(&w->count, w->conns.count);
	stat_add(&c->tally->connections, 1);
	stat_add(&c->tally->opened, 1);
	if (w->draining)
		conn_clock_drain(c);
	if (n > 0 || c->readable)
		conn_touch(c);
	conn_rate_bytes(c, n);
	return 0;
no_place:
	loop_del(w->loop, c->stream.fd);
no_source:
	inbuf_free(&c->in);
no_early:
	deadline_clear(w->loop, &c->deadline);
no_clock:
	conn_extra_free(c);
	stream_close(&c->stream);
	c->state = CONN_NEW;
	return rc;
}

/* The queue has become short enough for input, and for a sender that was
 * told to wait. */
static void
relieve(struct conn *c)
{
	bool owed = c->busy;

	if (!conn_at_low(c))
		return;
	if (c->high) {
		c->high = false;
		c->received_ms = (uint32_t)conn_now_ms(c);
		conn_clock_earlier(c);
	}
	c->busy = false;
	if (owed && conn_is_open(c))
		c->worker->calls->conn->drained(c);
}

static void
watch(struct conn *c)
{
	uint32_t events =
	    (conn_reading(c) ? EPOLLIN : 0) | (c->blocked ? EPOLLOUT : 0);

	if (events == c->events)
		return;
	c->events = (uint8_t)events;
	if (loop_change(
		c->worker->loop, c->stream.fd, edges(events), &c->source))
		conn_lost(c);
}

/* Its way to the end; true: it is there. */
static bool
end(struct conn *c)
{
	inbuf_done(&c->in);
	if (c->state == CONN_LINGER && sendq_empty(&c->out) && !c->shut) {
		stream_shutdown(&c->stream);
		c->shut = true;
	}
	conn_tell(c);
	if (c->state != CONN_LOST)
		return false;
	conn_bury(c);
	return true;
}

void
conn_settle(struct conn *c)
{
	if (c->high || c->busy)
		relieve(c);
	if (c->state != CONN_OPEN && end(c))
		return;
	watch(c);
	if (((c->rest_ready || c->readable) && conn_reading(c)) ||
	    (!sendq_empty(&c->out) && !c->blocked))
		conn_touch(c);
}

void
conn_touch(struct conn *c)
{
	if (!list_linked(&c->work))
		list_add_tail(&c->worker->work, &c->work);
}

void
conn_work(struct conn *c)
{
	if ((c->rest_ready || c->readable) && conn_reading(c))
		conn_turn(c);
	else if (!sendq_empty(&c->out) && !c->blocked)
		conn_flush(c);
	conn_settle(c);
}

void
conn_pause(struct conn *c, bool on)
{
	if (c->state != CONN_OPEN || c->paused == on)
		return;
	c->paused = on;
	if (!on) {
		c->received_ms = (uint32_t)conn_now_ms(c);
		conn_clock_earlier(c);
	}
	conn_touch(c);
}

size_t
conn_queued(const struct conn *c)
{
	size_t n = c->out.bytes;

	if (c->state != CONN_NEW && c->worker->turn.conn == c)
		n += c->worker->turn.len;
	return n;
}

bool
conn_is_open(const struct conn *c)
{
	return c->state == CONN_OPEN && !c->mute;
}
