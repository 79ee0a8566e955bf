/* SPDX-License-Identifier: MIT
 *
 * file.h - the file that a path stands for, and what is known of it.
 *
 * A path stands for the file of its name, or for the first index file of the
 * folder that it names. It has up to three forms: itself and, beside it and
 * not older, its compressed twins. A form is known by its struct file_id;
 * what is opened later is compared with it, so nothing else is ever sent in
 * its place, and everything is opened by root_find(): beneath the root.
 *
 * Responses of whole forms are kept in it for as long as the file is.
 *
 * THREADS: one at a time.
 * MEMORY: a file owns its descriptors and its responses.
 */
#ifndef CLEAT_HTTP_FILE_H
#define CLEAT_HTTP_FILE_H

#include <sys/stat.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "http/condition.h"
#include "http/encoding.h"

struct MHD_Response;
struct config_strings;
struct root;

/* What makes a file the same file with the same content. */
struct file_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
};

void file_id_make(struct file_id *, const struct stat *);
bool file_id_equal(const struct file_id *, const struct file_id *);
/* Has it not changed of late? Of two changes within a tick of the file
 * system's clock the second one leaves the id as it is. */
bool file_id_settled(const struct file_id *);

/* A whole form as an answer, kept. */
struct whole {
	struct MHD_Response *response; /* or NULL */
	int fd; /* that it reads and closes in the end; -1: it has the bytes */
};

struct form {
	bool there;
	int fd; /* open until file_close(), or -1 */
	struct file_id id;
	struct validators validators;
	struct whole
	    whole[2]; /* that of https may say more than that of http */
};

struct file {
	struct list used, reading; /* the cache's, as is what follows */
	struct file *next;
	unsigned bucket;
	bool kept;
	unsigned fds; /* of responses */
	uint64_t cost, looked_ms, used_ms;
	struct form form[ENCODING_NONE + 1]; /* by enum encoding */
	const char *path;		     /* where it is; decides the type */
	char asked[]; /* the path that stands for it, then `path` */
};

/* Looks below the root; its forms are open then. 0 or -errno: -EISDIR, a
 * folder that was asked for without a slash. */
int file_find(struct file **, const struct root *,
    const struct config_strings *index, const char *path);
void file_free(struct file **);

/* Do both stand for the same forms of the same file? */
bool file_equal(const struct file *, const struct file *);
/* Moves the descriptors that `from` has open; `to` is its equal. */
void file_take(struct file *to, struct file *from);
/* Is every form of it settled? */
bool file_settled(const struct file *);
/* Of the encodings that exist, 1 << e for each. */
unsigned file_twins(const struct file *);

/* The form's descriptor, opened anew if need be, the file's until
 * file_close(); -errno; -ESTALE: what stands there now is another file. */
int file_open(struct file *, const struct root *, enum encoding);
void file_close(struct file *);

#endif
