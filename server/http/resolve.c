/* SPDX-License-Identifier: MIT
 *
 * resolve.c - see resolve.h.
 */
#include "config.h"

#include "http/resolve.h"

#include <sys/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"

/* O_NONBLOCK: a FIFO must not hold us until somebody writes. */
enum {
	READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
	STEP_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	TRIES = 8, /* the kernel says EAGAIN when somebody renames meanwhile */
};

static int
open_beneath(int root, const char *path)
{
	struct open_how how = {
		.flags = READ_FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0; i < TRIES; i++) {
		long fd = syscall(SYS_openat2, root, path, &how, sizeof how);

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

/* Opens the folder that holds the last name of `path`, name by name. */
static int
walk(int root, const char **path)
{
	int at = fcntl(root, F_DUPFD_CLOEXEC, 0);
	const char *slash;

	while (at >= 0 && (slash = strchr(*path, '/')) != NULL) {
		char name[NAME_MAX + 1];
		size_t n = (size_t)(slash - *path);
		int next;

		if (n > NAME_MAX) {
			close(at);
			return -ENAMETOOLONG;
		}
		memcpy(name, *path, n);
		name[n] = '\0';
		next = openat(at, name, STEP_FLAGS);
		if (next < 0)
			next = -errno;
		close(at);
		if (next < 0)
			return next;
		at = next;
		*path = slash + 1;
	}
	return at < 0 ? -errno : at;
}

static int
open_walking(int root, const char *path)
{
	int at = walk(root, &path);
	int fd;

	if (at < 0)
		return at;
	fd = openat(at, *path ? path : ".", READ_FLAGS | O_NOFOLLOW);
	if (fd < 0)
		fd = -errno;
	close(at);
	return fd;
}

int
root_open(struct root *r, const char *path)
{
	int fd;

	r->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->fd < 0)
		return -errno;
	fd = open_beneath(r->fd, ".");
	/* some sandboxes say EPERM for calls that they do not know */
	r->walks = fd == -ENOSYS || fd == -EPERM;
	if (fd >= 0)
		close(fd);
	return 0;
}

void
root_close(struct root *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

/* What a link, a file in the middle and a name that is too long have in
 * common: there is nothing to serve. */
static int
plain_error(int err)
{
	switch (err) {
	case -ELOOP:
	case -ENOTDIR:
	case -ENAMETOOLONG:
	case -EXDEV:
	case -ENXIO: /* a socket */
		return -ENOENT;
	default:
		return err;
	}
}

static bool
leads_up(const char *path)
{
	for (const char *s = path; (s = strstr(s, "/..")) != NULL; s += 3)
		if (s[3] == '/' || s[3] == '\0')
			return true;
	return false;
}

int
root_find(const struct root *r, const char *path, struct stat *st)
{
	const char *relative = path + 1;
	int fd, err = 0;

	must(path[0] == '/');
	if (strstr(path, "//") || leads_up(path))
		return -ENOENT;
	if (r->walks)
		fd = open_walking(r->fd, relative);
	else
		fd = open_beneath(r->fd, *relative ? relative : ".");
	if (fd < 0)
		return plain_error(fd);
	if (fstat(fd, st) < 0)
		err = -errno;
	else if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		err = -EACCES;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}
