/* SPDX-License-Identifier: MIT
 *
 * privileges.h - what a cleatd that was started as root lets go of.
 *
 * It binds its addresses and opens its log as root, then becomes the user of
 * the key `user` for good: no capability is left, none can be had again
 * (no_new_privs, an empty bounding set), and everything that comes from outside, handlers and
 * requests, comes later.
 *
 * THREADS: main thread, before any other begins.
 */
#ifndef CLEAT_PRIVILEGES_H
#define CLEAT_PRIVILEGES_H

#include <stdbool.h>

enum { PRIVILEGES_WHY = 256 };

/* `user`: "name", with all groups that he is a member of, or "name:group",
 * with that one alone; NULL: stays who it is. 0, or -errno and a
 * sentence. */
int privileges_drop(const char *user, char why[PRIVILEGES_WHY]);

/* Root by mistake? */
bool privileges_kept(void);

#endif
