/* SPDX-License-Identifier: MIT
 *
 * tree.h - one configuration file as a tree that never changes.
 *
 * libconfig reads the file; what it read is copied into nodes of our own,
 * because libconfig turns types and large numbers silently into others, and
 * because a handler keeps its `config` group for as long as its route lives.
 * What is *meant* by a key is not known here, see keys.def.
 *
 * Every node remembers whether somebody has asked for it, so that a key that
 * nobody reads can be reported as unknown.
 *
 * THREADS: a tree may be read by any thread at any time; the marks are
 * atomic. conf_free() when no reader is left.
 * MEMORY: conf_read() allocates one block, the root owns it. Names and texts
 * are borrowed from it.
 */
#ifndef CLEAT_CONFIG_TREE_H
#define CLEAT_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/error.h"

/* What a configuration may be at most, all its included files together. */
enum {
	CONF_MAX_BYTES = 1 << 20,
	CONF_MAX_NODES = 1 << 16,
	CONF_MAX_DEPTH = 32,   /* brackets within brackets */
	CONF_MAX_INCLUDES = 8, /* files within files */
};

enum conf_type {
	CONF_GROUP, /* { name = value; ... } */
	CONF_LIST,  /* ( ... ) and [ ... ] */
	CONF_INT,
	CONF_REAL,
	CONF_BOOL,
	CONF_STRING,
};

struct conf_node;

/* Reads `file` and what it includes (@include "x" at the start of a line,
 * relative to the folder of `file`). 0 and a group in *out, or -1 and one
 * line in *err. */
int conf_read(const char *file, struct conf_node **out, struct conf_error *err)
    __attribute__((warn_unused_result));

/* The same for a text that is in memory; `name` stands where FILE would. It
 * is the program's own: what scan.h guards against is not looked for. */
int conf_read_text(const char *text, const char *name, struct conf_node **out,
    struct conf_error *err) __attribute__((warn_unused_result));
void conf_free(struct conf_node **root);

/* --- walking: whatever is returned counts as read ---------------------- */

/* The node at a dotted path of names below `at` ("limits.rate"), or NULL;
 * NULL too when `at` is NULL. */
const struct conf_node *conf_get(const struct conf_node *at, const char *path);

/* The i-th child of a group or list, or NULL past the end. */
const struct conf_node *conf_child(const struct conf_node *at, size_t i);

size_t conf_count(const struct conf_node *); /* of children */
/* The same as conf_child(), but it does not count as read. */
const struct conf_node *conf_peek(const struct conf_node *at, size_t i);
enum conf_type conf_type(const struct conf_node *);
const char *conf_name(const struct conf_node *); /* NULL inside a list */
const char *conf_file(const struct conf_node *); /* as FILE:LINE names it */
int conf_line(const struct conf_node *);

/* --- values: false when the node is NULL or is something else ---------- */

bool conf_text(const struct conf_node *, const char **value);
bool conf_bool(const struct conf_node *, bool *value);
bool conf_real(const struct conf_node *, double *value); /* integers too */
/* An integer, or a string with a unit: "64 KiB" is 65536 (bytes), "5 s" is
 * 5000 (milliseconds). */
bool conf_int(const struct conf_node *, int64_t *value);

/* --- whole trees ------------------------------------------------------- */

/* The first named node below `at`, in the file's order, that nobody has
 * read, or NULL. */
const struct conf_node *conf_first_unread(const struct conf_node *at);

/* Whether both say the same, wherever they stand; two NULLs do. */
bool conf_equal(const struct conf_node *a, const struct conf_node *b);

#endif
