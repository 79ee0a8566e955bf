/* SPDX-License-Identifier: MIT
 *
 * file_cache.h - the files that were asked for of late, by the path that
 * stands for them.
 *
 * What is known of a file is believed for `recheck_ms`; then whoever asks for
 * it looks again, and what is found to be the same stays. Only files that
 * were found are in it, so nobody fills it with names that he makes up.
 *
 * It holds at most `max_bytes` (responses, and what they cost beside their
 * bodies) and FILE_CACHE_OPEN_MAX descriptors: whoever was not asked for for
 * longest leaves first, and at the next look whoever was not for
 * FILE_CACHE_IDLE_MS.
 *
 * THREADS: one at a time.
 * MEMORY: the cache owns the files in it, which are borrowed until the next
 * call with another path.
 */
#ifndef CLEAT_HTTP_FILE_CACHE_H
#define CLEAT_HTTP_FILE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

struct file;
struct file_cache;

enum { FILE_CACHE_OPEN_MAX = 64, FILE_CACHE_IDLE_MS = 60000 };

/* 0 or -ENOMEM. */
int
file_cache_new(struct file_cache **, uint64_t max_bytes, uint64_t recheck_ms);
void file_cache_free(struct file_cache **);

/* What `path` stands for, or NULL: nobody knows, or it is time to look. */
struct file *file_cache_get(struct file_cache *, const char *path);
/* Takes what a look has found and gives back what is to be served: the one
 * that is known already where they are the same. It is `kept`, or there is no
 * room for it and it is the caller's. */
struct file *file_cache_put(struct file_cache *, struct file *);
/* It has turned out to be wrong. */
void file_cache_drop(struct file_cache *, struct file *);

/* May a file that is kept keep so many bytes more, and the response that has
 * them a descriptor, or -1? */
bool
file_cache_grow(struct file_cache *, struct file *, uint64_t bytes, int fd);

#endif
