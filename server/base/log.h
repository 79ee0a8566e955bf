/* SPDX-License-Identifier: MIT
 *
 * log.h - what the operator reads: one event, one line.
 *
 * A line is an event ("closed") with fields (conn=17 code=1000), written as
 * text or as JSON from the same call. Threads put lines into a bounded ring
 * and one thread writes them out, so that a slow disk stalls nobody; when
 * the ring is full, lines are dropped, counted and reported. Values from
 * outside are escaped here and nowhere else.
 *
 *   error  the operator must act        info   life cycle and access lines
 *   warn   a peer or resource misbehaved debug  per message
 *
 * THREADS: log_open, log_begin, log_start, log_stop and log_reopen on the main thread; the others
 * on any thread. Before log_start() and after log_stop() lines go straight
 * to standard error.
 */
#ifndef CLEAT_BASE_LOG_H
#define CLEAT_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR
};
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_options {
	enum log_level level;
	enum log_format format;
	const char *file; /* NULL: standard error; copied */
};

/* One field; made by the macros below, alive until log_event() returns. One
 * without a key, or whose text is NULL, is left out. */
enum log_kind { LOG_FIELD_NONE, LOG_FIELD_TEXT, LOG_FIELD_NUMBER };
struct log_field {
	const char *key; /* not escaped in text lines: a plain word */
	enum log_kind kind;
	const char *text;
	size_t len;
	int64_t number;
};

#define LOG_STR(k, s)	   log_field_str((k), (s))
#define LOG_BYTES(k, p, n) log_field_bytes((k), (p), (n))
#define LOG_NUM(k, v)	   log_field_num((k), (int64_t)(v))

static inline struct log_field
log_field_bytes(const char *key, const char *text, size_t len)
{
	return (struct log_field){ .key = key,
		.kind = text ? LOG_FIELD_TEXT : LOG_FIELD_NONE,
		.text = text,
		.len = len };
}

static inline struct log_field
log_field_str(const char *key, const char *text)
{
	return log_field_bytes(key, text, text ? strlen(text) : 0);
}

static inline struct log_field
log_field_num(const char *key, int64_t number)
{
	return (struct log_field){
		.key = key, .kind = LOG_FIELD_NUMBER, .number = number
	};
}

/* Opens the file: lines wait for the writer from now on. Then starts the
 * writer, a thread; or both at once. 0, or -errno and nothing has happened. */
int log_open(const struct log_options *);
int log_begin(void);
int log_start(const struct log_options *);

/* Writes out what is left and stops the writer; does not wait for a reader
 * who does not read. */
void log_stop(void);

/* Opens the file anew (after a log rotation); 0 or -errno, then the old one
 * stays. */
int log_reopen(void);

/* Changes level and format, as a reload does. */
void log_adjust(enum log_level, enum log_format);

bool log_wants(enum log_level);

/* One line with fields. Of one warning (by event, or by the format of its
 * prose) only so many lines pass in a second; a line "suppressed" then says
 * how many did not. */
void log_event(
    enum log_level, const char *event, const struct log_field *, size_t n);
#define LOG_EVENT(level, event, ...)                                           \
	log_event((level), (event), (const struct log_field[]){ __VA_ARGS__ }, \
	    sizeof((const struct log_field[]){ __VA_ARGS__ }) /                \
		sizeof(struct log_field))

/* One line of prose. */
__attribute__((format(printf, 1, 2))) void log_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void log_debug(const char *fmt, ...);

/* Lines lost since the start: to a full ring, or to a full disk. */
uint64_t log_dropped(void);

#endif
