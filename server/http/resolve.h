/* SPDX-License-Identifier: MIT
 *
 * resolve.h - from a path to an open file below a root, and never outside.
 *
 * The kernel holds the promise: openat2() resolves beneath the root's
 * descriptor and follows no symbolic link, so neither a clever path nor a
 * race with somebody who renames can leave it. Links inside the root are not
 * followed either: then no one has to think about where they lead. (The root
 * itself may be one.) Where the kernel has no openat2(), the path is walked
 * one name at a time with O_NOFOLLOW.
 *
 * THREADS: any.
 * MEMORY: a root owns its descriptor.
 */
#ifndef CLEAT_HTTP_RESOLVE_H
#define CLEAT_HTTP_RESOLVE_H

#include <stdbool.h>
#include <sys/stat.h>

struct root {
	int fd;
	bool walks; /* openat2() is missing */
};

/* 0 or -errno. */
int root_open(struct root *, const char *path);
void root_close(struct root *);

/* Opens "/a/b" for reading and looks at it. Only regular files and
 * directories are given out, others are -EACCES; whatever does not exist is
 * -ENOENT, symbolic links and empty segments included. Returns a descriptor
 * or -errno. */
int root_find(const struct root *, const char *path, struct stat *);

#endif
