/* SPDX-License-Identifier: MIT
 *
 * sandbox.h - what a serving cleatd, and so each handler, may still do.
 *
 * Files: what is in reach is what the configuration names at the start and
 * what sandbox.def says of the system; files that are replaced, as renewed
 * certificates are, stay in reach through their folders. A reload reaches
 * nothing that the start did not. Sockets are not restricted.
 *
 * THREADS: main thread, before any other begins: each inherits it.
 */
#ifndef CLEAT_SANDBOX_H
#define CLEAT_SANDBOX_H

#include <stddef.h>

struct config;
struct config_listen;

enum { SANDBOX_WHY = 256 };

/* For a configuration, and the addresses of -l. 0, or -errno and a sentence. */
int sandbox_enter(const struct config *, const struct config_listen *, size_t n,
    char why[SANDBOX_WHY]);

/* What to add to a sentence of why something cannot be used, in a process that
 * entered the sandbox of `c`; "" where it has no part in it. */
const char *sandbox_hint(const struct config *c, const char *why);

#endif
