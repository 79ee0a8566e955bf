/* SPDX-License-Identifier: MIT
 *
 * token_file.h - tokens that are handed out once and looked up ever after.
 *
 * A text file, one token a line, blank lines and those with a # left out:
 *
 *	NAME DIGEST [until=2027-01-31T00:00:00Z] [ATTRIBUTE=VALUE ...]
 *
 * DIGEST is the SHA-256 of the token in hex. The file does not hold the
 * tokens: who reads it cannot come in. That takes tokens that nobody can guess
 * (`cleat token` makes them), for one round of SHA-256 keeps no password.
 *
 * A look-up takes the same time for every token that is not in the file, and
 * compares digests without a hurry: to learn from the time it takes where two
 * begin alike, one would have to choose a digest, and so break SHA-256.
 *
 * THREADS: any; it never changes. MEMORY: one block, counted by its owner.
 */
#ifndef CLEAT_AUTH_TOKEN_FILE_H
#define CLEAT_AUTH_TOKEN_FILE_H

#include <stddef.h>

#include "auth/identity.h"

enum {
	TOKEN_FILE_MAX = 16 << 20, /* bytes */
	TOKEN_LINE_MAX = 4096,
	TOKEN_LINES_MAX = 200000,
};

struct token_file;

/* NULL: `error` says in one line what is wrong, and where in the file; it
 * shows nothing of it. Blocks on the disk. */
__attribute__((warn_unused_result)) struct token_file *
token_file_load(const char *path, char *error, size_t size);
void token_file_free(struct token_file **);

size_t token_file_count(const struct token_file *);

/* `now` in seconds since 1970. */
enum token_answer { TOKEN_GOOD, TOKEN_UNKNOWN, TOKEN_EXPIRED };
__attribute__((warn_unused_result)) enum token_answer
token_file_find(const struct token_file *, const char *token, size_t n,
    int64_t now, struct identity *who);

#endif
