/* SPDX-License-Identifier: MIT
 *
 * arrivals.c - see arrivals.h. A list, because it is short: the library
 * begins with a socket as soon as its thread comes round.
 */
#include "config.h"

#include "http/arrivals.h"

#include <errno.h>
#include <stdlib.h>

#include "net/relay.h"

struct arrival {
	struct list node;
	int fd;
	uint64_t listener;
	struct relay *relay;
};

void
arrivals_init(struct arrivals *a)
{
	pthread_mutex_init(&a->lock, NULL);
	list_init(&a->all);
}

static void
forget(struct arrival *one)
{
	list_del(&one->node);
	relay_unref(&one->relay);
	free(one);
}

void
arrivals_fini(struct arrivals *a)
{
	LIST_FOREACH_SAFE (n, &a->all)
		forget(container_of(n, struct arrival, node));
	pthread_mutex_destroy(&a->lock);
}

struct relay *
arrivals_take(struct arrivals *a, int fd, uint64_t *listener)
{
	struct relay *relay = NULL;

	*listener = 0;
	pthread_mutex_lock(&a->lock);
	LIST_FOREACH_SAFE (n, &a->all) {
		struct arrival *one = container_of(n, struct arrival, node);

		if (one->fd != fd)
			continue;
		relay = one->relay;
		*listener = one->listener;
		one->relay = NULL;
		forget(one);
	}
	pthread_mutex_unlock(&a->lock);
	return relay;
}

int
arrivals_put(struct arrivals *a, int fd, uint64_t listener, struct relay *relay)
{
	uint64_t old;
	struct relay *stale = arrivals_take(a, fd, &old);
	struct arrival *one;

	relay_unref(&stale);
	if (!relay && listener == 0)
		return 0;
	one = malloc(sizeof *one);
	if (!one) {
		relay_unref(&relay);
		return -ENOMEM;
	}
	*one =
	    (struct arrival){ .fd = fd, .listener = listener, .relay = relay };
	pthread_mutex_lock(&a->lock);
	list_add_tail(&a->all, &one->node);
	pthread_mutex_unlock(&a->lock);
	return 0;
}
