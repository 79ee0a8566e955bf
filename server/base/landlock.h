/* SPDX-License-Identifier: MIT
 *
 * landlock.h - which files this process may still open.
 *
 * A fence is made of rules, each for a folder and all below it or for one
 * file, and then holds for the calling thread and those it starts, for good.
 * What is open already stays open; sockets are none of its business. The
 * kernel says how much it knows of this: what an older one does not know it
 * does not keep.
 *
 * THREADS: one at a time. MEMORY: a descriptor until enforced or dropped.
 */
#ifndef CLEAT_BASE_LANDLOCK_H
#define CLEAT_BASE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum landlock_access {
	LANDLOCK_READ,	  /* files and folders */
	LANDLOCK_WRITE,	  /* that, and to write, make and remove */
	LANDLOCK_APPEND,  /* to make files and write to them, nothing else */
	LANDLOCK_SOCKETS, /* to make sockets, and remove files */
};

struct landlock {
	int fd;
	uint64_t handled; /* what the kernel knows */
};

/* What the kernel knows: 1 and more, 0: nothing. */
int landlock_version(void);

/* 0, or -errno: -ENOSYS where the kernel has none. */
int landlock_begin(struct landlock *);

/* Adds a rule. 0 or -errno, as open() would say it. */
int landlock_allow(struct landlock *, const char *path, enum landlock_access);

/* Closes the fence around this thread. 0 or -errno. */
int landlock_enforce(struct landlock *);
void landlock_drop(struct landlock *);

#endif
