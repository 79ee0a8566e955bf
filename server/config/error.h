/* SPDX-License-Identifier: MIT
 *
 * error.h - what is wrong with a configuration, in one line.
 *
 * Every message stands in errors.def. A message says what is wrong, where,
 * and what to do about it: `FILE:LINE: what is wrong (did you mean "xyz"?)`.
 */
#ifndef CLEAT_CONFIG_ERROR_H
#define CLEAT_CONFIG_ERROR_H

#include <stddef.h>

struct conf_node;

enum conf_message {
#define MESSAGE(id, text) CONF_E_##id,
#include "config/errors.def"
#undef MESSAGE
	CONF_E_COUNT
};

/* A line that is longer than this ends in "...". */
struct conf_error {
	enum conf_message message;
	char text[512];
};

/* Writes the line and returns -1. Each %s of the message takes one of the
 * arguments, which are strings. `line` 0: the file as a whole. */
#define conf_fail_at(err, file, line, id, ...)       \
	conf_fail_args(err, file, line, CONF_E_##id, \
	    (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })
int conf_fail_args(struct conf_error *err, const char *file, int line,
    enum conf_message, const char *const *args);

/* The same at a node. */
#define conf_fail(err, node, id, ...) \
	conf_fail_at(err, conf_file(node), conf_line(node), id, ##__VA_ARGS__)

/* ` (did you mean "xyz"?)`, or an empty string when nothing in `known`
 * (n words) is close to `word`. */
const char *conf_suggest(char *buf, size_t size, const char *word,
    const char *const *known, size_t n);

#endif
