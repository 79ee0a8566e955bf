/* SPDX-License-Identifier: MIT
 *
 * landlock.c - see landlock.h. The C library has no wrappers for these calls,
 * and the headers of the system that builds may be older than the kernel that
 * runs: numbers and bits stand here, as the kernel promises to keep them.
 */
#include "config.h"

#include "base/landlock.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The same on all architectures. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { ASK_VERSION = 1, PATH_BENEATH = 1 };

#define BIT(n)	    (UINT64_C(1) << (n))
#define EXECUTE	    BIT(0)
#define WRITE_FILE  BIT(1)
#define READ_FILE   BIT(2)
#define READ_DIR    BIT(3)
#define REMOVE_DIR  BIT(4)
#define REMOVE_FILE BIT(5)
#define MAKE_DIR    BIT(7)
#define MAKE_REG    BIT(8)
#define MAKE_SOCK   BIT(9)
#define MAKE_FIFO   BIT(10)
#define MAKE_SYM    BIT(12)
#define REFER	    BIT(13) /* version 2 */
#define TRUNCATE    BIT(14) /* version 3 */
#define IOCTL_DEV   BIT(15) /* version 5 */

/* What may be said of a single file. */
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

struct ruleset_attr {
	uint64_t handled_access_fs;
};

struct path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

static const uint64_t rights[] = {
	[LANDLOCK_READ] = READ_FILE | READ_DIR,
	[LANDLOCK_WRITE] = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE |
			   REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG |
			   MAKE_SOCK | MAKE_FIFO | MAKE_SYM | REFER | IOCTL_DEV,
	[LANDLOCK_APPEND] = WRITE_FILE | MAKE_REG,
	[LANDLOCK_SOCKETS] = MAKE_SOCK | REMOVE_FILE,
};

int
landlock_version(void)
{
	long v = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);

	return v > 0 ? (int)v : 0;
}

/* All rights that this version handles. */
static uint64_t
known(int version)
{
	if (version < 2)
		return REFER - 1;
	if (version < 3)
		return TRUNCATE - 1;
	return version < 5 ? IOCTL_DEV - 1 : 2 * IOCTL_DEV - 1;
}

int
landlock_begin(struct landlock *l)
{
	struct ruleset_attr attr;
	int version = landlock_version();

	l->fd = -1;
	if (version == 0)
		return -ENOSYS;
	l->handled = attr.handled_access_fs = known(version);
	l->fd = (int)syscall(CREATE_RULESET, &attr, sizeof attr, 0);
	return l->fd < 0 ? -errno : 0;
}

int
landlock_allow(struct landlock *l, const char *path, enum landlock_access as)
{
	struct path_beneath_attr rule = { .allowed_access = rights[as] };
	struct stat st;
	int err = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -errno;
	if (fstat(rule.parent_fd, &st) < 0)
		err = -errno;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	rule.allowed_access &= l->handled;
	if (err == 0 && rule.allowed_access != 0 &&
	    syscall(ADD_RULE, l->fd, PATH_BENEATH, &rule, 0) < 0)
		err = -errno;
	close(rule.parent_fd);
	return err;
}

int
landlock_enforce(struct landlock *l)
{
	int err = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(RESTRICT_SELF, l->fd, 0) < 0)
		err = -errno;
	landlock_drop(l);
	return err;
}

void
landlock_drop(struct landlock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
