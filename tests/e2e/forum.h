/* SPDX-License-Identifier: MIT
 *
 * forum.h - a daemon with two workers and tests/plugins/topics.c, which has
 * an instance on each, and two guests, one on each.
 *
 * It serves /t, /same (of the same space as /t) and /other.
 */
#ifndef CLEAT_TESTS_FORUM_H
#define CLEAT_TESTS_FORUM_H

#include "daemon.h"
#include "raw.h"
#include "visit.h"

struct forum {
	struct daemon d;
	struct raw a, b; /* on the first and on the second worker */
};
extern struct forum forum;

/* `options` are keys of the file, `limits` keys of all routes. */
void forum_prepare(void);
void forum_start_with(const char *options, const char *limits);
void forum_start(void); /* both, with neither */
void forum_stop(void);

/* What it says next has this in it; the text, until the next call. */
const char *forum_hear(struct raw *, const char *part);

/* Subscribes, and hears of it with `answer` in it; the epoch. */
unsigned long long
forum_join(struct raw *, const char *command, const char *answer);

/* Ends like somebody who pulls the plug. */
void forum_reset(struct raw *);

#endif
