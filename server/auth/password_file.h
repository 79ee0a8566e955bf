/* SPDX-License-Identifier: MIT
 *
 * password_file.h - names and the hashes of their passwords, as crypt(3) makes
 * them.
 *
 * A text file, one user a line, blank lines and those with a # left out:
 *
 *	NAME:HASH
 *
 * A check is slow, for that is what such a hash is good for: tens of
 * milliseconds of a core, and it never runs where others wait. Of a name that
 * is not there the password is checked against a hash of nobody's, of the kind
 * and cost of one of the file's, the same one for the same name, so that the
 * time does not tell who has an account.
 *
 * THREADS: any; it never changes. MEMORY: one block, its owner's.
 */
#ifndef CLEAT_AUTH_PASSWORD_FILE_H
#define CLEAT_AUTH_PASSWORD_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/identity.h"

enum { PASSWORD_FILE_MAX = 4 << 20, PASSWORD_LINES_MAX = 50000 };

struct password_file;

/* NULL: `error` says in one line what is wrong, and where in the file; it
 * shows nothing of it. Blocks on the disk. */
__attribute__((warn_unused_result)) struct password_file *
password_file_load(const char *path, char *error, size_t size);
void password_file_free(struct password_file **);

/* Slow. False: no such user, another password, or no memory. */
__attribute__((warn_unused_result)) bool
password_file_check(const struct password_file *, const char *user,
    const char *password, struct identity *who);

/* A fresh hash of a password, for such a file. Slow. */
enum { PASSWORD_HASH_MAX = 384 };
__attribute__((warn_unused_result)) bool
password_hash(char hash[PASSWORD_HASH_MAX], const char *password);

#endif
