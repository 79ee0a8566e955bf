/* SPDX-License-Identifier: MIT
 *
 * folder.c - see folder.h.
 */
#include "config.h"

#include "base/folder.h"

#include <stdio.h>
#include <string.h>

size_t
folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash + 1 - path) : 0;
}

bool
folder_of(const char *path, char folder[PATH_MAX])
{
	size_t n = folder_len(path);
	int len;

	/* the slash of the root folder is its name */
	len = n == 0 ? snprintf(folder, PATH_MAX, ".")
		     : snprintf(folder, PATH_MAX, "%.*s",
			   (int)(n > 1 ? n - 1 : n), path);
	return len < PATH_MAX;
}
