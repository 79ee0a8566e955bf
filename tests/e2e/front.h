/* SPDX-License-Identifier: MIT
 *
 * front.h - a proxy of the system's, before the daemon of a test.
 *
 * It runs with an example of conf/proxy, in which addresses and files are
 * changed to those of the test. Its ports are bound by the test, so that
 * nobody else gets them: HAProxy inherits sockets that listen already, nginx
 * listens beside those that do not. What it says goes to the file front.log in
 * the daemon's directory.
 */
#ifndef CLEAT_TESTS_FRONT_H
#define CLEAT_TESTS_FRONT_H

#include <stdbool.h>
#include <sys/types.h>

#include "daemon.h"

enum { FRONT_PORTS = 2 };

struct front {
	pid_t pid;
	int fd[FRONT_PORTS], port[FRONT_PORTS]; /* of 127.0.0.1 */
};

struct front_change {
	const char *from, *to; /* NULL ends a row of them */
};

/* Where it is, or NULL. */
const char *front_program(const char *name);
/* Has nginx its module for streams? */
bool front_has_streams(void);

/* Its ports, for HAProxy listening; no process yet. */
void front_init(struct front *, bool listening);

/* Writes the example into the daemon's directory, under its own name. Each
 * change must find something. */
void front_configure(
    struct daemon *, const char *example, const struct front_change *);

void front_start_nginx(struct front *, struct daemon *, bool streams);
void front_start_haproxy(struct front *, struct daemon *);
void front_stop(struct front *);

#endif
