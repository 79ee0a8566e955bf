/* SPDX-License-Identifier: MIT
 *
 * folder.h - the folder that a file stands in, by its path alone.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_BASE_FOLDER_H
#define CLEAT_BASE_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* How much of the path names it, with the slash behind; 0: nothing does. */
size_t folder_len(const char *path);

/* What to open: "." and "/" where there is no more. False: it is too long. */
bool folder_of(const char *path, char folder[PATH_MAX]);

#endif
