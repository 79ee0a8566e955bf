/* SPDX-License-Identifier: MIT
 *
 * scan.h - a look at the text of a configuration before libconfig parses it.
 *
 * libconfig 1.5 turns 5000000000 into 705032704 without a word, ends the
 * process when an included file is a folder, waits for ever on a FIFO, and
 * has no limit on size or depth. So its tokens are walked over first: files,
 * their sizes, brackets and numbers. Grammar is left to libconfig.
 */
#ifndef CLEAT_CONFIG_SCAN_H
#define CLEAT_CONFIG_SCAN_H

#include "config/error.h"

/* Reads `file`, walks over it and over what it includes (`dir`, which ends in
 * a slash or is empty, stands before their names). Its text, for libconfig
 * and the caller to free(), or NULL and a line in *err. */
char *scan_file(const char *file, const char *dir, struct conf_error *err)
    __attribute__((warn_unused_result));

#endif
