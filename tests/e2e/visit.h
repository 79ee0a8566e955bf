/* SPDX-License-Identifier: MIT
 *
 * visit.h - a daemon with the probe at two paths, and visitors of it.
 *
 * /probe/ is the probe, all of whose callbacks run on one worker; /shared/ is
 * the same handler as CLEAT_PARALLEL, with an instance on each of two
 * workers. A loop test with 0, VISIT_BASES is run with both.
 */
#ifndef CLEAT_TESTS_VISIT_H
#define CLEAT_TESTS_VISIT_H

#include "daemon.h"
#include "raw.h"

enum { VISIT_BASES = 2 };
extern const char *const visit_bases[VISIT_BASES]; /* "/probe", "/shared" */

/* Starts the daemon; `options` are keys of the file, `limits` keys of both
 * routes, `routes` further routes, each with a comma before it. */
void visit_start(struct daemon *, const char *options, const char *limits,
    const char *routes);

/* Asks to come in, with further header lines, and does not wait. */
void visit_knock(
    struct daemon *, struct raw *, const char *path, const char *headers);

/* The status of the answer to base + rest; the connection stays open. */
int visit_enter(struct daemon *, struct raw *, const char *base,
    const char *rest, const char *headers);

/* Comes in at base + "/x". */
void visit_open(struct daemon *, struct raw *, const char *base);

/* Says a command and expects this answer. */
void visit_ask(struct raw *, const char *command, const char *answer);

/* A metric of the route of base + "/" "*"; waits until it has the value. */
double visit_counted(struct daemon *, const char *metric, const char *base);
void visit_await(
    struct daemon *, const char *metric, const char *base, double value);

#endif
