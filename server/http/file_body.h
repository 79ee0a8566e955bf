/* SPDX-License-Identifier: MIT
 *
 * file_body.h - the bytes of a file as the body of an answer.
 *
 * THREADS: one at a time.
 * MEMORY: an answer owns its response, until that is kept.
 */
#ifndef CLEAT_HTTP_FILE_BODY_H
#define CLEAT_HTTP_FILE_BODY_H

#include <stdbool.h>
#include <stdint.h>

struct answer;
struct file_id;
struct form;

/* The response of the whole form that is kept. False: none is, or the file
 * that it reads has changed under it. */
bool file_body_kept(const struct form *, bool secure, struct answer *);
/* Keeps the answer's response, which reads `fd`, or -1: then it has bytes. */
void file_body_keep(struct form *, bool secure, int fd, struct answer *);

/* Reads all of a file into memory. If it turns out not to be the file of
 * `id` any more, the answer is a refusal. */
void file_body_read(int fd, const struct file_id *, struct answer *);

/* Sends bytes by sendfile. Takes *fd and sets it to -1, unless there is no
 * memory. */
void file_body_part(int *fd, uint64_t first, uint64_t count, struct answer *);

/* No body, but the length of one of `count` bytes. */
void file_body_none(uint64_t count, struct answer *);

#endif
