/* SPDX-License-Identifier: MIT
 *
 * command_line.h - the command line.
 *
 * THREADS: main thread.
 * MEMORY: borrows from argv.
 */
#ifndef CLEAT_COMMAND_LINE_H
#define CLEAT_COMMAND_LINE_H

#include <stdio.h>

enum option_id {
	OPTION_RUN, /* none of those that say what to do instead */
#define OPTION(letter, name, argument, id, help) OPTION_##id,
#include "command_line.def"
#undef OPTION
};

enum { COMMAND_LINE_LISTEN_MAX = 32 };

struct command_line {
	enum option_id action;
	const char *config; /* the file */
	char *listen[COMMAND_LINE_LISTEN_MAX];
	unsigned n_listen;
};

/* 0, or -1 and one line on standard error. */
int command_line_parse(struct command_line *, int argc, char **argv);

/* What --help says, and the OPTIONS of cleatd(8) in mdoc. */
void command_line_help(FILE *);
void command_line_man(FILE *);

#endif
