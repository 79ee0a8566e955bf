/* SPDX-License-Identifier: MIT
 *
 * loop.h - one thread's readiness, deadlines and mail.
 *
 * Epoll (level-triggered, unless a source asks for EPOLLET), a heap of
 * deadlines and a mailbox behind one call that waits and dispatches. The time
 * is read once per round, so everything within a round shares one `now`.
 *
 * A source that is deleted may still have an event in the round's batch:
 * its memory must live until the round ends. loop_defer() runs a function
 * then.
 *
 * THREADS: mail_put(), and what says so, on any thread; everything else on the loop's thread,
 * or before it runs.
 * MEMORY: sources, deadlines and mail are the caller's, embedded in its own
 * structs; the loop only links them.
 */
#ifndef CLEAT_NET_LOOP_H
#define CLEAT_NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/deadline.h"
#include "net/mailbox.h"

struct timing;

struct loop;

/* Something with a descriptor. */
struct source {
	void (*ready)(struct source *, uint32_t epoll_events);
};

/* Something to do when the round has ended: fn() owns it from then on. */
struct deferred {
	struct deferred *next;
	void (*fn)(struct deferred *);
};

int loop_new(struct loop **); /* 0 or -errno */
void loop_free(struct loop **);

/* One round: waits (at most until the next deadline), dispatches sources,
 * mail, deadlines, then `after`, then the deferred. Sources and mail for which
 * there is no time wait for the next one, which then does not. */
void loop_round(struct loop *, bool wait);
void loop_on_round_end(struct loop *, void (*fn)(void *), void *);
void loop_defer(struct loop *, struct deferred *);

/* Monotonic milliseconds of this round; the same moment in nanoseconds. */
uint64_t loop_now_ms(const struct loop *);
uint64_t loop_began_ns(const struct loop *);

/* Any thread: how long rounds took, from the end of one wait to the next. */
const struct timing *loop_rounds(const struct loop *);

/* Any thread: before a round sleeps it looks again and again, for so long (0,
 * as it is at first: it does not); how often it has done so. */
void loop_busy_poll(struct loop *, uint64_t ms);
uint64_t loop_spins(const struct loop *);

int loop_add(struct loop *, int fd, uint32_t epoll_events, struct source *);
int loop_change(struct loop *, int fd, uint32_t epoll_events, struct source *);
void loop_del(struct loop *, int fd);

/* Arms or moves a deadline; 0 or -ENOMEM (never when it was armed). */
int deadline_set(struct loop *, struct deadline *, uint64_t at_ms);
void deadline_clear(struct loop *, struct deadline *);

/* Puts mail in order of arrival and wakes the loop. `limit` bounds the mail
 * waiting (0: none, for mail that something else already bounds); false when
 * it is reached, then the mail stays the caller's. Any thread. */
bool mail_put(struct loop *, struct mail *, size_t limit);

/* Does mail or deferred work wait? */
bool loop_pending(const struct loop *);

#endif
