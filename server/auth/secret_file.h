/* SPDX-License-Identifier: MIT
 *
 * secret_file.h - a file that says who may come in, read whole.
 *
 * Nobody but its owner and group may write it. One that can be guessed from
 * (passwords) may not be read by everybody either: what a thief of such a file
 * needs is only time.
 *
 * THREADS: any; blocks on the disk. MEMORY: the text is the caller's, to be
 * given back with secret_free(), which wipes it.
 */
#ifndef CLEAT_AUTH_SECRET_FILE_H
#define CLEAT_AUTH_SECRET_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct secret_file {
	char *text; /* a NUL stands behind it, and none in it */
	size_t n;
};

/* 0, or -1 and a sentence in `error` without the file's name. */
__attribute__((warn_unused_result)) int secret_read(struct secret_file *,
    const char *path, size_t max, bool guessable, char *error, size_t size);
void secret_free(struct secret_file *);

/* Hands over each line that is neither empty nor a comment: NUL-terminated,
 * without blanks around it. It ends with what the first one says is wrong with
 * it, or that there are more than `most`; NULL: nothing. `line` is the number
 * of the last. */
const char *secret_each_line(struct secret_file *, size_t most,
    const char *(*take)(void *, char *line), void *, unsigned *line);
/* How many lines there may be, and at least one. */
size_t secret_lines(const struct secret_file *);
/* What is wrong in a line; NULL: that there is none. */
void secret_say(char *error, size_t size, const char *wrong, unsigned line);
/* Cuts the next word off; NULL: there is none. */
char *secret_word(char **line);

#endif
