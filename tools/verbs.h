/* SPDX-License-Identifier: MIT
 *
 * verbs.h - the verbs of the command. main.c has them in one table, from
 * which it dispatches and prints its usage; each has a file of its name.
 *
 * A verb's main gets its own name in argv[0] and returns an exit code.
 */
#ifndef CLEAT_TOOLS_VERBS_H
#define CLEAT_TOOLS_VERBS_H

#include "options.h"

extern const struct verb connect_verb;
extern const struct verb load_verb;
extern const struct verb password_verb;
extern const struct verb publish_verb;
extern const struct verb token_verb;

int connect_main(int argc, char **argv);
int load_main(int argc, char **argv);
int password_main(int argc, char **argv);
int publish_main(int argc, char **argv);
int token_main(int argc, char **argv);

#endif
