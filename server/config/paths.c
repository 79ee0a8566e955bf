/* SPDX-License-Identifier: MIT
 *
 * paths.c - see paths.h.
 */
#include <config.h>

#include "config/paths.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "config/config.h"
#include "config/memory.h"

const struct config_path *
config_paths(const struct config *c)
{
	return c->memory->paths;
}

int
paths_note(struct config_memory *m, enum config_access access, const char *path,
    const char *key, const struct conf_node *at)
{
	size_t n = strlen(key) + 1;
	struct config_path *p = memory_take(m, sizeof(*p) + n);

	if (p == NULL)
		return -ENOMEM;
	*p = (struct config_path){ .next = m->paths,
		.access = access,
		.path = path,
		.key = memcpy(p + 1, key, n),
		.at = at };
	m->paths = p;
	return 0;
}

static bool
is_noted(const struct config_memory *m, const char *file)
{
	for (const struct config_path *p = m->paths; p != NULL; p = p->next)
		if (p->at == NULL && strcmp(p->path, file) == 0)
			return true;
	return false;
}

/* As deep as brackets may stand in each other. */
int
paths_note_files(struct config_memory *m, const struct conf_node *tree)
{
	const char *file = conf_file(tree);

	if (!is_noted(m, file) &&
	    paths_note(m, PATH_READ_FILE, file, "", NULL) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < conf_count(tree); i++)
		if (paths_note_files(m, conf_peek(tree, i)) < 0)
			return -ENOMEM;
	return 0;
}
