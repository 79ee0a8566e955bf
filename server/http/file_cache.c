/* SPDX-License-Identifier: MIT
 *
 * file_cache.c - see file_cache.h. A fixed table of chains and one list in
 * the order of use; a site has hundreds of small files, not millions.
 */
#include "config.h"

#include "http/file_cache.h"

#include <microhttpd.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

enum {
	BUCKETS = 512,
	RESPONSE_COST = 1024, /* of a response beside its body, about */
};

struct entry {
	struct list used; /* least recently used first */
	struct entry *next;
	struct file_id id;
	struct MHD_Response *response;
	uint64_t cost;
	unsigned bucket;
	char path[];
};

struct file_cache {
	struct list used;
	uint64_t bytes, max_bytes;
	struct entry *bucket[BUCKETS];
};

void
file_id_make(struct file_id *id, const struct stat *st)
{
	*id = (struct file_id){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.modified = st->st_mtim,
		.changed = st->st_ctim,
	};
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
file_id_equal(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_time(&a->modified, &b->modified) &&
	       same_time(&a->changed, &b->changed);
}

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

static struct entry *
find(const struct file_cache *c, const char *path, unsigned bucket)
{
	struct entry *e = c->bucket[bucket];

	while (e && strcmp(e->path, path) != 0)
		e = e->next;
	return e;
}

static void
drop(struct file_cache *c, struct entry *e)
{
	struct entry **at = &c->bucket[e->bucket];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	list_del(&e->used);
	c->bytes -= e->cost;
	MHD_destroy_response(e->response);
	free(e);
}

int
file_cache_new(struct file_cache **out, uint64_t max_bytes)
{
	struct file_cache *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	list_init(&c->used);
	c->max_bytes = max_bytes;
	*out = c;
	return 0;
}

void
file_cache_free(struct file_cache **cp)
{
	struct file_cache *c = *cp;

	if (!c)
		return;
	LIST_FOREACH_SAFE (n, &c->used)
		drop(c, container_of(n, struct entry, used));
	free(c);
	*cp = NULL;
}

struct MHD_Response *
file_cache_get(struct file_cache *c, const char *path, const struct file_id *id)
{
	struct entry *e = find(c, path, bucket_of(path));

	if (!e)
		return NULL;
	if (!file_id_equal(&e->id, id)) {
		drop(c, e);
		return NULL;
	}
	list_del(&e->used);
	list_add_tail(&c->used, &e->used);
	return e->response;
}

bool
file_cache_put(struct file_cache *c, const char *path, const struct file_id *id,
    struct MHD_Response *response, uint64_t bytes)
{
	size_t len = strlen(path) + 1;
	uint64_t cost = bytes + sizeof(struct entry) + len + RESPONSE_COST;
	unsigned bucket = bucket_of(path);
	struct entry *e = find(c, path, bucket);

	if (e)
		drop(c, e);
	e = cost > c->max_bytes ? NULL : malloc(sizeof *e + len);
	if (!e)
		return false;
	while (c->bytes + cost > c->max_bytes)
		drop(c, container_of(c->used.next, struct entry, used));
	*e = (struct entry){ .id = *id,
		.response = response,
		.cost = cost,
		.bucket = bucket,
		.next = c->bucket[bucket] };
	memcpy(e->path, path, len);
	c->bucket[bucket] = e;
	list_add_tail(&c->used, &e->used);
	c->bytes += cost;
	return true;
}
