/* SPDX-License-Identifier: MIT
 *
 * condition.h - validators of a file, and the conditions that clients set
 * with them.
 *
 * An entity tag is made of time (nanoseconds) and size: two contents of a
 * file share one only when they are equally long and were written within one
 * tick of the file system's clock. It is a strong tag.
 *
 * THREADS: any; pure functions.
 * RFC 9110 sections 8.8 and 13.
 */
#ifndef CLEAT_HTTP_CONDITION_H
#define CLEAT_HTTP_CONDITION_H

#include <stdbool.h>
#include <time.h>

struct head;
struct stat;

enum { ETAG_SIZE = 48, DATE_SIZE = 32 };

struct validators {
	char etag[ETAG_SIZE]; /* with its quotes */
	char date[DATE_SIZE]; /* Last-Modified */
	time_t modified;
};

/* `tag` ends the ETag: that of a compressed variant differs from every plain
 * one. At most 3 bytes. */
void validators_make(struct validators *, const struct stat *, const char *tag);

enum condition {
	CONDITION_HOLDS,	/* or none was set */
	CONDITION_NOT_MODIFIED, /* 304 */
	CONDITION_FAILED,	/* 412 */
};

/* Judges If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since by
 * the RFC's order, for a GET or HEAD. */
enum condition condition_judge(const struct head *, const struct validators *);

/* Does If-Range allow the range? True when there is none. */
bool condition_allows_range(const struct head *, const struct validators *);

/* Writes and reads the dates of HTTP; all three forms are read. */
void date_write(char out[DATE_SIZE], time_t);
bool date_read(const char *, time_t *);

#endif
