/* SPDX-License-Identifier: MIT
 *
 * file_cache.h - whole small files as ready responses.
 *
 * A response is found by the file's path and used only while the file is
 * still the one it was made of (struct file_id, compared on every request),
 * so a change is visible at once. The least recently used ones leave when
 * `max_bytes` is reached; the cost of an entry itself is counted.
 *
 * THREADS: one at a time.
 * MEMORY: the cache owns its entries and a reference to each response.
 */
#ifndef CLEAT_HTTP_FILE_CACHE_H
#define CLEAT_HTTP_FILE_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct MHD_Response;
struct file_cache;

/* What makes a file the same file with the same content. */
struct file_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
};

void file_id_make(struct file_id *, const struct stat *);
bool file_id_equal(const struct file_id *, const struct file_id *);

int file_cache_new(struct file_cache **, uint64_t max_bytes);
void file_cache_free(struct file_cache **);

/* The response of `path` if it was made of this very file, borrowed until
 * the next call; else NULL. */
struct MHD_Response *
file_cache_get(struct file_cache *, const char *path, const struct file_id *);

/* Takes a response of `bytes` bytes, which the caller then borrows until the
 * next call. False where it does not fit: it stays the caller's. */
bool file_cache_put(struct file_cache *, const char *path,
    const struct file_id *, struct MHD_Response *, uint64_t bytes);

#endif
