/* SPDX-License-Identifier: MIT
 *
 * log_limit.h - how often one event may be told.
 *
 * A flood of bad peers must not fill the disk: of one event (known by its
 * name, or by the format of its prose) LOG_LIMIT_PER_SECOND lines pass in a
 * second, the others are counted, and the count is told once the second is
 * over.
 *
 * THREADS: none of its own; the log holds its lock around every call.
 * MEMORY: a table of LOG_LIMIT_EVENTS; the one quiet for longest gives way.
 */
#ifndef CLEAT_BASE_LOG_LIMIT_H
#define CLEAT_BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LIMIT_PER_SECOND 20
#define LOG_LIMIT_EVENTS     64

struct log_limit_entry {
	char event[48]; /* cut names that agree so far are one event */
	uint64_t since_ms;
	uint64_t suppressed;
	unsigned passed;
};

/* All zero is an empty one. */
struct log_limit {
	struct log_limit_entry entries[LOG_LIMIT_EVENTS];
	size_t used;
	uint64_t suppressed; /* the sum over all entries */
};

/* Whether a line of this event may be written now. */
bool log_limit_pass(struct log_limit *, const char *event, uint64_t now_ms);

/* Takes one count that is due: of an event whose second is over, or of any
 * with `all`. Copies the event's name; false when nothing is due. */
bool log_limit_report(
    struct log_limit *, uint64_t now_ms, bool all, struct log_limit_entry *);

#endif
