/* SPDX-License-Identifier: MIT
 *
 * siege.h - a daemon that is attacked, and a client that is not.
 *
 * It listens twice, with TLS and without, serves the echo with short
 * deadlines, and has a witness: a client that behaves, and must be served
 * whatever the others do.
 */
#ifndef CLEAT_TESTS_SIEGE_H
#define CLEAT_TESTS_SIEGE_H

#include "daemon.h"
#include "raw.h"
#include "tunnel.h"

enum siege_door { SIEGE_PLAIN, SIEGE_TLS, SIEGE_DOORS };

struct siege {
	struct daemon d;
	int port[SIEGE_DOORS];
	int descriptors; /* before the first attack */
	struct raw witness;
};
extern struct siege siege;

/* Routes: /echo, /idle (idle_timeout 1 s), /silent (pong_within 1 s).
 * `timeout` is for requests and TLS handshakes, `http` further keys of that
 * group, `more` others of the file. */
void siege_start(const char *timeout, const char *http, const char *more);
/* The same in two steps, with a configuration that has /echo. */
void siege_prepare(void);
void siege_begin(const char *more);
/* All are gone, and so is what they cost. */
void siege_stop(void);

/* The witness is heard, and so is somebody who comes now. */
void siege_witness(void);

/* An upgraded attacker through that door: what it says goes to raw.h. With
 * TLS there is a tunnel, which raw_shut() must not touch: siege_leave(). */
struct besieger {
	enum siege_door door;
	struct tunnel tunnel; /* its .raw is the client in either case */
};
void siege_connect(struct besieger *, enum siege_door);
void siege_upgrade(struct besieger *, enum siege_door, const char *path);
void siege_leave(struct besieger *);

#endif
