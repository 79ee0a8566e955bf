/* SPDX-License-Identifier: MIT
 *
 * lines.h - the lines of standard input, read by a thread of their own.
 *
 * libwebsockets owns the event loop of `cleat connect`, and neither a
 * terminal nor a regular file fits into it. So a thread reads, a short queue
 * holds what it read, and a call of the caller's wakes the loop.
 *
 * THREADS: new, take and free on the main thread; wake on the reader.
 * MEMORY: at most LINES_QUEUED lines of max_bytes each.
 */
#ifndef CLEAT_TOOLS_LINES_H
#define CLEAT_TOOLS_LINES_H

#include <stddef.h>

enum { LINES_QUEUED = 16 };

struct lines_options {
	int fd;
	size_t max_bytes;	 /* of a line, without its end */
	size_t room;		 /* bytes to leave free in front of each line */
	void (*wake)(void *arg); /* something can be taken */
	void *arg;
};

/* The caller owns it: free(buffer). */
struct line {
	char *buffer; /* `room` bytes, then the line, not terminated */
	size_t len;
};

struct lines;

enum lines_got { LINES_NONE, LINES_LINE, LINES_END, LINES_FAILED };

/* Starts the reader. Returns 0 or -errno. */
int lines_new(struct lines **out, const struct lines_options *o)
    __attribute__((warn_unused_result));

/* Takes the next line. LINES_FAILED: *error is -errno, -EMSGSIZE for a line
 * longer than max_bytes; nothing follows LINES_END or LINES_FAILED. */
enum lines_got lines_take(struct lines *l, struct line *line, int *error)
    __attribute__((warn_unused_result));

/* Stops the reader, also while it waits for input; *l may be NULL. */
void lines_free(struct lines **l);

#endif
