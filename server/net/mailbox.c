/* SPDX-License-Identifier: MIT
 *
 * mailbox.c - push with compare-and-swap, take all with one exchange.
 *
 * Nobody pops single mails, so the stack has no ABA problem. The writer of
 * the first mail rings; a ring too many only wakes the loop for nothing.
 *
 * THREADS: put on any, take on the loop's.
 */
#include "config.h"

#include "net/mailbox.h"

#include <sys/eventfd.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "base/must.h"

int
mailbox_init(struct mailbox *b)
{
	*b = (struct mailbox){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	return b->fd < 0 ? -errno : 0;
}

void
mailbox_fini(struct mailbox *b)
{
	must(mailbox_empty(b));
	close(b->fd);
	b->fd = -1;
}

static void
ring(struct mailbox *b)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(b->fd, &one, sizeof one);
	while (n < 0 && errno == EINTR);
	/* A full counter (EAGAIN) rings as loudly as any other. */
	must(n == sizeof one || errno == EAGAIN);
}

void
mailbox_awake(struct mailbox *b, bool awake)
{
	__atomic_store_n(
	    &b->awake, awake ? (uint64_t)pthread_self() : 0, __ATOMIC_RELAXED);
}

bool
mailbox_put(struct mailbox *b, struct mail *m, size_t limit)
{
	size_t waiting = __atomic_fetch_add(&b->waiting, 1, __ATOMIC_RELAXED);
	struct mail *top = __atomic_load_n(&b->top, __ATOMIC_RELAXED);

	if (limit > 0 && waiting >= limit) {
		__atomic_fetch_sub(&b->waiting, 1, __ATOMIC_RELAXED);
		return false;
	}
	do
		m->next = top;
	while (!__atomic_compare_exchange_n(
	    &b->top, &top, m, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	if (top == NULL && __atomic_load_n(&b->awake, __ATOMIC_RELAXED) !=
			       (uint64_t)pthread_self())
		ring(b);
	return true;
}

void
mailbox_hush(struct mailbox *b)
{
	uint64_t rings;

	if (read(b->fd, &rings, sizeof rings) < 0)
		must(errno == EAGAIN || errno == EINTR);
}

struct mail *
mailbox_take(struct mailbox *b)
{
	struct mail *oldest = NULL, *top;
	size_t count = 0;

	if (mailbox_empty(b))
		return NULL;
	top = __atomic_exchange_n(&b->top, NULL, __ATOMIC_ACQUIRE);
	while (top) {
		struct mail *next = top->next;

		top->next = oldest;
		oldest = top;
		top = next;
		count++;
	}
	__atomic_fetch_sub(&b->waiting, count, __ATOMIC_RELAXED);
	return oldest;
}
