/* SPDX-License-Identifier: MIT
 *
 * log_line.h - one record becomes one line, as text or as JSON.
 *
 *   2026-11-21T01:02:03.004Z info closed conn=17 reason="good bye"
 *   {"time":"2026-11-21T01:02:03.004Z","level":"info","event":"closed",
 *    "conn":17,"reason":"good bye"}                       (on one line)
 *
 * This is where hostile bytes become harmless: control characters and what
 * is not UTF-8 are written as \xNN (JSON has its own escapes for the former),
 * so that a peer can neither forge a line nor drive a terminal.
 *
 * THREADS: any thread; a function of its arguments.
 */
#ifndef CLEAT_BASE_LOG_LINE_H
#define CLEAT_BASE_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

/* The longest line with its newline; what does not fit is left out. */
#define LOG_LINE_MAX 4096
/* The longest value; a longer one is cut and ends in "...". */
#define LOG_VALUE_MAX 640

struct log_record {
	enum log_level level;
	uint64_t wall_ms;
	const char *event; /* NULL: prose */
	const char *prose;
	const struct log_field *fields;
	size_t nfields;
};

/* Writes a whole line, newline included, without NUL; its length. */
size_t
log_line(char out[LOG_LINE_MAX], enum log_format, const struct log_record *);

#endif
