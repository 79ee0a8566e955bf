/* SPDX-License-Identifier: MIT
 *
 * files.h - static files: from a checked request to an answer.
 *
 * Index files, redirects of folders, types, validators, conditions, single
 * ranges, and the ".br" or ".gz" beside a file for those who take that (when it
 * is not older than the file). Small files come from memory, others by sendfile.
 * Names that begin with a dot are never served, in no folder.
 *
 * There are no directory listings, no symbolic links and nothing executable;
 * whoever needs more puts a web server in front.
 *
 * THREADS: new and free on any thread, serve on one at a time.
 * MEMORY: copies nothing of the config: it outlives the files.
 */
#ifndef CLEAT_HTTP_FILES_H
#define CLEAT_HTTP_FILES_H

#include <stdbool.h>

struct answer;
struct config_http;
struct files;
struct head;
struct target;

/* 0 or -errno, when the root cannot be opened. Without a root every path is
 * "not found". */
int files_new(struct files **, const struct config_http *);
void files_free(struct files **);

/* Answers any method; always fills the answer. */
void files_serve(struct files *, const struct head *, const struct target *,
    bool secure, struct answer *);

#endif
