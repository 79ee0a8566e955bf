/* SPDX-License-Identifier: MIT
 *
 * pool.c - see pool.h.
 *
 * A block is aligned to its size, so that an object finds its block by its
 * address. Objects that are free are linked through their first word.
 *
 * THREADS: see pool.h. MEMORY: the blocks are the pool's.
 */
#include "config.h"

#include "base/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/must.h"

enum {
	BLOCK = 64 * 1024,
	LARGE = BLOCK / 16,
	ALIGN = _Alignof(max_align_t),
};

#ifdef __SANITIZE_ADDRESS__
static const bool one_by_one = true;
#else
static const bool one_by_one = false;
#endif

struct spare {
	struct spare *next;
};

struct block {
	struct list node;     /* on `partial`, or alone when full */
	struct spare *spares; /* given back */
	size_t used;	      /* objects that are out */
	size_t fresh;	      /* offset of what was never given out */
	_Alignas(max_align_t) char objects[];
};

void
pool_init(struct pool *p, size_t size)
{
	must(pthread_mutex_init(&p->lock, NULL) == 0);
	list_init(&p->partial);
	p->size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	p->blocks = p->used = 0;
}

static bool
is_plain(const struct pool *p)
{
	return one_by_one || p->size > LARGE;
}

static struct block *
block_of(struct list *node)
{
	return container_of(node, struct block, node);
}

static bool
is_full(const struct pool *p, const struct block *b)
{
	return !b->spares && b->fresh + p->size > BLOCK;
}

static void
drop_block(struct pool *p, struct block *b)
{
	list_del(&b->node);
	p->blocks--;
	munmap(b, BLOCK);
}

/* Straight from the system: the heap would cut holes for the alignment. */
static struct block *
map_block(void)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *all = mmap(NULL, 2 * BLOCK, prot, flags, -1, 0);
	size_t before;

	if (all == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)all & (BLOCK - 1);
	if (before > 0)
		munmap(all, before);
	munmap(all + before + BLOCK, BLOCK - before);
	return (struct block *)(void *)(all + before);
}

static struct block *
block_with_room(struct pool *p)
{
	struct block *b;

	if (!list_empty(&p->partial))
		return block_of(p->partial.next);
	b = map_block();
	if (!b)
		return NULL;
	*b = (struct block){ .fresh = offsetof(struct block, objects) };
	list_init(&b->node);
	list_add_tail(&p->partial, &b->node);
	p->blocks++;
	return b;
}

static void *
take(struct pool *p, struct block *b)
{
	void *object = b->spares;

	if (object) {
		b->spares = b->spares->next;
	} else {
		object = (char *)b + b->fresh;
		b->fresh += p->size;
	}
	b->used++;
	if (is_full(p, b))
		list_del(&b->node);
	return object;
}

void *
pool_get(struct pool *p)
{
	struct block *b = NULL;
	void *object = NULL;

	if (is_plain(p))
		object = calloc(1, p->size);
	pthread_mutex_lock(&p->lock);
	if (!is_plain(p)) {
		b = block_with_room(p);
		object = b ? take(p, b) : NULL;
	}
	p->used += object != NULL;
	pthread_mutex_unlock(&p->lock);
	if (b)
		memset(object, 0, p->size);
	return object;
}

static void
give_back(struct pool *p, void *object)
{
	struct block *b =
	    (struct block *)((uintptr_t)object & ~(uintptr_t)(BLOCK - 1));
	struct spare *s = object;

	s->next = b->spares;
	b->spares = s;
	if (!list_linked(&b->node))
		list_add_tail(&p->partial, &b->node);
	if (--b->used == 0 && p->blocks > 1)
		drop_block(p, b);
}

void
pool_put(struct pool *p, void *object)
{
	if (!object)
		return;
	pthread_mutex_lock(&p->lock);
	must(p->used > 0);
	p->used--;
	if (!is_plain(p))
		give_back(p, object);
	pthread_mutex_unlock(&p->lock);
	if (is_plain(p))
		free(object);
}

void
pool_fini(struct pool *p)
{
	must(p->used == 0);
	LIST_FOREACH_SAFE (node, &p->partial)
		drop_block(p, block_of(node));
	pthread_mutex_destroy(&p->lock);
}
