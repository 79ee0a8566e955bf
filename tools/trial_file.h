/* SPDX-License-Identifier: MIT
 *
 * trial_file.h - a line for a file of cleatd's, read as cleatd will read it.
 *
 * THREADS: main thread. MEMORY: none remains.
 */
#ifndef CLEAT_TOOLS_TRIAL_FILE_H
#define CLEAT_TOOLS_TRIAL_FILE_H

#include <stddef.h>

enum { TRIAL_PATH_MAX = 64 };

/* A file in memory with this in it, that its owner alone may read: its
 * descriptor, for close(), and its path; or -errno. */
int trial_file(char path[TRIAL_PATH_MAX], const char *text);

#endif
