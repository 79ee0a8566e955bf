/* SPDX-License-Identifier: MIT
 *
 * owner.c - see owner.h.
 */
#include "config.h"

#include "net/owner.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

bool
owner_find(struct owner *o, const char *text)
{
	size_t n = strcspn(text, ":");
	const struct passwd *pw;
	const struct group *gr;
	char user[64];

	if (n >= sizeof user)
		return false;
	snprintf(user, sizeof user, "%.*s", (int)n, text);
	pw = getpwnam(user);
	if (!pw)
		return false;
	*o = (struct owner){ pw->pw_uid, pw->pw_gid };
	if (text[n] == '\0')
		return true;
	gr = getgrnam(text + n + 1);
	if (gr)
		o->gid = gr->gr_gid;
	return gr != NULL;
}
