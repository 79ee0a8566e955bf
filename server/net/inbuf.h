/* SPDX-License-Identifier: MIT
 *
 * inbuf.h - what a connection must remember of its input between turns.
 *
 * Two things: bytes received but not parsed yet (`rest`), and the message
 * that is being put together of fragments or of what the network cut
 * (`message`). Most connections have neither, so conn holds a pointer that
 * is NULL then.
 *
 * A large message is borrowed where it begins, in the worker's buffer, as long
 * as the turn lasts: what comes behind it in time needs no copy. When the turn
 * ends it gets memory of its own.
 *
 * THREADS: owner worker. MEMORY: all but what is borrowed is the connection's.
 * The rest is bounded by the worker's buffer, the message by max_message; and
 * it gets at most INBUF_AHEAD times what has arrived of it, so that who only
 * announces much holds little, and what comes slowly is copied once or twice.
 * What it takes is counted in *held as long as it has it.
 */
#ifndef CLEAT_NET_INBUF_H
#define CLEAT_NET_INBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INBUF_AHEAD = 4 };

struct inbuf {
	uint8_t *rest;
	size_t rest_at, rest_end; /* rest[rest_at..rest_end) is unparsed */
	uint8_t *message;
	size_t len, room; /* room 0: borrowed */
	uint64_t *held;	  /* where it is counted */
	size_t counted;
};

/* Keeps n bytes behind the last message boundary; *in may be NULL before.
 * There must be no rest. 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
inbuf_keep(struct inbuf **in, const void *, size_t n, uint64_t *held);

/* Unparsed bytes, 0 for NULL. */
size_t inbuf_rest(const struct inbuf *);
/* The first n of them have been parsed. */
void inbuf_parsed(struct inbuf **in, size_t n);
/* Moves all of them to `to`; returns how many. */
size_t inbuf_move(struct inbuf **in, uint8_t *to);

/* Room for at least one more byte of the message, at best for `want`, which
 * ends inside the limit; *room says how many. NULL without memory. */
__attribute__((warn_unused_result)) uint8_t *
inbuf_reserve(struct inbuf **in, uint64_t want, size_t *room, uint64_t *held);
/* n bytes have been received there. */
void inbuf_grew(struct inbuf *, size_t n);
/* The message begins with p[0..n), n > 0, and stays there until inbuf_own().
 * 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int
inbuf_borrow(struct inbuf **in, uint8_t *p, size_t n, uint64_t *held);
/* n more bytes of the message, behind which `want` more are announced: copies
 * them, unless they stand behind what is borrowed. 0 or -ENOMEM. */
__attribute__((warn_unused_result)) int inbuf_append(struct inbuf **in,
    const uint8_t *, size_t n, uint64_t want, uint64_t *held);
/* Ends the borrowing, if there is any. 0 or -ENOMEM, then the message is
 * gone. */
__attribute__((warn_unused_result)) int
inbuf_own(struct inbuf **in, uint64_t want);
/* The message has been delivered. */
void inbuf_done(struct inbuf **in);

void inbuf_free(struct inbuf **in);

static inline bool
inbuf_borrows(const struct inbuf *b)
{
	return b && b->message && b->room == 0;
}

/* What it takes; 0 for NULL. */
static inline size_t
inbuf_takes(const struct inbuf *b)
{
	return b ? b->counted : 0;
}

#endif
