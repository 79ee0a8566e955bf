/* SPDX-License-Identifier: MIT
 *
 * arrivals.c - see arrivals.h. A list, because it is short: the library
 * begins with a socket as soon as its thread comes round.
 */
#include "config.h"

#include "http/arrivals.h"

#include <errno.h>
#include <stdlib.h>

#include "http/visitors.h"
#include "net/relay.h"

struct arrival {
	struct list node;
	int fd;
	struct arrived what;
};

void
arrivals_init(struct arrivals *a, struct visitors *visitors)
{
	a->visitors = visitors;
	pthread_mutex_init(&a->lock, NULL);
	list_init(&a->all);
}

static void
give_up(struct arrivals *a, struct arrived *what)
{
	relay_unref(&what->relay);
	visitors_leave(a->visitors, what);
}

static void
forget(struct arrivals *a, struct arrival *one)
{
	list_del(&one->node);
	give_up(a, &one->what);
	free(one);
}

void
arrivals_fini(struct arrivals *a)
{
	LIST_FOREACH_SAFE (n, &a->all)
		forget(a, container_of(n, struct arrival, node));
	pthread_mutex_destroy(&a->lock);
}

void
arrivals_take(struct arrivals *a, int fd, struct arrived *out)
{
	*out = (struct arrived){ .listener = 0 };
	pthread_mutex_lock(&a->lock);
	LIST_FOREACH_SAFE (n, &a->all) {
		struct arrival *one = container_of(n, struct arrival, node);

		if (one->fd != fd)
			continue;
		*out = one->what;
		one->what.relay = NULL;
		one->what.counted = false;
		forget(a, one);
	}
	pthread_mutex_unlock(&a->lock);
}

int
arrivals_put(struct arrivals *a, int fd, const struct arrived *what)
{
	struct arrival *one = malloc(sizeof *one);
	struct arrived stale;

	arrivals_take(a, fd, &stale);
	give_up(a, &stale);
	if (!one) {
		stale = *what;
		give_up(a, &stale);
		return -ENOMEM;
	}
	*one = (struct arrival){ .fd = fd, .what = *what };
	pthread_mutex_lock(&a->lock);
	list_add_tail(&a->all, &one->node);
	pthread_mutex_unlock(&a->lock);
	return 0;
}
