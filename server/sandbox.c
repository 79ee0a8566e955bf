/* SPDX-License-Identifier: MIT
 *
 * sandbox.c - see sandbox.h.
 */
#include "config.h"

#include "sandbox.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "base/forbidden.h"
#include "base/landlock.h"
#include "base/log.h"
#include "config/config.h"
#include "config/paths.h"

static const struct {
	const char *path;
	enum landlock_access access;
} reach[] = {
#define REACH(path, access, reason) { path, LANDLOCK_##access },
#include "sandbox.def"
#undef REACH
};

/* What is not there, or out of the user's reach anyhow, needs no rule. */
static int
allow(struct landlock *l, const char *path, enum landlock_access access)
{
	int err = landlock_allow(l, path, access);

	return err == -ENOENT || err == -EACCES || err == -ENOTDIR ? 0 : err;
}

/* The folder that a file stands in; of the root folder the file alone. */
static int
allow_around(struct landlock *l, const char *path, enum landlock_access access)
{
	char folder[PATH_MAX];

	if (!folder_of(path, folder))
		return -ENAMETOOLONG;
	return allow(l, strcmp(folder, "/") == 0 ? path : folder, access);
}

/* A file, those that come in its place, and where a symbolic link leads to:
 * renewed certificates are such links. */
static int
allow_file(struct landlock *l, const char *path, enum landlock_access access)
{
	char real[PATH_MAX];
	int err = allow_around(l, path, access);

	if (err == 0 && realpath(path, real) != NULL)
		err = allow_around(l, real, access);
	return err;
}

static int
allow_path(struct landlock *l, const struct config_path *p)
{
	switch (p->access) {
	case PATH_READ_FILE:
	case PATH_CODE:
		return allow_file(l, p->path, LANDLOCK_READ);
	case PATH_READ_TREE:
	case PATH_ALLOW_READ:
		return allow(l, p->path, LANDLOCK_READ);
	case PATH_APPEND:
		return allow_file(l, p->path, LANDLOCK_APPEND);
	case PATH_SOCKET:
		return allow_around(l, p->path, LANDLOCK_SOCKETS);
	case PATH_ALLOW_WRITE:
		return allow(l, p->path, LANDLOCK_WRITE);
	}
	return 0;
}

static int
add_rules(struct landlock *l, const struct config *c,
    const struct config_listen *addresses, size_t n)
{
	int err = allow(l, c->plugin_dir, LANDLOCK_READ);

	for (size_t i = 0; err == 0 && i < sizeof(reach) / sizeof(*reach); i++)
		err = allow(l, reach[i].path, reach[i].access);
	/* The program itself, for traces of where it stood. */
	if (err == 0)
		err = allow(l, "/proc/self/exe", LANDLOCK_READ);
	for (const struct config_path *p = config_paths(c);
	     err == 0 && p != NULL; p = p->next)
		err = allow_path(l, p);
	for (size_t i = 0; err == 0 && i < n; i++)
		if (addresses[i].path != NULL)
			err = allow_around(
			    l, addresses[i].path, LANDLOCK_SOCKETS);
	return err;
}

static int
failed(char why[SANDBOX_WHY], int err)
{
	snprintf(why, SANDBOX_WHY, "cannot keep files out of reach: %s%s",
	    strerror(-err),
	    err == -ENOSYS ? " (this kernel has no Landlock; sandbox.files = "
			     "\"auto\" does without)"
			   : "");
	return err;
}

/* What the kernel keeps of it; 0: nothing. */
static int
fence(const struct config *c, const struct config_listen *addresses, size_t n,
    char why[SANDBOX_WHY])
{
	struct landlock l;
	int err;

	if (c->sandbox.files == FENCE_OFF)
		return 0;
	err = landlock_begin(&l);
	if ((err == -ENOSYS || err == -EOPNOTSUPP) &&
	    c->sandbox.files == FENCE_AUTO)
		return 0;
	if (err == 0)
		err = add_rules(&l, c, addresses, n);
	if (err < 0)
		landlock_drop(&l);
	else
		err = landlock_enforce(&l);
	return err < 0 ? failed(why, err) : landlock_version();
}

static int
filter(const struct config *c, char why[SANDBOX_WHY])
{
	int err;

	if (c->sandbox.calls == FILTER_OFF)
		return 0;
	err = forbid(c->sandbox.calls == FILTER_KILL);
	if (err < 0)
		snprintf(why, SANDBOX_WHY,
		    "cannot forbid system calls: %s (sandbox.calls = \"off\" "
		    "does without)",
		    strerror(-err));
	return err;
}

int
sandbox_enter(const struct config *c, const struct config_listen *addresses,
    size_t n, char why[SANDBOX_WHY])
{
	static const char *const calls[] = { [FILTER_OFF] = "off",
		[FILTER_REFUSE] = "refuse",
		[FILTER_KILL] = "kill" };
	int version = fence(c, addresses, n, why);
	int err = version < 0 ? version : filter(c, why);

	if (err < 0)
		return err;
	LOG_EVENT(LOG_LEVEL_INFO, "sandbox",
	    LOG_STR("files", version > 0 ? "landlock" : "off"),
	    LOG_NUM("version", version),
	    LOG_STR("calls", calls[c->sandbox.calls]));
	return 0;
}

const char *
sandbox_hint(const struct config *c, const char *why)
{
	if (c->sandbox.files == FENCE_OFF || landlock_version() == 0 ||
	    strstr(why, strerror(EACCES)) == NULL)
		return "";
	return " (or out of the sandbox's reach, which is fixed at the start: "
	       "sandbox.allow_read, or a restart)";
}
