/* SPDX-License-Identifier: MIT
 *
 * settings.h - a configuration as HTTP serves it.
 *
 * A request keeps the settings that it began with; a reload makes new ones.
 *
 * THREADS: new on the main thread, ref and unref on any.
 * MEMORY: counted; owns a reference to its config.
 */
#ifndef CLEAT_HTTP_SETTINGS_H
#define CLEAT_HTTP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct config;
struct files;

struct settings {
	unsigned refs;	  /* atomic */
	struct list node; /* among the retired ones */
	struct config *config;
	struct files *files; /* HTTP thread */
	char hsts[64];	     /* the header's value; "": none */
};

/* 0 or -errno; the reason was logged. */
int settings_new(struct settings **, struct config *);
struct settings *settings_ref(struct settings *);
void settings_unref(struct settings **);
/* Has nobody but the caller a reference, and can nobody get one? */
bool settings_alone(const struct settings *);

#endif
