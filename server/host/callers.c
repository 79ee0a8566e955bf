/* SPDX-License-Identifier: MIT
 *
 * callers.c - see callers.h.
 *
 * Both are buckets (base/bucket.h), so an entry all of whose moments have
 * passed is as good as none.
 *
 * An address is known by 64 bits of its hash. With those whom a table of this
 * size remembers, two that are the same are not to be expected.
 */
#include "config.h"

#include "host/callers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "net/address.h"

enum { NS_PER_MS = 1000000, REMEMBERED = 64, DOUBLED = 32 };

struct caller {
	uint64_t tag;	   /* 0: nobody */
	uint64_t came_ns;  /* handshakes: the bucket is full again */
	uint64_t owes_ns;  /* failed logins: all are forgotten */
	uint64_t until_ns; /* is not asked before */
};

int
callers_init(struct callers *c)
{
	c->rules = (struct callers_rules){ 0 };
	c->table =
	    calloc((size_t)CALLERS_SETS * CALLERS_WAYS, sizeof(struct caller));
	if (!c->table)
		return -ENOMEM;
	hash_seed_init(&c->seed);
	pthread_mutex_init(&c->lock, NULL);
	return 0;
}

void
callers_fini(struct callers *c)
{
	if (!c->table)
		return;
	free(c->table);
	c->table = NULL;
	pthread_mutex_destroy(&c->lock);
}

void
callers_set(struct callers *c, const struct callers_rules *rules)
{
	pthread_mutex_lock(&c->lock);
	c->rules = *rules;
	__atomic_store_n(&c->counts, rules->rate > 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&c->lock);
}

/* --- who is remembered -------------------------------------------------- */

static bool
is_worse(const struct caller *a, const struct caller *b)
{
	if (a->owes_ns != b->owes_ns)
		return a->owes_ns > b->owes_ns;
	return a->came_ns > b->came_ns;
}

/* Moments that have passed are all the same. */
static void
forgive(struct caller *c, uint64_t now)
{
	if (c->came_ns < now)
		c->came_ns = now;
	if (c->owes_ns < now)
		c->owes_ns = now;
}

/* Its place, or with `make` that of the least bad one in its set. */
static struct caller *
find(struct callers *c, const struct address *from, uint64_t now, bool make)
{
	const struct address a = address_client(from);
	uint64_t tag = hash_name(&c->seed, a.bits, a.bytes, sizeof a.bytes) | 1;
	struct caller *set =
	    c->table + (size_t)(tag >> 32) % CALLERS_SETS * CALLERS_WAYS;
	struct caller *least = set;

	for (struct caller *at = set; at < set + CALLERS_WAYS; at++) {
		if (at->tag == tag) {
			forgive(at, now);
			return at;
		}
		forgive(at, now);
		if (is_worse(least, at))
			least = at;
	}
	if (!make)
		return NULL;
	*least = (struct caller){ .tag = tag };
	forgive(least, now);
	return least;
}

/* --- handshakes --------------------------------------------------------- */

static uint64_t
ms_up(uint64_t ns)
{
	return (ns + NS_PER_MS - 1) / NS_PER_MS;
}

uint64_t
callers_come(struct callers *c, const struct address *from)
{
	uint64_t now, wait = 0, each;

	if (!__atomic_load_n(&c->counts, __ATOMIC_RELAXED))
		return 0;
	now = clock_ns();
	pthread_mutex_lock(&c->lock);
	if (c->rules.rate > 0) {
		each = BUCKET_SECOND_NS / c->rules.rate;
		wait = bucket_take(&find(c, from, now, true)->came_ns, now,
		    each, c->rules.burst * each);
	}
	pthread_mutex_unlock(&c->lock);
	return ms_up(wait);
}

/* --- failed logins ------------------------------------------------------ */

/* How long the n-th failed login that was not free makes it wait. */
static uint64_t
delay_ms(const struct callers_rules *r, uint64_t n)
{
	uint64_t ms = r->first_ms << (n < DOUBLED ? n - 1 : DOUBLED);

	return ms < r->most_ms ? ms : r->most_ms;
}

static void
fail(struct caller *at, const struct callers_rules *r, uint64_t now)
{
	uint64_t each = r->most_ms * NS_PER_MS;
	uint64_t n;

	if (at->owes_ns - now < (r->free + REMEMBERED) * each)
		at->owes_ns += each;
	n = (at->owes_ns - now + each - 1) / each;
	if (n > r->free)
		at->until_ns = now + delay_ms(r, n - r->free) * NS_PER_MS;
}

uint64_t
callers_try(struct callers *c, const struct address *from)
{
	uint64_t now = clock_ns(), wait = 0;

	pthread_mutex_lock(&c->lock);
	if (c->rules.most_ms > 0) {
		struct caller *at = find(c, from, now, true);

		if (at->until_ns > now)
			wait = at->until_ns - now;
		else
			fail(at, &c->rules, now);
	}
	pthread_mutex_unlock(&c->lock);
	return ms_up(wait);
}

void
callers_take_back(struct callers *c, const struct address *from)
{
	uint64_t now = clock_ns(), each;
	struct caller *at;

	pthread_mutex_lock(&c->lock);
	at = find(c, from, now, false);
	if (at) {
		each = c->rules.most_ms * NS_PER_MS;
		at->owes_ns -=
		    at->owes_ns - now < each ? at->owes_ns - now : each;
		at->until_ns = now;
	}
	pthread_mutex_unlock(&c->lock);
}
