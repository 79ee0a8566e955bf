/* SPDX-License-Identifier: MIT
 *
 * paths.h - every file and folder that a configuration names.
 *
 * Whatever fills a key of a type that is a path notes it here, so that who
 * asks what a cleatd has to reach (the sandbox, the check of what its user
 * may read) never needs to know the keys. The files of the configuration
 * itself are among them; what a handler reads in its own `config` is not.
 *
 * THREADS: any, once loaded. MEMORY: the config's.
 */
#ifndef CLEAT_CONFIG_PATHS_H
#define CLEAT_CONFIG_PATHS_H

struct conf_node;
struct config;
struct config_memory;

enum config_access {
	PATH_READ_FILE,	 /* at the start, and again by a reload */
	PATH_READ_TREE,	 /* a folder, at any time */
	PATH_APPEND,	 /* the log */
	PATH_SOCKET,	 /* where a UNIX socket is made */
	PATH_CODE,	 /* a handler; its folder at least is there */
	PATH_ALLOW_READ, /* for handlers */
	PATH_ALLOW_WRITE,
};

struct config_path {
	const struct config_path *next; /* NULL: that was all */
	enum config_access access;
	const char *path;
	const char *key; /* "listen.tls.key"; "": the configuration itself */
	const struct conf_node *at; /* NULL: the configuration itself */
};

/* NULL: none. */
const struct config_path *config_paths(const struct config *);

/* While a configuration is loaded; `path` is kept as it is, `key` copied. 0
 * or -ENOMEM. */
int paths_note(struct config_memory *, enum config_access, const char *path,
    const char *key, const struct conf_node *at);

/* The files that a tree was read from. */
int paths_note_files(struct config_memory *, const struct conf_node *tree);

#endif
