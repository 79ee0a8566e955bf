/* SPDX-License-Identifier: MIT
 *
 * options.h - the command line.
 *
 * THREADS: main thread.
 * MEMORY: borrows from argv.
 */
#ifndef CLEAT_OPTIONS_H
#define CLEAT_OPTIONS_H

#include <stdio.h>

enum option_id {
	OPTION_RUN, /* none of those that say what to do instead */
#define OPTION(letter, name, argument, id, help) OPTION_##id,
#include "options.def"
#undef OPTION
};

enum { OPTIONS_LISTEN_MAX = 32 };

struct options {
	enum option_id action;
	const char *config; /* the file */
	char *listen[OPTIONS_LISTEN_MAX];
	unsigned n_listen;
};

/* 0, or -1 and one line on standard error. */
int options_parse(struct options *, int argc, char **argv);

/* What --help says, and the OPTIONS of cleatd(8) in mdoc. */
void options_help(FILE *);
void options_man(FILE *);

#endif
