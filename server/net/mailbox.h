/* SPDX-License-Identifier: MIT
 *
 * mailbox.h - work that other threads leave for a loop.
 *
 * A stack without a lock that the reader takes whole and turns round, so
 * that mail comes out in the order of its arrival. Its descriptor (an
 * eventfd) becomes readable when an empty box gets its first mail.
 *
 * THREADS: mailbox_put() on any thread; the rest on the loop's.
 * MEMORY: the mail is the caller's and changes hands with it.
 */
#ifndef CLEAT_NET_MAILBOX_H
#define CLEAT_NET_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Work for the loop's thread. Whoever puts it gives it away; deliver() owns
 * it from then on. */
struct mail {
	struct mail *next;
	void (*deliver)(struct mail *);
};

struct mailbox {
	struct mail *top; /* atomic: the newest */
	size_t waiting;	  /* atomic */
	int fd;
	uint64_t awake; /* atomic: the reader's pthread_t, or 0 */
};

static inline bool
mailbox_empty(const struct mailbox *b)
{
	return __atomic_load_n(&b->top, __ATOMIC_RELAXED) == NULL;
}

int mailbox_init(struct mailbox *);  /* 0 or -errno */
void mailbox_fini(struct mailbox *); /* must be empty */

/* Until it is said to be over the reader need not be rung for by itself: it
 * looks when it is. */
void mailbox_awake(struct mailbox *, bool);

/* False when `limit` (0: none) is reached: the mail stays the caller's. */
bool mailbox_put(struct mailbox *, struct mail *, size_t limit);

/* Makes the descriptor unreadable. Before mailbox_take(): mail that comes
 * between the two rings again. */
void mailbox_hush(struct mailbox *);

/* Takes all, oldest first, linked by `next`; NULL when there is none. */
struct mail *mailbox_take(struct mailbox *);

#endif
