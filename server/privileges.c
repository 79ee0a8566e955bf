/* SPDX-License-Identifier: MIT
 *
 * privileges.c - see privileges.h.
 */
#include "config.h"

#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "net/owner.h"

static int
failed(char why[PRIVILEGES_WHY], const char *what)
{
	int err = -errno;

	snprintf(why, PRIVILEGES_WHY, "cannot become another user: %s: %s",
	    what, strerror(-err));
	return err;
}

/* Root again would be one setuid() away, had this left anything over. */
static int
make_sure(const struct owner *to, char why[PRIVILEGES_WHY])
{
	uid_t real, effective, saved;
	gid_t group, effective_group, saved_group;

	if (getresuid(&real, &effective, &saved) == 0 &&
	    getresgid(&group, &effective_group, &saved_group) == 0 &&
	    real == to->uid && effective == to->uid && saved == to->uid &&
	    group == to->gid && effective_group == to->gid &&
	    saved_group == to->gid)
		return 0;
	errno = EPERM;
	return failed(why, "something of the former user is left");
}

/* Of "user" those that the system gives him, as at a login; of "user:group"
 * that one and no other. */
static int
take_groups(const char *user, const struct owner *to)
{
	char name[64];
	size_t n = strcspn(user, ":");

	if (user[n] == ':')
		return setgroups(0, NULL);
	snprintf(name, sizeof(name), "%.*s", (int)n, user);
	return initgroups(name, to->gid);
}

/* The kernel answers EINVAL after the last one that it knows. */
static int
drop_bounding(void)
{
	for (unsigned long c = 0; prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0; c++)
		continue;
	return errno == EINVAL ? 0 : -1;
}

int
privileges_drop(const char *user, char why[PRIVILEGES_WHY])
{
	struct owner to;

	if (!user)
		return 0;
	if (!owner_find(&to, user)) {
		errno = ENOENT;
		return failed(why, user);
	}
	if (geteuid() != 0) {
		if (to.uid == geteuid() && to.gid == getegid())
			return 0;
		errno = EPERM;
		return failed(why, "only root can; remove the key user");
	}
	if (take_groups(user, &to) < 0)
		return failed(why, "groups");
	/* From here on no program that this one might become has any. */
	if (drop_bounding() < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return failed(why, "capabilities");
	if (setresgid(to.gid, to.gid, to.gid) < 0)
		return failed(why, "setresgid");
	if (setresuid(to.uid, to.uid, to.uid) < 0)
		return failed(why, "setresuid");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(why, "no_new_privs");
	/* A core is what a crash in a handler leaves: without this a process
	 * that has changed its user leaves none. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return failed(why, "dumpable");
	return make_sure(&to, why);
}

bool
privileges_kept(void)
{
	return geteuid() == 0;
}
