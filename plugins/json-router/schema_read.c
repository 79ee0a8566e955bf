/* SPDX-License-Identifier: MIT
 *
 * schema_read.c - a schema's file.
 */
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleat_json.h"

/* The file's bytes, of which there are SCHEMA_BYTES_MAX at most. A pipe would
 * hold the server up, so it must be a plain file. */
static ssize_t
read_file(const char *file, char *bytes, char *why, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0 || fstat(fd, &st) != 0)
		snprintf(why, size, "%s: %s", file, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, size, "%s: is not a file", file);
	else if (n = read(fd, bytes, SCHEMA_BYTES_MAX + 1), n < 0)
		snprintf(why, size, "%s: %s", file, strerror(errno));
	else if (n > SCHEMA_BYTES_MAX)
		snprintf(why, size, "%s: has more than %d bytes", file,
		    SCHEMA_BYTES_MAX);
	if (fd >= 0)
		close(fd);
	return n > SCHEMA_BYTES_MAX ? -1 : n;
}

json_t *
schema_read(const char *file, char *why, size_t size)
{
	const cj_limits limits = { .depth = SCHEMA_DEPTH_MAX };
	char *bytes = malloc(SCHEMA_BYTES_MAX + 1);
	json_t *schema = NULL;
	struct place place;
	json_error_t e;
	ssize_t n;

	snprintf(why, size, "%s: no memory", file);
	n = bytes ? read_file(file, bytes, why, size) : -1;
	if (n >= 0 && !cj_within(bytes, (size_t)n, &limits)) {
		snprintf(why, size, "%s: is nested deeper than %d", file,
		    SCHEMA_DEPTH_MAX);
	} else if (n >= 0) {
		schema =
		    json_loadb(bytes, (size_t)n, JSON_REJECT_DUPLICATES, &e);
		if (!schema)
			snprintf(why, size, "%s:%d: %s", file, e.line, e.text);
	}
	free(bytes);
	place_init(&place, "schema");
	if (schema && !schema_ok(schema, &place)) {
		snprintf(
		    why, size, "%s: %s: %s", file, place.text, place.wrong);
		json_decref(schema);
		schema = NULL;
	}
	return schema;
}
