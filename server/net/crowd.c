/* SPDX-License-Identifier: MIT
 *
 * crowd.c - see crowd.h.
 */
#include "config.h"

#include "net/crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/must.h"
#include "net/address.h"

struct place {
	struct table_node node;
	struct address address; /* without the bits that do not count */
	size_t people;
};

int
crowd_init(struct crowd *c)
{
	pthread_mutex_init(&c->lock, NULL);
	hash_seed_init(&c->seed);
	return table_init(&c->places);
}

void
crowd_fini(struct crowd *c)
{
	table_fini(&c->places);
	pthread_mutex_destroy(&c->lock);
}

static uint64_t
hash(const struct crowd *c, const struct address *a)
{
	return hash_name(&c->seed, a->bits, a->bytes, sizeof a->bytes);
}

static struct place *
find(const struct crowd *c, const struct address *a, uint64_t at)
{
	struct table_node *n;

	for (n = table_first(&c->places, at); n; n = table_next(n)) {
		struct place *p = container_of(n, struct place, node);

		if (memcmp(&p->address, a, sizeof *a) == 0)
			return p;
	}
	return NULL;
}

static struct place *
open_place(struct crowd *c, const struct address *a, uint64_t at)
{
	struct place *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->address = *a;
	table_add(&c->places, &p->node, at);
	return p;
}

enum crowd_answer
crowd_enter(struct crowd *c, const struct address *from, size_t most)
{
	const struct address a = address_client(from);
	uint64_t at = hash(c, &a);
	enum crowd_answer answer = CROWD_IN;
	struct place *p;

	pthread_mutex_lock(&c->lock);
	p = find(c, &a, at);
	if (!p)
		p = open_place(c, &a, at);
	if (!p)
		answer = CROWD_NO_MEMORY;
	else if (p->people >= most)
		answer = CROWD_FULL;
	else
		p->people++;
	pthread_mutex_unlock(&c->lock);
	return answer;
}

void
crowd_leave(struct crowd *c, const struct address *from)
{
	const struct address a = address_client(from);
	struct place *p;

	pthread_mutex_lock(&c->lock);
	p = find(c, &a, hash(c, &a));
	must(p && p->people > 0);
	if (--p->people == 0) {
		table_remove(&c->places, &p->node);
		free(p);
	}
	pthread_mutex_unlock(&c->lock);
}
