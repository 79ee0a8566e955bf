/* SPDX-License-Identifier: MIT
 *
 * fill.h - from a group of the file to the members of a struct.
 *
 * Goes by the table of keys alone: unknown keys, types, bounds, and the
 * grammar of each string. How keys fit each other is looked at in check.c.
 */
#ifndef CLEAT_CONFIG_FILL_H
#define CLEAT_CONFIG_FILL_H

#include "config/key.h"
#include "config/memory.h"

struct fill {
	const struct section *section;
	void *own;  /* the struct of the section's own group */
	void *also; /* and of the other one, if it has two */
	struct config_memory *memory;
	struct conf_error *err;
};

/* Sets the members to their defaults. 0, or -1 and a line in *err, as in the
 * next. */
int fill_defaults(const struct fill *);

/* Sets the members that `group` has keys for. */
int fill_group(const struct fill *, const struct conf_node *group);

/* The line for memory that could not be had. */
int fill_no_memory(struct conf_error *, const struct conf_node *at);

/* `path` as it is when absolute, else below the folder of the file that
 * `at` stands in; NULL: no memory. */
const char *fill_resolve(
    struct config_memory *, const struct conf_node *at, const char *path);

#endif
