/* SPDX-License-Identifier: MIT
 *
 * confine.c - see confine.h.
 */
#include "config.h"

#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "config/config.h"
#include "config/paths.h"
#include "privileges.h"
#include "sandbox.h"

/* May the folder of a file be written to? */
static bool
can_make(const char *path)
{
	char folder[PATH_MAX];

	return folder_of(path, folder) && access(folder, W_OK | X_OK) == 0;
}

static bool
can_read(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EACCES;
}

/* What will not work, or NULL. */
static const char *
trouble(const struct config_path *p)
{
	switch (p->access) {
	case PATH_READ_FILE:
	case PATH_CODE:
		return can_read(p->path, 0) ? NULL : "a reload";
	case PATH_READ_TREE:
		return can_read(p->path, O_DIRECTORY) ? NULL : "a reload";
	case PATH_APPEND:
		return can_make(p->path) ? NULL : "SIGUSR1";
	case PATH_SOCKET:
	case PATH_ALLOW_READ:
	case PATH_ALLOW_WRITE:
		break;
	}
	return NULL;
}

static void
tell_troubles(const struct config *c, void (*tell)(const char *))
{
	for (const struct config_path *p = config_paths(c); p; p = p->next) {
		const char *what = trouble(p);
		char where[320] = "", line[1024];

		if (!what)
			continue;
		if (p->at)
			snprintf(where, sizeof where,
			    "%s:%d: %s: ", conf_file(p->at), conf_line(p->at),
			    p->key);
		snprintf(line, sizeof line,
		    "%s%s will not do: %s may not %s \"%s\"", where, what,
		    c->user,
		    p->access == PATH_APPEND ? "make a file beside" : "read",
		    p->path);
		tell(line);
	}
}

int
confine(const struct config *c, const struct config_listen *addresses, size_t n,
    void (*tell)(const char *), char why[CONFINE_WHY])
{
	bool root = geteuid() == 0;

	if (privileges_drop(c->user, why) < 0)
		return -1;
	if (root && c->user)
		tell_troubles(c, tell);
	return sandbox_enter(c, addresses, n, why) < 0 ? -1 : 0;
}
