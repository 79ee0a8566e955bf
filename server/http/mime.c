/* SPDX-License-Identifier: MIT
 *
 * mime.c - the rows of mime.def and their look-up.
 */
#include "config.h"

#include "http/mime.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct row {
	const char *extension, *type;
};

static const struct row rows[] = {
#define MIME(extension, type) { extension, type },
#include "http/mime.def"
#undef MIME
};

static int
compare(const void *key, const void *row)
{
	return strcasecmp(key, ((const struct row *)row)->extension);
}

const char *
mime_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');
	const struct row *row = NULL;

	if (dot)
		row = bsearch(dot + 1, rows, sizeof rows / sizeof rows[0],
		    sizeof rows[0], compare);
	return row ? row->type : "application/octet-stream";
}
