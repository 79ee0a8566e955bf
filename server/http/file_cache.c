/* SPDX-License-Identifier: MIT
 *
 * file_cache.c - see file_cache.h. A fixed table of chains and two lists in
 * the order of use; a site has hundreds of files, not millions.
 */
#include "config.h"

#include "http/file_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/file.h"
#include "net/reserve.h"

enum {
	BUCKETS = 512,
	RESPONSE_COST = 1024, /* of a response beside its body, about */
};

struct file_cache {
	struct list used;    /* all; least recently used first */
	struct list reading; /* those with descriptors; so, too */
	unsigned fds;	     /* of them */
	int reserve;	     /* descriptors from here on are not for us */
	uint64_t bytes, max_bytes, recheck_ms;
	struct file *bucket[BUCKETS];
};

/* FNV-1a. An attacker does not choose which files exist, so it needs no
 * secret. */
static unsigned
bucket_of(const char *path)
{
	uint32_t h = 2166136261u;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h % BUCKETS;
}

static struct file *
find(const struct file_cache *c, const char *path, unsigned bucket)
{
	struct file *f = c->bucket[bucket];

	while (f && strcmp(f->asked, path) != 0)
		f = f->next;
	return f;
}

static struct file *
oldest(struct list *list)
{
	return container_of(list->next, struct file, used);
}

void
file_cache_drop(struct file_cache *c, struct file *f)
{
	struct file **at = &c->bucket[f->bucket];

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	list_del(&f->used);
	list_del(&f->reading);
	c->fds -= f->fds;
	c->bytes -= f->cost;
	file_free(&f);
}

int
file_cache_new(struct file_cache **out, uint64_t max_bytes, uint64_t recheck_ms)
{
	struct file_cache *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	list_init(&c->used);
	list_init(&c->reading);
	c->reserve = reserve_middle();
	c->max_bytes = max_bytes;
	c->recheck_ms = recheck_ms;
	*out = c;
	return 0;
}

void
file_cache_free(struct file_cache **cp)
{
	struct file_cache *c = *cp;

	if (!c)
		return;
	while (!list_empty(&c->used))
		file_cache_drop(c, oldest(&c->used));
	free(c);
	*cp = NULL;
}

/* The most recently used from now on. */
static void
touch(struct file_cache *c, struct file *f, uint64_t now)
{
	f->used_ms = now;
	list_del(&f->used);
	list_add_tail(&c->used, &f->used);
	if (list_linked(&f->reading)) {
		list_del(&f->reading);
		list_add_tail(&c->reading, &f->reading);
	}
}

/* Two at a time: more leave than come. */
static void
drop_idle(struct file_cache *c, uint64_t now)
{
	for (int i = 0; i < 2 && !list_empty(&c->used); i++) {
		struct file *f = oldest(&c->used);

		if (now - f->used_ms < FILE_CACHE_IDLE_MS)
			return;
		file_cache_drop(c, f);
	}
}

struct file *
file_cache_get(struct file_cache *c, const char *path)
{
	uint64_t now = clock_ms();
	struct file *f = find(c, path, bucket_of(path));

	if (f)
		touch(c, f, now);
	drop_idle(c, now);
	return f && now - f->looked_ms < c->recheck_ms ? f : NULL;
}

/* Others leave for so many bytes more. */
static bool
make_room(struct file_cache *c, const struct file *f, uint64_t bytes)
{
	if (bytes > c->max_bytes || f->cost > c->max_bytes - bytes)
		return false;
	while (c->bytes + bytes > c->max_bytes)
		file_cache_drop(c, oldest(&c->used));
	return true;
}

static void
enter(struct file_cache *c, struct file *f, uint64_t cost)
{
	f->kept = true;
	f->cost = cost;
	f->bucket = bucket_of(f->asked);
	f->next = c->bucket[f->bucket];
	c->bucket[f->bucket] = f;
	list_add_tail(&c->used, &f->used);
	c->bytes += cost;
}

struct file *
file_cache_put(struct file_cache *c, struct file *f)
{
	uint64_t now = clock_ms();
	uint64_t cost = sizeof *f + strlen(f->asked) + strlen(f->path) + 2;
	struct file *known = find(c, f->asked, bucket_of(f->asked));

	if (known && file_equal(known, f)) {
		file_take(known, f);
		file_free(&f);
		f = known;
	} else {
		if (known)
			file_cache_drop(c, known);
		if (!file_settled(f) || !make_room(c, f, cost))
			return f;
		enter(c, f, cost);
	}
	f->looked_ms = now;
	touch(c, f, now);
	return f;
}

/* The file was touched last, so it is the last that would leave for itself,
 * and one file does not have all descriptors. */
bool
file_cache_grow(struct file_cache *c, struct file *f, uint64_t bytes, int fd)
{
	bytes += RESPONSE_COST;
	if (fd >= c->reserve || !make_room(c, f, bytes))
		return false;
	f->cost += bytes;
	c->bytes += bytes;
	if (fd < 0)
		return true;
	while (c->fds >= FILE_CACHE_OPEN_MAX)
		file_cache_drop(
		    c, container_of(c->reading.next, struct file, reading));
	f->fds++;
	c->fds++;
	list_del(&f->reading);
	list_add_tail(&c->reading, &f->reading);
	return true;
}
