/* SPDX-License-Identifier: MIT
 *
 * confine.h - from what was started to what serves: another user, without
 * privileges, in the sandbox.
 *
 * THREADS: main thread, before any other begins.
 */
#ifndef CLEAT_CONFINE_H
#define CLEAT_CONFINE_H

#include <stddef.h>

struct config;
struct config_listen;

enum { CONFINE_WHY = 256 };

/* Once what needs root is done. Files that the user may not read, so that a
 * reload will be refused, are said with `tell`. `addresses`: of -l. 0, or -1
 * and a sentence. */
int confine(const struct config *, const struct config_listen *addresses,
    size_t n, void (*tell)(const char *line), char why[CONFINE_WHY]);

#endif
