/* SPDX-License-Identifier: MIT
 *
 * printable.h - a peer's words, made safe for a terminal.
 *
 * A close reason or a status line comes from whoever answers. Control
 * characters in it could move the cursor or worse, so each becomes '?'.
 *
 * MEMORY: the caller's.
 */
#ifndef CLEAT_TOOLS_PRINTABLE_H
#define CLEAT_TOOLS_PRINTABLE_H

#include <stddef.h>

/* Writes at most room-1 bytes of p[0..n) and a NUL; returns `out`. Control
 * characters that stand in `keep` may stay. */
char *
printable(char *out, size_t room, const void *p, size_t n, const char *keep);

#endif
