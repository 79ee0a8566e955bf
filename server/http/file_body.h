/* SPDX-License-Identifier: MIT
 *
 * file_body.h - the bytes of a file as the body of an answer.
 *
 * THREADS: one at a time.
 * MEMORY: an answer holds its own reference to a response that the cache
 * keeps.
 */
#ifndef CLEAT_HTTP_FILE_BODY_H
#define CLEAT_HTTP_FILE_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "http/file_cache.h"

struct answer;

/* A complete response from the cache; false: there is none. */
bool file_body_cached(struct file_cache *, const char *key,
    const struct file_id *, struct answer *);

/* Reads all of a file into memory. If it turns out not to be the file of
 * `id` any more, the answer is a refusal. */
void file_body_read(int fd, const struct file_id *, struct answer *);

/* Puts a complete response into the cache; not if the file is so young that
 * a change might go unnoticed. */
void file_body_keep(struct file_cache *, const char *key,
    const struct file_id *, struct answer *);

/* Sends bytes by sendfile. Takes *fd and sets it to -1, unless there is no
 * memory. */
void file_body_part(int *fd, uint64_t first, uint64_t count, struct answer *);

#endif
