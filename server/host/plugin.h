/* SPDX-License-Identifier: MIT
 *
 * plugin.h - find, refuse or load a shared object.
 *
 * A file is read once, checked (elf.h), copied into memory that only this
 * process has, and loaded from there: to overwrite the file, as compilers and
 * cp do, cannot pull the code away from under a running handler. A file whose
 * bytes have not changed gives the same copy again, with its static
 * variables; a changed one a new copy beside the old.
 *
 * Copies are never unloaded: a thread that a handler has started may always
 * still return into one.
 *
 * THREADS: main thread; a struct plugin may be read by any.
 * MEMORY: the set owns the plugins. plugins_free() frees what describes them
 * and leaves the code mapped.
 */
#ifndef CLEAT_HOST_PLUGIN_H
#define CLEAT_HOST_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "cleat.h"

enum {
	PLUGIN_FILE_MAX = 256 << 20,
	PLUGIN_WHY_MAX = 512,
	PLUGIN_ROUTE_SIZE_MAX = 1 << 20,
	PLUGIN_CONN_SIZE_MAX = 64 << 10,
};

enum plugin_kind { PLUGIN_HANDLER, PLUGIN_MODULE };

struct plugin {
	struct list node;
	enum plugin_kind kind;
	char *file;
	int fd;			      /* the private copy */
	size_t size;		      /* of the file */
	void *code;		      /* dlopen's handle */
	struct cleat_handler handler; /* what it lacks is zero */
	struct cleat_module module;
	char *name, *version; /* copies, that outlive everything */
	unsigned turn;	      /* of the file: picks its worker */
};

struct plugins {
	struct list list;
	const struct cleat_api *api; /* that the loaded code is given */
	unsigned files;
};

void plugins_init(struct plugins *, const struct cleat_api *);
void plugins_free(struct plugins *);

/* Returns the copy of a file, loaded now or before. NULL: `why` is a
 * sentence that begins with the file's name. */
struct plugin *plugin_load(struct plugins *, enum plugin_kind, const char *file,
    char why[PLUGIN_WHY_MAX]);

/* Is this file, or the folder that it stands in, open to the hands of
 * others? NULL: no; else a constant that completes "x.so: ...". */
const char *plugin_exposed(const char *file, int fd);

#endif
