/* SPDX-License-Identifier: MIT
 *
 * arrivals.c - see arrivals.h. A list, because it is short: the library
 * begins with a socket as soon as its thread comes round.
 */
#include "config.h"

#include "http/arrivals.h"

#include <errno.h>
#include <stdlib.h>

#include "http/upgrade.h"
#include "http/visitors.h"
#include "net/relay.h"

struct arrival {
	struct list node;
	int fd;
	struct arrival_facts facts;
};

void
arrivals_init(struct arrivals *a, struct visitors *visitors)
{
	a->visitors = visitors;
	pthread_mutex_init(&a->lock, NULL);
	list_init(&a->all);
}

void
arrival_drop(struct visitors *visitors, struct arrival_facts *facts)
{
	relay_unref(&facts->what.relay);
	visitors_leave(visitors, &facts->what);
	upgrade_end(&facts->judged);
}

static void
forget(struct arrivals *a, struct arrival *one)
{
	list_del(&one->node);
	arrival_drop(a->visitors, &one->facts);
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
arrivals_take(struct arrivals *a, int fd, struct arrival_facts *out)
{
	*out = (struct arrival_facts){ .judged = NULL };
	pthread_mutex_lock(&a->lock);
	LIST_FOREACH_SAFE (n, &a->all) {
		struct arrival *one = container_of(n, struct arrival, node);

		if (one->fd != fd)
			continue;
		*out = one->facts;
		one->facts = (struct arrival_facts){ .judged = NULL };
		forget(a, one);
	}
	pthread_mutex_unlock(&a->lock);
}

int
arrivals_put(struct arrivals *a, int fd, const struct arrival_facts *facts)
{
	struct arrival *one = malloc(sizeof *one);
	struct arrival_facts stale;

	arrivals_take(a, fd, &stale);
	arrival_drop(a->visitors, &stale);
	if (!one) {
		stale = *facts;
		arrival_drop(a->visitors, &stale);
		return -ENOMEM;
	}
	*one = (struct arrival){ .fd = fd, .facts = *facts };
	pthread_mutex_lock(&a->lock);
	list_add_tail(&a->all, &one->node);
	pthread_mutex_unlock(&a->lock);
	return 0;
}
