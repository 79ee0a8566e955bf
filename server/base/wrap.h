/* SPDX-License-Identifier: MIT
 *
 * wrap.h - words in lines, for --help.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_BASE_WRAP_H
#define CLEAT_BASE_WRAP_H

#include <stddef.h>
#include <stdio.h>

enum { WRAP_COLUMNS = 79 };

/* Writes words and the end of the line: the cursor stands in column `at`
 * (from 0), further lines begin in column `indent`. No line is longer than
 * WRAP_COLUMNS, unless a single word is. */
void wrap_print(FILE *, const char *text, size_t at, size_t indent);

#endif
