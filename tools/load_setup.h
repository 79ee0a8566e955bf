/* SPDX-License-Identifier: MIT
 *
 * load_setup.h - what stands before a run of `cleat load` and after it.
 */
#ifndef CLEAT_TOOLS_LOAD_SETUP_H
#define CLEAT_TOOLS_LOAD_SETUP_H

#include "load.h"

#define LOAD_SETUP_DONE (-1)

/* Reads the command line into a zeroed *l, resolves the address, allocates.
 * Returns LOAD_SETUP_DONE, or the exit code, with the reason told; then too
 * load_teardown() has to follow. */
int load_setup(struct load *l, int argc, char **argv)
    __attribute__((warn_unused_result));

/* Ends every connection, frees all, sets *l to NULL; *l may be NULL. */
void load_teardown(struct load **l);

#endif
