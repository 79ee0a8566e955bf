/* SPDX-License-Identifier: MIT
 *
 * unix_socket.c - see unix_socket.h.
 *
 * THREADS: main thread (getpwnam and getgrnam are not for several).
 */
#include "config.h"

#include "net/unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "net/owner.h"

static int
set_address(struct sockaddr_un *sun, const char *path)
{
	size_t n = strlen(path);

	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n == 0)
		return -EINVAL;
	if (n >= sizeof sun->sun_path)
		return -ENAMETOOLONG;
	memcpy(sun->sun_path, path, n + 1);
	return 0;
}

static int
new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* A socket that nobody answers behind any more. */
static bool
is_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	bool refused;
	int fd;

	if (lstat(sun->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = new_socket();
	if (fd < 0)
		return false;
	refused = connect(fd, (const struct sockaddr *)sun, sizeof *sun) < 0 &&
		  errno == ECONNREFUSED;
	close(fd);
	return refused;
}

static int
bind_file(int fd, const struct sockaddr_un *sun)
{
	const struct sockaddr *sa = (const struct sockaddr *)sun;

	if (bind(fd, sa, sizeof *sun) == 0)
		return 0;
	if (errno != EADDRINUSE || !is_stale(sun))
		return -errno;
	if (unlink(sun->sun_path) < 0 || bind(fd, sa, sizeof *sun) < 0)
		return -errno;
	return 0;
}

static int
give_to(const char *path, const char *owner)
{
	struct owner o;

	if (!owner_find(&o, owner))
		return -EINVAL;
	return chown(path, o.uid, o.gid) < 0 ? -errno : 0;
}

int
unix_socket_listen(const char *path, uint32_t mode, const char *owner,
    int backlog, struct stat *made)
{
	struct sockaddr_un sun;
	int fd, rc = set_address(&sun, path);

	if (rc != 0)
		return rc;
	fd = new_socket();
	if (fd < 0)
		return fd;
	rc = bind_file(fd, &sun);
	if (rc != 0)
		goto no_file;
	if (lstat(path, made) < 0)
		rc = -errno;
	if (rc == 0 && mode != 0 && chmod(path, (mode_t)mode) < 0)
		rc = -errno;
	if (rc == 0 && owner)
		rc = give_to(path, owner);
	if (rc == 0 && listen(fd, backlog) < 0)
		rc = -errno;
	if (rc == 0)
		return fd;
	unlink(path);
no_file:
	close(fd);
	return rc;
}

void
unix_socket_remove(const char *path, const struct stat *made)
{
	struct stat now;

	if (lstat(path, &now) == 0 && now.st_dev == made->st_dev &&
	    now.st_ino == made->st_ino)
		unlink(path);
}
