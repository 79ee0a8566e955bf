/* SPDX-License-Identifier: MIT
 *
 * files_rig.h - the real daemon over a folder of files, and its clocks.
 *
 * THREADS: one; the daemon's reads the clocks.
 */
#ifndef CLEAT_TESTS_FILES_RIG_H
#define CLEAT_TESTS_FILES_RIG_H

#include <stdint.h>

#include "http_client.h"
#include "http_fixture.h"

extern struct http_fixture fixture;

/* The clocks stand until they are told to go on. */
void files_rig_start(const char *keys);
void files_rig_stop(void);

void put(const char *name, const char *text);

void ask(int fd, const char *method, const char *target, const char *headers,
    struct reply *);

/* Files that were just written are as good as those written an hour ago. */
void settle(void);
void pass_ms(uint64_t);

#endif
