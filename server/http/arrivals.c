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
	struct arrived what;
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
	relay_unref(&one->what.relay);
	free(one);
}

void
arrivals_fini(struct arrivals *a)
{
	LIST_FOREACH_SAFE (n, &a->all)
		forget(container_of(n, struct arrival, node));
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
		forget(one);
	}
	pthread_mutex_unlock(&a->lock);
}

int
arrivals_put(struct arrivals *a, int fd, const struct arrived *what)
{
	struct arrival *one = malloc(sizeof *one);
	struct relay *relay = what->relay;
	struct arrived stale;

	arrivals_take(a, fd, &stale);
	relay_unref(&stale.relay);
	if (!one) {
		relay_unref(&relay);
		return -ENOMEM;
	}
	*one = (struct arrival){ .fd = fd, .what = *what };
	pthread_mutex_lock(&a->lock);
	list_add_tail(&a->all, &one->node);
	pthread_mutex_unlock(&a->lock);
	return 0;
}
