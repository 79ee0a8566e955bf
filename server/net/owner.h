/* SPDX-License-Identifier: MIT
 *
 * owner.h - "user" or "user:group", as the configuration writes them.
 *
 * THREADS: main thread (it asks the system's user database).
 */
#ifndef CLEAT_NET_OWNER_H
#define CLEAT_NET_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

struct owner {
	uid_t uid;
	gid_t gid; /* the user's own where none is named */
};

/* False: the system knows no such user or group. */
bool owner_find(struct owner *, const char *text);

#endif
