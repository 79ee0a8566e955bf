/* SPDX-License-Identifier: MIT
 *
 * conf_line.h - `FILE:LINE: what is wrong`, where a handler or its file says
 * what, so that no table can hold the sentence.
 *
 * THREADS: any. MEMORY: the caller's.
 */
#ifndef CLEAT_HOST_CONF_LINE_H
#define CLEAT_HOST_CONF_LINE_H

struct conf_error;
struct conf_node;

/* Writes the line and returns -1. `node` NULL: no FILE:LINE. */
__attribute__((format(printf, 3, 4))) int conf_line_fail(
    struct conf_error *, const struct conf_node *, const char *fmt, ...);

#endif
